// What each replica finds when it starts: its directory, the names bound for it, the files written for it.

import Foundation
import History
import Scenario

enum ReplicaFiles {
    static func directory(_ context: RunContext, _ index: Int) -> String {
        context.options.runDirectory + "/replicas/\(index)"
    }

    static func bindings(_ context: RunContext, _ endpoint: ReplicaEndpoint) -> Bindings {
        var bindings = context.bindings
        bindings["port"] = .int(endpoint.port)
        bindings["replica.index"] = .int(endpoint.index)
        bindings["replica.directory"] = .string(directory(context, endpoint.index))
        return bindings
    }

    /// Writes the declared files, once or once a replica; relative paths are below the run directory.
    static func write(_ context: RunContext, endpoints: [ReplicaEndpoint]) throws(ClusterError) {
        for endpoint in endpoints { try RunContext.makeDirectory(directory(context, endpoint.index)) }
        for file in context.scenario.target.service.files {
            let each = file.isPerReplica ? endpoints.map { bindings(context, $0) } : [context.bindings]
            for bindings in each { try write(file, context, in: bindings) }
        }
    }

    private static func write(
        _ file: FileTemplate, _ context: RunContext, in bindings: Bindings
    ) throws(ClusterError) {
        var path = try context.text(file.path, in: bindings)
        if !path.hasPrefix("/") { path = context.options.runDirectory + "/" + path }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try RunContext.makeDirectory(folder)
        try RunContext.write(context.text(file.text, in: bindings), to: path)
    }
}
