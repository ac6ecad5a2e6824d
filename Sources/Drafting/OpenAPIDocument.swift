// OpenAPI 3.0 and 3.1, and Swagger 2.0, in JSON or YAML: read as an `APIDescription`.

import Core
import Histories
import Scenarios

/// Reads the document of one API.
struct OpenAPIDocument {
    private static let methods = ["get", "post", "put", "patch", "delete"]

    private let root: Value
    private let reader: SchemaReader
    private let isSwagger: Bool

    /// `name` is what messages call the document.
    static func read(_ text: String, name: String) throws(DraftError) -> APIDescription {
        let text = text.withoutPlaceholders
        let root: Value
        if text.utf8.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") {
            do { root = try JSON.parse(text.utf8) } catch {
                throw DraftError(.invalid, "\(name) is no JSON: \(error)")
            }
        } else {
            do { root = try YAMLDocument.value(of: text) } catch {
                throw DraftError(.invalid, "\(name) cannot be read: \(error)")
            }
        }
        return try OpenAPIDocument(root, name: name).description
    }

    private init(_ root: Value, name: String) throws(DraftError) {
        let version = root["openapi"]?.text ?? root["swagger"].map { $0.text ?? JSON.text($0) }
        guard let version, version.hasPrefix("3.") || version.hasPrefix("2.") else {
            throw DraftError(
                .invalid,
                "\(name) is no OpenAPI document that contend reads: it must begin with openapi: 3.0 or 3.1, "
                    + "or swagger: 2.0")
        }
        self.root = root
        reader = SchemaReader(root: root)
        isSwagger = version.hasPrefix("2.")
    }

    private var description: APIDescription {
        let servers =
            isSwagger
            ? root["host"]?.text.map { ["http://\($0)\(root["basePath"]?.text ?? "")"] }
                ?? [root["basePath"]?.text ?? ""]
            : (root["servers"]?.elements ?? []).compactMap { server(reader.resolved($0)) }
        let base = Self.path(of: servers.first ?? "")
        var api = APIDescription(title: root["info"]?["title"]?.text ?? "my service", servers: servers)
        for (path, item) in (root["paths"]?.members ?? [:]).sorted(by: { $0.key < $1.key }) {
            let item = reader.resolved(item)
            // A query or fragment in a path tells apart what HTTP does not.
            guard path.hasPrefix("/"), !path.contains(where: { "?# ".contains($0) }) else { continue }
            for method in Self.methods {
                // One that stands in another file is not read.
                guard let operation = item[method].map({ reader.resolved($0) }), operation != .null else {
                    continue
                }
                api.operations.append(self.operation(method, base + path, item, operation))
            }
        }
        api.securitySchemes =
            (root["components"]?["securitySchemes"] ?? root["securityDefinitions"])?.members?
            .mapValues { reader.resolved($0) } ?? [:]
        api.security = Self.security(root["security"]) ?? []
        return api
    }

    /// With its variables at their defaults.
    private func server(_ server: Value) -> String? {
        guard var url = server["url"]?.text else { return nil }
        for (name, variable) in server["variables"]?.members ?? [:] {
            url = url.replacing("{\(name)}", with: variable["default"]?.text ?? name)
        }
        return url
    }

    /// The path of a URL, without a slash at its end.
    static func path(of url: String) -> String {
        var rest = url[...]
        if let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? ""
        }
        while rest.hasSuffix("/") { rest.removeLast() }
        return rest.hasPrefix("/") && !rest.contains(where: { "?#{ ".contains($0) }) ? String(rest) : ""
    }

    private func operation(_ method: String, _ path: String, _ item: Value, _ value: Value) -> APIOperation {
        var operation = APIOperation(method: method.uppercased(), path: path)
        let parameters = ((item["parameters"]?.elements ?? []) + (value["parameters"]?.elements ?? []))
            .map { reader.resolved($0) }
        for parameter in parameters {
            guard let name = parameter["name"]?.text,
                let place = parameter["in"]?.text.flatMap(APIParameter.Place.init)
            else { continue }
            operation.parameters.removeAll { $0.name == name && $0.place == place }
            operation.parameters.append(
                APIParameter(
                    name: name, place: place, isRequired: parameter["required"] == true,
                    schema: reader.schema(
                        isSwagger ? parameter : parameter["schema"], example: parameter["example"])))
        }
        operation.body =
            isSwagger
            ? swaggerBody(parameters, consumes: value["consumes"] ?? root["consumes"])
            : value["requestBody"].map { reader.resolved($0) }?["content"]?.members.flatMap {
                APIBody(mediaTypes: $0, reader: reader)
            }
        operation.answers = (value["responses"]?.members ?? [:]).sorted { $0.key < $1.key }.map {
            status, answer in
            let answer = reader.resolved(answer)
            let content = answer["content"]?.members ?? [:]
            let schema =
                isSwagger
                ? answer["schema"].map { reader.schema($0) }
                : APIBody(mediaTypes: content, reader: reader)?.schema
            return APIAnswer(
                status: status.uppercased(), schema: schema.flatMap { $0.isDescribed ? $0 : nil })
        }
        operation.security = Self.security(value["security"])
        return operation
    }

    /// A body among the parameters, as version 2 has it.
    private func swaggerBody(_ parameters: [Value], consumes: Value?) -> APIBody? {
        let types = (consumes?.elements ?? []).compactMap(\.text)
        if let body = parameters.first(where: { $0["in"]?.text == "body" }) {
            let type = types.contains("application/json-patch+json") ? "application/json-patch+json" : nil
            let plain = types.isEmpty || types.contains { $0.hasSuffix("/json") || $0 == "*/*" }
            return APIBody(
                mediaType: plain ? "application/json" : type ?? types[0],
                schema: reader.schema(body["schema"]))
        }
        let fields = parameters.filter { $0["in"]?.text == "formData" }
        guard !fields.isEmpty, !fields.contains(where: { $0["type"]?.text == "file" }) else { return nil }
        let properties = fields.compactMap { field in field["name"]?.text.map { ($0, field) } }
        let required = properties.filter { $0.1["required"] == true }.map { Value.string($0.0) }
        let schema: Value = .object([
            "type": "object", "required": .array(required),
            "properties": .object(
                Dictionary(properties.map { ($0.0, $0.1) }, uniquingKeysWith: { first, _ in first })),
        ])
        return APIBody(mediaType: "application/x-www-form-urlencoded", schema: reader.schema(schema))
    }

    private static func security(_ value: Value?) -> [[String]]? {
        value?.elements?.map { ($0.members ?? [:]).keys.sorted() }
    }
}
