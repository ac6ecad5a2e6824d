// How requests are authorised: secrets of the environment in headers or the query.

import Core

struct Access: Sendable {
    var secrets: [String] = []
    var headers: [(name: String, value: String)] = []
    /// Parts of every query.
    var query: [String] = []
    var edits: [String] = []

    init() {}

    /// What the first alternative of schemes wants that an operation accepts.
    init(_ api: APIDescription, for operation: APIOperation) {
        let alternatives = operation.security ?? api.security
        guard !alternatives.contains([]),
            let schemes = alternatives.first(where: {
                $0.allSatisfy { api.securitySchemes[$0] != nil }
            })
        else { return }
        for name in schemes {
            guard let scheme = api.securitySchemes[name] else { continue }
            add(scheme, named: name)
        }
    }

    private mutating func add(_ scheme: Value, named name: String) {
        let type = scheme["type"]?.text
        let kind = scheme["scheme"]?.text?.lowercased()
        let field = scheme["name"]?.text ?? "X-Api-Key"
        switch (type, scheme["in"]?.text) {
        case ("apiKey", "query"):
            query.append("\(field.percentEncoded)=\(secret(field))")
        case ("apiKey", "cookie"):
            header("Cookie", "\(field.percentEncoded)=\(secret(field))")
        case ("apiKey", _):
            header(field, secret(field))
            if field.lowercased() == "authorization" {
                edits.append("\(secrets.last ?? "") is the whole value of the header Authorization.")
            }
        case ("basic", _),
            ("http", _) where type == "basic" || kind == "basic":
            header("Authorization", "Basic " + secret("BASIC_CREDENTIALS"))
            edits.append("BASIC_CREDENTIALS is the base64 of user:password.")
        default:
            header("Authorization", "Bearer " + secret("API_TOKEN"))
        }
    }

    private mutating func header(_ name: String, _ value: String) {
        guard EntityDraft.isHeaderName(name), !headers.contains(where: { $0.name == name }) else { return }
        headers.append((name, value))
    }

    /// The placeholder of a secret, whose name is made of `field`.
    mutating func secret(_ field: String) -> String {
        let words = field.nameParts.map { $0.filter(\.isASCII).uppercased() }.filter { !$0.isEmpty }
        var name = words.joined(separator: "_")
        if name.first.map({ $0.isLetter }) != true || name == "AUTHORIZATION" {
            name = "API_" + (name.isEmpty ? "KEY" : name)
        }
        if !secrets.contains(name) { secrets.append(name) }
        return "${{ secret.\(name) }}"
    }
}
