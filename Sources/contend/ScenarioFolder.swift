// A folder of scenarios, named in the place of its files.

import Engine
import FoundationEssentials
import RunStore
import Scenarios

enum ScenarioFolder {
    /// The YAML files below a folder, in order; hidden ones are passed over.
    static func yamlFiles(below folder: String) throws(RunError) -> [String] {
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
            throw RunError(.usage, "there is no folder \(folder)")
        }
        return names.filter {
            ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) && !$0.contains("/.") && !$0.hasPrefix(".")
        }
        .sorted()
        .map { folder.hasSuffix("/") ? folder + $0 : "\(folder)/\($0)" }
    }

    /// The paths with each folder replaced by the scenarios below it.
    ///
    /// Lists of known findings, and files that are only there to be extended, are left out.
    static func files(_ paths: [String]) throws(RunError) -> [String] {
        var files: [String] = []
        for path in paths {
            var isFolder = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else {
                files.append(path)
                continue
            }
            let below = try yamlFiles(below: path).filter { file in
                (try? TextFile.read(file)).map(ScenarioFile.standsAlone) ?? true
            }
            guard !below.isEmpty else { throw RunError(.usage, "there is no scenario below \(path)") }
            files += below
        }
        return files
    }

    /// Of a file that is only there to be extended, the scenarios beside it that do so; `nil` for any other.
    ///
    /// What is wrong with it in one of them is thrown.
    static func scenarios(extending path: String) throws -> [ScenarioFile]? {
        guard let text = try? TextFile.read(path), !ScenarioFile.standsAlone(text) else { return nil }
        func isSame(_ other: String) -> Bool {
            URL(filePath: other).standardizedFileURL == URL(filePath: path).standardizedFileURL
        }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        var scenarios: [ScenarioFile] = []
        for other in try yamlFiles(below: folder.isEmpty ? "." : folder.joined(separator: "/"))
        where !isSame(other) {
            do {
                let file = try ScenarioFile.load(other)
                if file.parts.contains(where: isSame) { scenarios.append(file) }
            } catch let errors as ScenarioErrors {
                let own = errors.diagnostics.filter { isSame($0.file) }
                if !own.isEmpty { throw ScenarioErrors(own) }
            }
        }
        return scenarios.isEmpty ? nil : scenarios
    }
}
