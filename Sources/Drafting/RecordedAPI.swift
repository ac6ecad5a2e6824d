// An API as it can be told from requests: paths with their ids as parameters, bodies and answers as schemas.

import Core
import Histories

struct RecordedAPI {
    private let requests: [SeenRequest]
    private var access = Access()

    static func description(of requests: [SeenRequest], name: String) throws(DraftError) -> APIDescription {
        let writers = requests.filter { !HTTPMethod.isSafe($0.method) }
        guard let origin = mostFrequent((writers.isEmpty ? requests : writers).map(\.origin)) else {
            throw DraftError(.invalid, "\(name) has no request to an API")
        }
        var api = RecordedAPI(requests: requests.filter { $0.origin == origin })
        return api.description(origin)
    }

    private init(requests: [SeenRequest]) { self.requests = requests }

    private static func mostFrequent(_ texts: [String]) -> String? {
        var counts: [String: Int] = [:]
        for text in texts { counts[text, default: 0] += 1 }
        return texts.first { counts[$0] == counts.values.max() }
    }

    private mutating func description(_ origin: String) -> APIDescription {
        for request in requests {
            for header in request.headers { add(header) }
        }
        var api = APIDescription(
            title: String(origin.split(separator: "/").last ?? "my service"), servers: [origin])
        var groups: [(key: [String], requests: [SeenRequest])] = []
        for request in requests {
            let key = [request.method, template(request.path)]
            if let index = groups.firstIndex(where: { $0.key == key }) {
                groups[index].requests.append(request)
            } else {
                groups.append((key, [request]))
            }
        }
        api.operations = groups.map { operation($0.key[0], $0.key[1], $0.requests) }
        api.access = access
        return api
    }

    // MARK: - Paths

    /// The path with a parameter for each part that names one thing.
    private func template(_ path: String) -> String {
        var before = ""
        var template = ""
        for segment in path.split(separator: "/") {
            if let name = parameter(String(segment), below: before) {
                template += "/{\(name)}"
            } else {
                template += "/\(segment.filter { !"{}".contains($0) })"
            }
            before += "/\(segment)"
        }
        return template + (path.hasSuffix("/") && path.count > 1 ? "/" : template.isEmpty ? "/" : "")
    }

    /// The field that the part of a path is the value of; `id` where it only looks like an id.
    private func parameter(_ segment: String, below path: String) -> String? {
        for request in requests where request.method == "POST" && request.path.trimmedSlash == path {
            let sent = request.body.flatMap { try? JSON.parse($0.utf8) }
            for value in [request.answer, sent] {
                if let name = value.flatMap({ Self.field(of: $0, holding: segment, depth: 0) }) {
                    return name
                }
            }
        }
        let digits = segment.count { $0.isNumber }
        let isWord = segment.allSatisfy { $0.isLetter || $0.isNumber || "-_".contains($0) }
        let isVersion = segment.first == "v" && segment.dropFirst().allSatisfy(\.isNumber)
        let isNumber = !segment.isEmpty && digits == segment.count
        return isNumber || isWord && !isVersion && segment.count >= 8 && digits >= 2 ? "id" : nil
    }

    private static func field(of value: Value, holding text: String, depth: Int) -> String? {
        guard let members = value.members, depth < 3 else { return nil }
        let sorted = members.sorted { $0.key < $1.key }
        if let found = sorted.first(where: {
            $0.value.text == text || $0.value.number != nil && JSON.text($0.value) == text
        }) {
            return found.key.filter { !"{}/".contains($0) }
        }
        return sorted.lazy.compactMap { field(of: $0.value, holding: text, depth: depth + 1) }.first
    }

    // MARK: - Operations

    private mutating func operation(_ method: String, _ path: String, _ seen: [SeenRequest]) -> APIOperation {
        var operation = APIOperation(method: method, path: path)
        let bodies = seen.compactMap { $0.body.flatMap { try? JSON.parse($0.utf8) } }
        if let first = bodies.first {
            let type = seen.first { $0.body != nil }?.header("Content-Type") ?? "application/json"
            let schema = bodies.dropFirst().reduce(self.schema(first, "", isSent: true)) {
                Self.union($0, self.schema($1, "", isSent: true))
            }
            let reader = SchemaReader(root: schema)
            operation.body = APIBody(
                mediaType: type.prefix { $0 != ";" }.trimmed.lowercased(), schema: reader.schema(schema))
        }
        for request in seen {
            guard let status = request.status, !operation.answers(status) else { continue }
            let schema = request.answer.map { self.schema($0, "", isSent: false) }
            operation.answers.append(
                APIAnswer(status: String(status), schema: schema.map { SchemaReader(root: $0).schema($0) }))
        }
        for (name, value) in seen.first?.query ?? [] {
            if Self.isSecret(name) {
                let part = "\(name)=\(access.secret(name))"
                if !access.query.contains(part) { access.query.append(part) }
            } else {
                let schema: Value = .object(["type": "string", "example": .string(value)])
                operation.parameters.append(
                    APIParameter(
                        name: name, place: .query, isRequired: true,
                        schema: SchemaReader(root: schema).schema(schema)))
            }
        }
        return operation
    }

    /// Both bodies; required is what both have.
    private static func union(_ left: Value, _ right: Value) -> Value {
        guard let one = left.members, let other = right.members else { return left }
        var result = one
        result["properties"] = .object(
            (one["properties"]?.members ?? [:]).merging(other["properties"]?.members ?? [:]) { first, _ in
                first
            })
        let names = Set(other["required"]?.elements ?? [])
        result["required"] = .array((one["required"]?.elements ?? []).filter(names.contains))
        return .object(result)
    }

    /// A schema that the value fits.
    ///
    /// What is sent stays as it was, but for texts that may say anything.
    private mutating func schema(_ value: Value, _ name: String, isSent: Bool, depth: Int = 0) -> Value {
        guard depth < 20 else { return .object([:]) }
        switch value {
        case .object(let members):
            var properties: [String: Value] = [:]
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                properties[name] = schema(value, name, isSent: isSent, depth: depth + 1)
            }
            let names = members.keys.sorted().map { Value.string($0) }
            return .object(["type": "object", "properties": .object(properties), "required": .array(names)])
        case .array(let elements):
            let item =
                elements.first.map { schema($0, name, isSent: isSent, depth: depth + 1) } ?? .object([:])
            return .object(["type": "array", "items": item, "minItems": .int(elements.count)])
        case .string(let text):
            if isSent, Self.isSecret(name) || Self.looksSecret(text) {
                return .object([
                    "type": "string", "enum": .array([.string(access.secret(name.isEmpty ? "TOKEN" : name))]),
                ])
            }
            guard isSent, !Self.isFreeText(name, text) else {
                let isEmail = text.contains("@") && !text.contains(" ")
                return .object(isEmail ? ["type": "string", "format": "email"] : ["type": "string"])
            }
            return .object(["type": "string", "enum": .array([value])])
        case .int: return .object(["type": "integer", "example": value])
        case .double: return .object(["type": "number", "enum": .array([value])])
        case .bool: return .object(["type": "boolean", "default": value])
        case .null: return .object(["const": .null])
        }
    }

    /// Whether any other text would have done: not so for a currency or a type.
    private static func isFreeText(_ name: String, _ text: String) -> Bool {
        let name = name.plainName
        return text.contains(" ") || EntityDraft.telling.contains(name)
            || EntityDraft.takenOnce.contains(name)
            || ["name", "title", "text", "description", "email"].contains { name.hasSuffix($0) }
    }

    // MARK: - Secrets

    static func isSecret(_ name: String) -> Bool {
        let name = name.plainName
        return [
            "authorization", "cookie", "token", "secret", "password", "passwd", "apikey", "session", "csrf",
            "xsrf",
            "credential", "signature", "auth",
        ]
        .contains { name.contains($0) } || ["sig", "key", "otp", "pin", "pwd"].contains(name)
    }

    /// A JSON Web Token, or one long word that nobody types.
    private static func looksSecret(_ text: String) -> Bool {
        let isWord = text.allSatisfy { $0.isLetter || $0.isNumber || "-_.=+/~".contains($0) }
        return isWord && text.count >= 32 && text.contains(where: \.isNumber) && !isUUID(text)
    }

    private static func isUUID(_ text: String) -> Bool {
        text.count == 36 && text.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12]
    }

    /// Keeps a header that says who sends, or that only this API knows.
    private mutating func add(_ header: (name: String, value: String)) {
        let name = header.name.lowercased()
        guard EntityDraft.isHeaderName(header.name),
            !access.headers.contains(where: { $0.name.lowercased() == name })
        else { return }
        if name == "authorization" {
            let scheme = header.value.prefix { $0.isLetter }
            let isScheme = header.value.dropFirst(scheme.count).first == " " || scheme == "Basic"
            let field = scheme.lowercased() == "basic" ? "BASIC_CREDENTIALS" : "API_TOKEN"
            let secret = access.secret(field)
            access.headers.append((header.name, isScheme ? "\(scheme) \(secret)" : secret))
        } else if Self.isSecret(name) || name.hasPrefix("x-") && Self.looksSecret(header.value) {
            access.headers.append((header.name, access.secret(header.name)))
        } else if name.hasPrefix("x-"), !name.hasPrefix("x-forwarded"),
            header.value.utf8.allSatisfy({ (32..<127).contains($0) })
        {
            access.headers.append((header.name, header.value))
        }
    }
}

extension String {
    fileprivate var trimmedSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
