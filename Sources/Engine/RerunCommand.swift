// The command line that runs the same thing again, with the seed that was drawn.

import Reporting
import Scenarios

struct RerunCommand {
    let words: [String]

    init(_ scenario: Scenario, _ options: RunOptions, seed: UInt64) {
        if let replay = options.exploration?.replay, let name = replay.name {
            words =
                ["contend", "replay", name, "--times", "\(replay.times)"]
                + (replay.isGuided ? ["--guided"] : [])
            return
        }
        // What a regression explores stands in its file.
        let exploration = options.exploration.flatMap { $0.replay == nil ? $0 : nil }
        let verb = exploration == nil ? "run" : "explore"
        var words = ["contend", verb, scenario.file] + (exploration?.words(beside: scenario.explore) ?? [])
        for (name, value) in options.settings.sorted(by: { $0.key < $1.key }) {
            words += ["--set", "\(name)=\(value.plain)"]
        }
        if let database = options.database { words += ["--database", database] }
        if let folder = options.serverPrograms { words += ["--postgresql-binaries", folder] }
        if let replicas = options.replicas { words += ["--replicas", "\(replicas)"] }
        if let clients = options.clients { words += ["--clients", "\(clients)"] }
        if let rounds = options.rounds { words += ["--rounds", "\(rounds)"] }
        if options.out != RunOptions().out { words += ["--out", options.out] }
        if let knownFindings = options.knownFindings { words += ["--known-findings", knownFindings] }
        if options.sequential { words.append("--sequential") }
        if !options.monitors { words.append("--no-monitors") }
        if options.sql { words.append("--sql") }
        if options.explain { words.append("--explain") }
        if options.allowRemote { words.append("--allow-remote") }
        self.words = words + ["--seed", "\(seed)"]
    }

    var text: String { words.map(Self.quoted).joined(separator: " ") }

    /// Quoted for a shell where it needs to be.
    static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:=@%+,".contains($0)) }
        return isPlain ? word : ShellWord.quoted(word)
    }
}
