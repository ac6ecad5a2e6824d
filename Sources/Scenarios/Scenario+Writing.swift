// The resolved scenario as a file that loads again to an equal one, for the run directory.

import Core
import Histories

extension Scenario: YAMLWritable {
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
        return text + yaml.document { redactor.redact($0) }
    }

    var yaml: YAMLText {
        [
            "version": 1, "name": name, "description": description.unlessEmpty, "tags": tags.unlessEmpty,
            "seed": seed, "target": target, "secrets": secrets.unlessEmpty, "defaults": defaults,
            "setup": setup.unlessEmpty, "operations": YAMLText.map(operations.map { ($0.name, $0) }),
            "models": YAMLText.map(models.map { ($0.name, $0) }).unlessEmpty,
            "invariants": invariants.unlessEmpty, "load": load, "faults": faults.unlessEmpty,
            "thresholds": thresholds.unlessEmpty.map(Threshold.yaml),
            "explore": explore.yaml.unlessEmpty, "known-findings": knownFindings.unlessEmpty,
            "regression": regression,
        ]
    }
}

extension Template: YAMLWritable {
    /// As a scenario would write it.
    public var source: String {
        parts.reduce(into: "") { text, part in
            switch part {
            case .literal(let literal): text += literal
            case .placeholder(let placeholder): text += placeholder.source
            }
        }
    }

    var yaml: YAMLText { constant == nil ? .text(source) : .plain(source) }
}

extension TemplateValue: YAMLWritable {
    var yaml: YAMLText {
        switch self {
        case .literal(let value): value.yaml
        case .template(let template): template.yaml
        case .array(let elements): elements.yaml
        case .object(let members): .map(members.map { ($0.name.source, $0.value) })
        }
    }
}

extension Target: YAMLWritable {
    var yaml: YAMLText {
        [
            "service": services[0].name.isEmpty ? service : nil,
            "services": services[0].name.isEmpty ? nil : YAMLText.map(services.map { ($0.name, $0) }),
            "companions": YAMLText.map(companions.map { ($0.name, $0) }).unlessEmpty,
            "database": database.yaml,
            "prepare": prepare.unlessEmpty,
            "prepare-within": prepareWithin == Target.commandLimit ? nil : prepareWithin,
            "reset": reset.unlessEmpty,
            "reset-within": resetWithin == Target.commandLimit ? nil : resetWithin,
        ]
    }
}

extension DatabaseDeclaration {
    fileprivate var yaml: YAMLText? {
        switch self {
        case .none: nil
        case .sqlite: ["sqlite": [:] as YAMLText]
        case .postgresql(let settings, let url): ["postgresql": Self.server(settings, url)]
        case .mariadb(let settings, let url): ["mariadb": Self.server(settings, url)]
        case .galera(let nodes, let settings):
            ["galera": ["nodes": nodes] as YAMLText + Self.server(settings, nil)]
        }
    }

    private static func server(_ settings: [String: String], _ url: Template?) -> YAMLText {
        [
            "settings": YAMLText.map(settings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
                .unlessEmpty, "url": url,
        ]
    }
}

extension Service: YAMLWritable {
    var yaml: YAMLText {
        let replicas: YAMLText =
            urls.isEmpty
            ? [
                "command": command,
                "environment": YAMLText.map(environment.map { ($0.name, $0.value) }).unlessEmpty,
                "files": files.unlessEmpty, "replicas": isCompanion ? nil : replicas,
                "start": isCompanion ? nil : start.rawValue, "ports": ports.unlessEmpty,
                "stop": ["signal": stop.signal.rawValue, "grace": stop.grace] as YAMLText,
            ] : ["urls": urls]
        return replicas + ["ready": ready, "tls": tls]
    }
}

extension TLSDeclaration: YAMLWritable {
    var yaml: YAMLText {
        [
            "ca": authorities, "certificate": certificate, "key": key, "server-name": serverName,
            "insecure": isInsecure ? true : nil,
        ]
    }
}

extension FileTemplate: YAMLWritable {
    var yaml: YAMLText { ["path": path, "text": text] }
}

extension Readiness: YAMLWritable {
    var yaml: YAMLText { ["http": "\(method) \(path.source)", "status": status.text, "within": within] }
}
