// The resolved scenario as a file that loads again to an equal one, for the run directory.

import Core
import Histories

extension Scenario {
    /// YAML without parameters, matrix and `extends`.
    ///
    /// The parameters' values are told in comments. Values of the environment and the user part of URLs are
    /// redacted: where there are any, the text no longer loads to an equal scenario.
    public func resolvedYAML() -> String {
        let redactor = Redactor(sensitiveValues)
        var text = "# The scenario as it ran"
        text += file.isEmpty ? "\n" : ", from \(YAMLText.quoted(redactor.redact(file)))\n"
        for parameter in parameters {
            text += "#   \(parameter.name): \(redactor.redact(JSON.text(parameter.value)))\n"
        }
        return text + YAMLText.map(entries).document { redactor.redact($0) }
    }

    private var entries: [(key: String, value: YAMLText)] {
        var map = MapWriter()
        map["version"] = .plain("1")
        map["name"] = .text(name)
        if !description.isEmpty { map["description"] = .text(description) }
        if !tags.isEmpty { map["tags"] = .list(tags.map { .text($0) }) }
        map["seed"] = seed.map { .plain("\($0)") }
        map["target"] = target.yaml
        if !secrets.isEmpty { map["secrets"] = .list(secrets.map { .text($0) }) }
        map["defaults"] = .map([
            ("timeout", Units.yaml(defaults.timeout)), ("headers", defaults.headers.yaml),
        ])
        if !setup.isEmpty { map["setup"] = .list(setup.map(\.yaml)) }
        map["operations"] = .map(operations.map { ($0.name, $0.yaml) })
        if !models.isEmpty { map["models"] = .map(models.map { ($0.name, $0.yaml) }) }
        if !invariants.isEmpty { map["invariants"] = .list(invariants.map(\.yaml)) }
        map["load"] = load.yaml
        if !faults.isEmpty { map["faults"] = .list(faults.map(\.yaml)) }
        if !thresholds.isEmpty { map["thresholds"] = Threshold.yaml(thresholds) }
        if !knownFindings.isEmpty { map["known-findings"] = .list(knownFindings.map(\.yaml)) }
        return map.entries
    }
}

/// Entries in the order in which they are set.
struct MapWriter {
    private(set) var entries: [(key: String, value: YAMLText)] = []

    subscript(key: String) -> YAMLText? {
        get { entries.first { $0.key == key }?.value }
        set { if let newValue { entries.append((key, newValue)) } }
    }

    mutating func append(_ element: YAMLText, to key: String) {
        if let index = entries.firstIndex(where: { $0.key == key }),
            case .list(let elements) = entries[index].value
        {
            entries[index].value = .list(elements + [element])
        } else {
            entries.append((key, .list([element])))
        }
    }
}

extension Template {
    /// As a scenario would write it.
    public var source: String {
        parts.reduce(into: "") { text, part in
            switch part {
            case .literal(let literal): text += literal
            case .placeholder(let name): text += "${{ \(name) }}"
            }
        }
    }

    var yaml: YAMLText { constant == nil ? .text(source) : .plain(source) }
}

extension TemplateValue {
    var yaml: YAMLText {
        switch self {
        case .literal(let value): YAMLText(value)
        case .template(let template): template.yaml
        case .array(let elements): .list(elements.map(\.yaml))
        case .object(let members): .map(members.map { ($0.name.source, $0.value.yaml) })
        }
    }
}

extension Units {
    static func yaml(_ duration: Duration) -> YAMLText { .text(text(duration)) }
}

extension Target {
    fileprivate var yaml: YAMLText {
        var map = MapWriter()
        map["service"] = service.yaml
        switch database {
        case .none: break
        case .sqlite: map["database"] = .map([("sqlite", .map([]))])
        case .postgresql(let settings, let url):
            var engine = MapWriter()
            if !settings.isEmpty {
                engine["settings"] = .map(
                    settings.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })
            }
            engine["url"] = url?.yaml
            map["database"] = .map([("postgresql", .map(engine.entries))])
        }
        if !prepare.isEmpty { map["prepare"] = .list(prepare.map { .list($0.map(\.yaml)) }) }
        if prepareWithin != Target.commandLimit { map["prepare-within"] = Units.yaml(prepareWithin) }
        if !reset.isEmpty { map["reset"] = .list(reset.map { .list($0.map(\.yaml)) }) }
        if resetWithin != Target.commandLimit { map["reset-within"] = Units.yaml(resetWithin) }
        return .map(map.entries)
    }
}

extension Service {
    fileprivate var yaml: YAMLText {
        var map = MapWriter()
        if urls.isEmpty {
            map["command"] = .list(command.map(\.yaml))
            if !environment.isEmpty {
                map["environment"] = .map(environment.map { ($0.name, $0.value.yaml) })
            }
            if !files.isEmpty {
                map["files"] = .list(files.map { .map([("path", $0.path.yaml), ("text", $0.text.yaml)]) })
            }
            map["replicas"] = .plain("\(replicas)")
            map["stop"] = .map([("signal", .text(stop.signal.rawValue)), ("grace", Units.yaml(stop.grace))])
        } else {
            map["urls"] = .list(urls.map(\.yaml))
        }
        if let ready {
            map["ready"] = .map([
                ("http", .text("\(ready.method) \(ready.path.source)")), ("status", .text(ready.status.text)),
                ("within", Units.yaml(ready.within)),
            ])
        }
        return .map(map.entries)
    }
}
