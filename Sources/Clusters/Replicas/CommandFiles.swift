// Which files a service's command names: its program, and scripts among its arguments.

import Core
import Foundation
public import Scenarios

extension CommandLookup {
    init(_ scenario: Scenario, _ options: ClusterOptions) {
        self.init(
            searchPath: options.searchPath,
            path: options.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
            folders: [RunContext.folder(of: scenario), FileManager.default.currentDirectoryPath])
    }
}

/// The absolute paths of the files that the commands of replicas and companions name; words that are known
/// only while they run are left out.
public func commandFiles(of scenario: Scenario, _ options: ClusterOptions) -> [String] {
    var bindings = Bindings()
    bindings["scenario.directory"] = .string(RunContext.folder(of: scenario))
    bindings["scenario.name"] = .string(scenario.name)
    let lookup = CommandLookup(scenario, options)
    return scenario.target.members.flatMap { $0.command.enumerated() }.compactMap { index, template in
        guard let word = try? template.text(in: bindings) else { return nil }
        if index == 0 { return try? lookup.find(word).get() }
        var isFolder: ObjCBool = false
        let isFile =
            word.contains("/") && FileManager.default.fileExists(atPath: word, isDirectory: &isFolder)
        return isFile && !isFolder.boolValue ? CommandLookup.absolute(word) : nil
    }
}
