// The requests of an operation as `curl` lines: the scenario's templates filled with what was recorded.
// Secrets stay names of variables.

import Core
import Histories
import Scenarios

struct CurlCommands {
    let scenario: Scenario

    /// Lines of more requests are left out.
    static let requestLimit = 24
    /// The variables of the lines: base URLs of the replicas, and files of certificates.
    func variables(_ replicas: [Int]) -> String {
        let urls = replicas.map { replica in
            let (service, number) = scenario.target.place(ofReplica: replica)
            let url = service.urls.indices.contains(number) ? service.urls[number] : nil
            let name = serverName(of: service) ?? "127.0.0.1"
            let base = service.security == nil ? "http://127.0.0.1" : "https://\(name)"
            return "REPLICA_\(replica)="
                + (url.flatMap { $0.placeholders.isEmpty ? $0.source : nil } ?? base + ":PORT")
        }
        let files = Set(replicas.map { scenario.target.place(ofReplica: $0).member }).flatMap(
            certificateFiles)
        return (urls + files.map { "\($0.variable)=FILE" }).joined(separator: " ")
    }

    /// Of curl's flags for files of certificates, those that the scenario has.
    private func certificateFiles(of service: Service) -> [(flag: String, variable: String)] {
        guard let tls = service.tls else { return [] }
        return [
            ("--cacert", "CA", tls.authorities), ("--cert", "CERTIFICATE", tls.certificate),
            ("--key", "KEY", tls.key),
        ].filter { $0.2 != nil }.map { ($0.0, $0.1) }
    }

    /// The name that certificates of replicas on this machine are for.
    private func serverName(of service: Service) -> String? {
        guard service.urls.isEmpty, let name = service.tls?.serverName, name.placeholders.isEmpty else {
            return nil
        }
        return name.source
    }

    /// What curl trusts and shows, and where it connects (`curl(1)`).
    private func securityWords(of service: Service) -> [String] {
        certificateFiles(of: service).flatMap { [$0.flag, "\"$\($0.variable)\""] }
            + (serverName(of: service).map { ["--connect-to", "\($0)::127.0.0.1:"] } ?? [])
            + (service.tls?.isInsecure == true ? ["--insecure"] : [])
    }

    /// Longer bodies are not written out.
    static let bodyLimitBytes = 4_096

    /// One line for each request, in order of sending; `$REPLICA_0` is the first replica's base URL.
    func lines(_ operations: [OperationRecord]) -> [String] {
        let requests = operations.flatMap { operation in operation.requests.map { (operation, $0) } }
            .sorted { $0.1.sent < $1.1.sent }
        return requests.prefix(Self.requestLimit).map { line($0.1, of: $0.0) }
    }

    private func line(_ request: RequestRecord, of operation: OperationRecord) -> String {
        guard !request.isCommand else { return "# beside replica \(request.replica): \(request.target)" }
        var words =
            ["curl", "-i"] + securityWords(of: scenario.target.place(ofReplica: request.replica).member)
        if request.method != "GET" { words += ["-X", ShellText(request.method).quoted] }
        words.append("\"$REPLICA_\(request.replica)\"" + ShellText(request.target).quoted)
        guard let step = step(request.step, of: operation) else { return words.joined(separator: " ") }
        let own = Set(step.headers.map { $0.name.lowercased() })
        var hasType = false
        for header in scenario.defaults.headers.filter({ !own.contains($0.name.lowercased()) }) + step.headers
        {
            let isType = header.name.lowercased() == "content-type"
            if isType, step.body?.hasFields == true { continue }
            hasType = hasType || isType
            words += ["-H", (ShellText(header.name + ": ") + fill(header.value, from: operation)).quoted]
        }
        if let body = step.body, !body.hasFields, !hasType {
            words += ["-H", ShellText("content-type: \(body.contentType)").quoted]
        }
        switch step.body {
        case .json(let template)?: words += ["--data-raw", body(fill(template, from: operation))]
        case .text(let template)?: words += ["--data-raw", body(fill(template, from: operation))]
        case .zeros(let bytes)?: words += ["--data-binary", "@<(head -c \(bytes) /dev/zero)"]
        case .form(let fields)?:
            for field in fields {
                let value = ShellText(field.name.percentEncoded + "=") + fill(field.value, from: operation)
                words += ["--data-urlencode", body(value)]
            }
        case .multipart(let fields)?:
            for field in fields { words += part(field, of: operation) }
        case nil: break
        }
        return words.joined(separator: " ")
    }

    /// A file's content comes from a process: curl reads it as it would a file.
    private func part(_ field: BodyField, of operation: OperationRecord) -> [String] {
        let value = fill(field.value, from: operation)
        guard let file = field.file else {
            return ["--form-string", body(ShellText(field.name + "=") + value)]
        }
        let head =
            ShellText(";filename=") + fill(file.name, from: operation) + ShellText(";type=")
            + fill(file.type, from: operation)
        return ["-F", ShellText("\(field.name)=@").quoted + "<(printf %s \(body(value)))" + head.quoted]
    }

    private func step(_ index: Int, of operation: OperationRecord) -> RequestTemplate? {
        guard let declared = scenario.operation(named: operation.name), index < declared.steps.count,
            index >= 0
        else { return nil }
        return declared.steps[index].request
    }

    private func body(_ text: ShellText) -> String {
        text.byteCount > Self.bodyLimitBytes ? "'… \(text.byteCount) bytes …'" : text.quoted
    }

    // MARK: - Templates

    private func fill(
        _ template: Template, from operation: OperationRecord, isInsideJSON: Bool = false
    ) -> ShellText {
        template.parts.reduce(ShellText("")) { text, part in
            switch part {
            case .literal(let literal): text + ShellText(isInsideJSON ? Self.insideJSON(literal) : literal)
            case .placeholder(let placeholder):
                text + value(of: placeholder, in: operation, isInsideJSON: isInsideJSON)
            }
        }
    }

    /// JSON text; a lone placeholder keeps its type, anything else in it is part of a string.
    private func fill(_ template: TemplateValue, from operation: OperationRecord) -> ShellText {
        switch template {
        case .literal(let value): return ShellText(JSON.text(value))
        case .template(let template):
            if let constant = template.constant { return ShellText(JSON.text(constant)) }
            if template.parts.count == 1, case .placeholder(let placeholder) = template.parts[0],
                let value = recorded(placeholder.name, operation)
            {
                return ShellText(JSON.text(placeholder.filled(with: value)))
            }
            return string(template, from: operation)
        case .array(let elements):
            return list(elements.map { fill($0, from: operation) }, "[", "]")
        case .object(let members):
            let entries = members.map {
                string($0.name, from: operation) + ShellText(":") + fill($0.value, from: operation)
            }
            return list(entries, "{", "}")
        }
    }

    /// A string of JSON.
    private func string(_ template: Template, from operation: OperationRecord) -> ShellText {
        ShellText("\"") + fill(template, from: operation, isInsideJSON: true) + ShellText("\"")
    }

    private func list(_ elements: [ShellText], _ open: String, _ close: String) -> ShellText {
        var text = ShellText(open)
        for (index, element) in elements.enumerated() {
            text = text + ShellText(index == 0 ? "" : ",") + element
        }
        return text + ShellText(close)
    }

    private func recorded(_ name: String, _ operation: OperationRecord) -> Value? {
        if let value = operation.value(name) { return value }
        switch name {
        case "client": return .int(operation.client)
        case "round": return operation.round.map { .int($0) }
        default: return nil
        }
    }

    /// A secret is a variable of its name; what nobody recorded stays a placeholder.
    private func value(
        of placeholder: Placeholder, in operation: OperationRecord, isInsideJSON: Bool
    ) -> ShellText {
        let name = placeholder.name
        if let value = recorded(name, operation).map(placeholder.filled) {
            return ShellText(isInsideJSON ? Self.insideJSON(value.plain) : value.plain)
        }
        // What a filter makes of a secret is no variable of a shell.
        guard name.hasPrefix("secret."), placeholder.filters.isEmpty else {
            return ShellText(placeholder.source)
        }
        return ShellText(variable: String(name.dropFirst(7)))
    }

    private static func insideJSON(_ text: String) -> String {
        String(JSON.text(.string(text)).dropFirst().dropLast())
    }
}

/// A word of a shell command, of literal text and variables.
struct ShellText {
    private var parts: [(text: String, isVariable: Bool)]

    init(_ text: String) { parts = [(text, false)] }

    /// A name that is no variable of a shell is left as text.
    init(variable: String) {
        let isName = variable.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil
        parts = [(isName ? variable : "$" + variable, isName)]
    }

    static func + (left: ShellText, right: ShellText) -> ShellText {
        var sum = left
        sum.parts += right.parts
        return sum
    }

    var byteCount: Int { parts.reduce(0) { $0 + $1.text.utf8.count } }

    /// Quoted so that a shell sees the same text: apostrophes around literals, quotation marks around
    /// variables.
    var quoted: String {
        var result = ""
        var literal = ""
        func flush() {
            guard !literal.isEmpty else { return }
            result += ShellWord.quoted(literal)
            literal = ""
        }
        for part in parts {
            if part.isVariable {
                flush()
                result += "\"$\(part.text)\""
            } else {
                literal += part.text
            }
        }
        flush()
        return result.isEmpty ? "''" : result
    }
}
