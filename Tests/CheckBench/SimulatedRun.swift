// Rows about histories in contend's own form: read and judged by a scenario, as `contend check` does it.

import Checking
import Core
import Glibc
import Histories
import HistoryGenerator
import Scenarios

/// A history that is recorded in a process of its own, so that the row shows what reading and judging need.
struct SimulatedRun {
    var name: String
    /// As in the form of scenarios.
    var model: String
    var simulated: (UInt64) -> [ForeignOperation]

    static var all: [SimulatedRun] {
        [
            register("run-register-1m", 1_000_000), register("run-register-10m", 10_000_000),
            SimulatedRun(
                name: "run-set-16k",
                model: """
                    set: { add: { operation: add, element: "${{ unique }}" }, \
                    read: { operation: read, elements: "${{ shown }}" }, initial: [] }
                    """, simulated: sets),
        ]
    }

    /// A register over 1000 keys, compare-and-sets among its writes, each of which has a value of its own.
    private static func register(_ name: String, _ operations: Int) -> SimulatedRun {
        SimulatedRun(
            name: name,
            model: """
                cas-register: { write: { operation: write, value: "${{ unique }}" }, \
                compare-and-set: { operation: cas, expected: "${{ expected }}", new: "${{ unique }}" }, \
                read: { operation: read, value: "${{ shown }}" }, initial: v-0 }
                """
        ) { seed in
            var simulation = SimulatedRegister()
            simulation.operations = operations
            simulation.keys = 1000
            simulation.isUnique = true
            simulation.seed = seed
            return simulation.history()
        }
    }

    /// Eight sets of two thousand operations each, one in ten of them a read of the whole.
    private static func sets(_ seed: UInt64) -> [ForeignOperation] {
        var all: [ForeignOperation] = []
        for key in 0..<8 {
            var simulation = SimulatedSet()
            simulation.adds = 1800
            simulation.reads = 200
            var history = simulation.history()
            if var last = history.last {
                // A read after all else, so that every addition is observed.
                last.invoked += 100
                last.returned = last.invoked
                history.append(last)
            }
            all += history.map { operation in
                var operation = operation
                operation.key = .int(key)
                operation.process += key * (simulation.processes + 1)
                return operation
            }
        }
        return all.sorted { $0.invoked < $1.invoked }
    }

    // MARK: - Writing

    /// What `check-bench write ROW SEED DIRECTORY` does.
    static func write(_ arguments: ArraySlice<String>) throws {
        let words = Array(arguments)
        guard words.count == 3, let run = all.first(where: { $0.name == words[0] }),
            let seed = UInt64(words[1])
        else { throw BenchError(message: "write wants a row, a seed and a directory") }
        _ = try RecordedRun.write(RecordedRun.operations(run.simulated(seed)), to: words[2])
    }

    private func write(_ seed: UInt64, to directory: String) throws {
        let words = [CommandLine.arguments[0], "write", name, "\(seed)", directory]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, "/proc/self/exe", nil, nil, &arguments, environ)
        var status: CInt = 0
        guard code == 0, waitpid(child, &status, 0) == child, status == 0 else {
            throw BenchError(message: "\(words.joined(separator: " ")) failed")
        }
    }

    // MARK: - Judging

    var row: Row {
        Row(name: name) { seed in
            let directory = "/tmp/contend-check-bench-\(getpid())"
            let file = directory + "/history.jsonl"
            defer {
                unlink(file)
                rmdir(directory)
            }
            try write(seed, to: directory)
            let scenario = try ScenarioFile(text: text, path: "simulated.yaml") { _ in "" }
                .resolve([:], environment: [:])
            let start = CheckBench.cpuSeconds()
            let judgement = judge(try HistoryReader.read(file), by: scenario)
            let seconds = CheckBench.cpuSeconds() - start
            let found = judgement.findings.first.map { ", \($0.title)" } ?? ""
            return Row.Measured(seconds: seconds, result: judgement.verdict.rawValue + found)
        }
    }

    private var text: String {
        """
        version: 1
        name: simulated
        target: { service: { command: [none] } }
        operations:
          write: { http: "PUT /items/${{ item }}", json: "${{ unique }}" }
          add: { http: "PUT /items/${{ item }}", json: "${{ unique }}" }
          cas: { http: "PUT /items/${{ item }}", json: "${{ unique }}", capture: { expected: json $.old } }
          read: { http: "GET /items/${{ item }}", effect: none, capture: { shown: json $.value } }
        models:
          items: { key: "${{ item }}", \(model) }
        load:
          clients: 10
          for: 10s
          keys: { item: { count: 1000 } }
          mix: { write: 1, add: 1, cas: 1, read: 1 }
        """
    }
}
