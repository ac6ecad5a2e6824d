// What each replica finds when it starts: its directory, the names bound for it, the files written for it.

import Core
import Foundation
import Scenarios
import Transport

enum ReplicaFiles {
    static func directory(_ context: RunContext, _ index: Int) -> String {
        context.options.runDirectory + "/" + context.scenario.target.folderOfReplica(index)
    }

    /// A folder that is removed when the run ends.
    static func scratch(_ context: RunContext, _ index: Int) -> String {
        directory(context, index) + "/scratch"
    }

    static func bindings(
        _ context: RunContext, _ roster: Roster, _ index: Int
    ) -> Bindings {
        var bindings = context.bindings
        bindings.merge(context.database.bindings(ofReplica: index))
        let (member, number) = roster.place(index)
        bindings["replica.index"] = .int(number)
        bindings["replica.directory"] = .string(directory(context, index))
        bindings["replica.scratch"] = .string(scratch(context, index))
        bindings["port"] = (roster.endpoints[index]?.address.port).map(Value.int)
        for (name, port) in roster.endpoints[index]?.ports ?? [:] {
            bindings["replica.ports.\(name)"] = .int(port)
        }
        for (number, index) in (index - number..<index - number + member.count).enumerated() {
            guard let endpoint = roster.endpoints[index] else { continue }
            bindings["replica[\(number)].port"] = .int(endpoint.address.port)
            for (name, port) in endpoint.ports { bindings["replica[\(number)].ports.\(name)"] = .int(port) }
        }
        for tier in [StartTier.companion, .service] {
            for (name, value) in roster.values(of: tier) { bindings[name] = value }
        }
        return bindings
    }

    /// Writes the files that are the same for all replicas, before any command runs.
    static func writeShared(_ context: RunContext) throws(ClusterError) {
        for file in context.scenario.target.services.flatMap(\.files) where !file.isPerReplica {
            try write(file, context, in: context.bindings)
            guard context.options.proxiesDatabase else { continue }
            let address = ["database.url", "database.host", "database.port"]
            if file.text.placeholders.contains(where: address.contains) {
                let path = try context.text(file.path, in: context.bindings)
                context.onEvent(
                    .warning(
                        "the file “\(path)” of `files` is one for all replicas and names the database: a "
                            + "replica that reads it connects past contend's proxy; put ${{ replica.index }} "
                            + "into its path"))
            }
        }
    }

    /// Makes the replicas' directories, and writes the files that each of them has for itself.
    ///
    /// Companions start before anything is shared: all of their files are their own.
    static func write(_ context: RunContext, _ roster: Roster, of tier: StartTier) throws(ClusterError) {
        for index in roster.numbers(of: tier) {
            try RunContext.makeDirectory(directory(context, index))
            if context.scenario.usesScratch { try RunContext.makeDirectory(scratch(context, index)) }
        }
        for index in roster.numbers(of: tier) {
            for file in roster.place(index).member.files where file.isPerReplica || tier == .companion {
                try write(file, context, in: bindings(context, roster, index))
            }
        }
    }

    private static func write(
        _ file: FileTemplate, _ context: RunContext, in bindings: Bindings
    ) throws(ClusterError) {
        let written = try context.text(file.path, in: bindings)
        let path = try path(written, context)
        try RunContext.makeDirectory(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)))
        context.raw?.add(path)
        try RunContext.write(context.text(file.text, in: bindings), to: path)
    }

    /// Where a declared file goes; a relative path is below the run directory.
    ///
    /// Anything outside the run's and the scenario's folder is refused: a scenario must not change what
    /// belongs to somebody else.
    private static func path(_ written: String, _ context: RunContext) throws(ClusterError) -> String {
        let run = context.options.runDirectory
        let path = lexical(written.hasPrefix("/") ? written : run + "/" + written)
        let folders = [run, RunContext.folder(of: context.scenario)].map(lexical)
        guard folders.contains(where: { path.hasPrefix($0 + "/") }), !written.hasSuffix("/") else {
            throw ClusterError(
                .file,
                context.redactor.redact(
                    "the file “\(written)” of `files` is outside the run's folder and the scenario's: "
                        + "give a path below one of them, such as ${{ run.directory }}/service.conf"))
        }
        return path
    }

    /// Without `.`, `..` and empty parts, whatever is a link.
    private static func lexical(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}

extension Scenario {
    /// Whether a replica, or a command beside it, is told of its scratch folder.
    var usesScratch: Bool {
        let templates =
            target.members.flatMap { member in
                member.command + member.environment.map(\.value)
                    + member.files.flatMap { [$0.path, $0.text] }
            }
            + operations.flatMap(\.steps).flatMap(\.request.command)
        return templates.contains { $0.placeholders.contains("replica.scratch") }
    }
}
