// What Package.swift declares: every target and the modules that it may import.

/// Read from the text, since asking SwiftPM while it runs the tests would wait for its lock.
struct PackageManifest {
    /// In the file's order; tests, and programs that only tests use, are left out.
    private(set) var targets: [(name: String, modules: Set<String>)] = []
    /// By folder under `Tests/`.
    private(set) var tests: [(name: String, modules: Set<String>)] = []

    /// `text` is a manifest in this repository's form: `library("Name", […])`, `program(…)`, `tests(…)`.
    init(text: String) {
        let products = Dictionary(
            text.matches(of: /let (\w+) = Target\.Dependency\.product\(\s*name: "(\w+)"/)
                .map { (String($0.1), String($0.2)) }, uniquingKeysWith: { first, _ in first })
        let body =
            text.ranges(of: "targets: [\n        .").first.map { String(text[$0.lowerBound...]) } ?? text
        for match in body.matches(
            of: /\b(library|program|tests)\(|\.(systemLibrary|target|executableTarget)\(/)
        {
            let call = Self.balanced(body[match.range.lowerBound...])
            let names = call.matches(of: /"([\w-]+)"/).map { String($0.1) }
            guard let name = names.first else { continue }
            let identifiers = call.matches(of: /\b(\w+)\b/).compactMap { products[String($0.1)] }
            let modules = match.2 == "systemLibrary" ? [] : Set(names.dropFirst()).union(identifiers)
            if let path = call.firstMatch(of: /path: "Tests\/(\w+)"/) {
                tests.append((String(path.1), modules))
            } else if match.1 == "tests" {
                tests.append((name, modules))
            } else {
                targets.append((name, modules))
            }
        }
    }

    /// The text up to the parenthesis that closes the first one.
    private static func balanced(_ text: Substring) -> Substring {
        var depth = 0
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" {
                depth -= 1
                if depth == 0 { return text[...index] }
            }
        }
        return text
    }
}
