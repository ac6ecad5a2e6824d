// Requests wherever they stand: request line, headers, body, captures and answer patterns.

extension ScenarioDecoder {
    private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    private static let requestForm = "expected METHOD /path, such as GET /v1/items/${{ item }}"

    func defaults(_ node: SourceNode?) -> RequestDefaults {
        guard let node, let map = MapReader(node, .defaults, context) else { return RequestDefaults() }
        let names = declared.keys.union(declared.setupCaptures).union(declared.own).union(declared.states)
        check(map["headers"], knows: names, in: "`defaults`")
        var defaults = RequestDefaults()
        defaults.timeout = map.duration("timeout") ?? defaults.timeout
        defaults.headers = headers(map["headers"])
        defaults.cookies = map.bool("cookies") ?? false
        return defaults
    }

    /// The keys of a request in which placeholders are filled.
    static let requestKeys = ["http", "headers"] + bodyKeys
    private static let bodyKeys = ["json", "body", "form", "multipart"]

    /// The request of `map`, which has `requestKeys` and `timeout`.
    func request(_ map: MapReader) -> RequestTemplate? {
        let service = map["service"].map { serviceName($0, ofOperation: true) }
        if case .some(nil) = service { return nil }
        var request = map["command"].map { command($0, map) } ?? httpRequest(map)
        request?.service = service.flatMap(\.self)
        return request
    }

    private func httpRequest(_ map: MapReader) -> RequestTemplate? {
        let own = headers(map["headers"])
        let overridden = Set(own.map { $0.name.lowercased() })
        let inherited = defaults.headers.filter { !overridden.contains($0.name.lowercased()) }
        let body = self.body(map)
        if body?.hasFields == true, overridden.contains("content-type") {
            context.error(
                "the body's own fields say its content type", at: map.keyPlace("headers"),
                suggestion: "take the header Content-Type away")
        }
        let timeout = map.duration("timeout") ?? defaults.timeout
        guard let http = map.required("http"), let line = requestLine(http) else { return nil }
        return RequestTemplate(
            method: line.method, target: line.target, headers: inherited + own, body: body, timeout: timeout)
    }

    private func command(_ node: SourceNode, _ map: MapReader) -> RequestTemplate? {
        for key in Self.requestKeys where map[key] != nil {
            context.error("`\(key)` has no meaning beside `command`", at: map.keyPlace(key))
        }
        let timeout = map.duration("timeout") ?? defaults.timeout
        return command(node).map { .command($0, timeout: timeout) }
    }

    /// A command has an exit status and its output, a request a status, headers and a body.
    func checkAnswers(of step: Step, _ map: MapReader) {
        let rules = step.outcome.ok + step.outcome.fail + step.outcome.unknown + (step.retry?.on ?? [])
        let isCommand = !step.request.command.isEmpty
        for condition in rules.flatMap(\.conditions) where !condition.exists(forCommand: isCommand) {
            context.error(
                "`\(condition.text)` cannot be said of \(isCommand ? "a command" : "an HTTP answer")",
                at: map.keyPlace("outcome"),
                suggestion: isCommand
                    ? "expected exit 1, timeout or json $.path …" : "expected a status such as 409")
        }
        for capture in step.captures where isCommand && !capture.source.existsForCommand {
            context.error(
                "a command has neither headers nor cookies for `\(capture.name)`",
                at: map.keyPlace("capture"),
                suggestion: "expected json $.path, which reads its output, or status")
        }
    }

    /// As in `METHOD /path`.
    func requestLine(_ node: SourceNode) -> (method: String, target: Template)? {
        guard var template = context.template(node, expected: "METHOD /path"),
            case .literal(let start)? = template.parts.first, let space = start.firstIndex(of: " ")
        else {
            if let scalar = node.scalar, scalar.text != nil || !scalar.placeholders.isEmpty {
                context.error(
                    "this is no request line", at: node.place, suggestion: ScenarioDecoder.requestForm)
            }
            return nil
        }
        let method = String(start[..<space])
        guard ScenarioDecoder.methods.contains(method) else {
            return context.refuse(
                "`\(method)` is no HTTP method", at: node.place,
                suggestion: Names.suggestion(for: method, among: ScenarioDecoder.methods))
        }
        let path = String(start[space...].drop { $0 == " " })
        guard path.hasPrefix("/") || (path.isEmpty && template.parts.count > 1) else {
            return context.refuse(
                "the path must begin with /", at: node.place, suggestion: ScenarioDecoder.requestForm)
        }
        guard !path.contains(where: \.isWhitespace) else {
            return context.refuse("a path holds no spaces", at: node.place, suggestion: "write %20")
        }
        if path.isEmpty { template.parts.removeFirst() } else { template.parts[0] = .literal(path) }
        return (method, template)
    }

    private func headers(_ node: SourceNode?) -> [HeaderTemplate] {
        context.entries(of: node, expected: "a map of header names to text").compactMap { entry in
            guard entry.key.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") }),
                !entry.key.isEmpty
            else { return context.refuse("`\(entry.key)` is no header name", at: entry.place) }
            return context.template(entry.value).map { HeaderTemplate(name: entry.key, value: $0) }
        }
    }

    private func body(_ map: MapReader) -> RequestTemplate.Body? {
        let given = Self.bodyKeys.filter { map[$0] != nil }
        for extra in given.dropFirst() {
            context.error("`\(extra)` cannot stand beside `\(given[0])`", at: map.keyPlace(extra))
        }
        if let json = map["json"] { return .json(context.templateValue(json)) }
        if let form = map["form"] { return .form(fields(form)) }
        if let multipart = map["multipart"] { return .multipart(fields(multipart)) }
        guard let node = map["body"], let template = context.template(node) else { return nil }
        let zeros = " of zeros"
        if let text = node.text, text.hasSuffix(zeros) {
            return context.parse(node, expected: "a body") { text throws(TextError) in
                .zeros(bytes: try Units.size(String(text.dropLast(zeros.count))))
            }
        }
        return .text(template)
    }

    private func fields(_ node: SourceNode) -> [BodyField] {
        context.entries(of: node, expected: "a map of field names to text").flatMap { entry in
            context.oneOrMore(entry.value) { value in
                guard value.entries != nil else {
                    return context.template(value).map { BodyField(name: entry.key, value: $0) }
                }
                guard let map = MapReader(value, .upload, context) else { return nil }
                let type = map["type"].map { context.template($0) }
                guard let name = map.value("file", { context.template($0) }),
                    let content = map.value("content", { context.template($0) }),
                    let type = type ?? Template(parts: [.literal("application/octet-stream")])
                else { return nil }
                return BodyField(name: entry.key, value: content, file: .init(name: name, type: type))
            }
        }
    }

    // MARK: - Answers

    func captures(_ node: SourceNode?) -> [Capture] {
        let form = "a map of names to json $.path, header NAME, cookie NAME or status"
        return context.entries(of: node, expected: form).compactMap { entry in
            guard context.name(entry.key, at: entry.place, of: "a capture"),
                let source = context.parse(entry.value, expected: "a capture", ScenarioDecoder.captureSource)
            else { return nil }
            return Capture(name: entry.key, source: source)
        }
    }

    private static func captureSource(_ text: String) throws(TextError) -> Capture.Source {
        let form = "expected json $.path, header NAME, cookie NAME or status"
        var scanner = TextScanner(text)
        scanner.skipSpaces()
        let source: Capture.Source
        if scanner.takeWord("json") {
            scanner.skipSpaces()
            source = .json(try JSONPath.scan(&scanner))
        } else if scanner.takeWord("header") {
            scanner.skipSpaces()
            source = .header(try scanner.word(else: "a header name must follow", expected: form).lowercased())
        } else if scanner.takeWord("cookie") {
            scanner.skipSpaces()
            let start = scanner.offset
            let name = scanner.take { $0.isASCII && !$0.isWhitespace && !"()<>@,;:\\\"/[]?={}".contains($0) }
            guard !name.isEmpty else {
                throw TextError(start, "a cookie's name must follow", expected: form)
            }
            source = .cookie(name)
        } else if scanner.takeWord("status") {
            source = .status
        } else {
            throw TextError(scanner.offset, "`\(text)` is no capture", expected: form)
        }
        scanner.skipSpaces()
        let suffixes = JSONPath.Suffix.allCases.map(\.rawValue)
        try scanner.end(
            expected: Names.nearest(to: scanner.rest, among: suffixes).map { "did you mean `\($0)`?" } ?? form
        )
        return source
    }

    /// One text with alternatives, or a list of such.
    func patterns(_ node: SourceNode?) -> [AnswerPattern] {
        guard let node else { return [] }
        if let elements = node.elements { hintAtSplitStatuses(elements) }
        let patterns = context.oneOrMore(node) { element in
            context.parse(
                element, expected: "an answer such as status 409 or timeout", AnswerPattern.alternatives)
        }
        return AnswerPattern.merged(patterns.flatMap { $0 })
    }

    /// The second of the two traps: `[status 403, 404]` is a list of two.
    private func hintAtSplitStatuses(_ elements: [SourceNode]) {
        for (first, second) in zip(elements, elements.dropFirst()) {
            guard let text = second.text, StatusSet.range(text) != nil, let before = first.text,
                before.hasPrefix("status ")
            else { continue }
            context.hint(
                "`\(before), \(text)` without quotes are two entries of this list, and are taken as such",
                at: second.place, suggestion: "write \"\(before), \(text)\" or [403, 404]")
            return
        }
    }

    func statusSet(_ node: SourceNode) -> StatusSet? {
        let found = patterns(node)
        guard let pattern = found.first else { return nil }
        if found.count == 1, pattern.conditions.count == 1, case .status(let set) = pattern.conditions[0] {
            return set
        }
        return context.refuse(
            "only statuses can stand here", at: node.place, suggestion: "expected a status such as 200 or 2xx"
        )
    }
}

extension AnswerCondition {
    fileprivate func exists(forCommand isCommand: Bool) -> Bool {
        switch self {
        case .status, .header, .disconnected, .refused: !isCommand
        case .exit: isCommand
        case .json, .timeout: true
        }
    }
}

extension Capture.Source {
    fileprivate var existsForCommand: Bool {
        switch self {
        case .json, .status: true
        case .header, .cookie: false
        }
    }
}
