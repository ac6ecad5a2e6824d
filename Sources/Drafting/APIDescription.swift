// What is known of an API, whether a document describes it or requests were seen: its operations and how they
// are authorised.

import Core

/// The operations of an API.
struct APIDescription: Sendable {
    var title: String
    /// Base URLs that it names.
    var servers: [String] = []
    var operations: [APIOperation] = []
    var securitySchemes: [String: Value] = [:]
    /// Names of alternatives of schemes, for operations that say nothing themselves.
    var security: [[String]] = []
    /// What the requests had that were seen; `nil` where schemes say it.
    var access: Access?
}

/// One method of one path.
struct APIOperation: Sendable {
    var method: String
    /// With `{name}` where a parameter stands.
    var path: String
    var parameters: [APIParameter] = []
    var body: APIBody?
    var answers: [APIAnswer] = []
    /// `nil`: as the whole API.
    var security: [[String]]?

    var segments: [String] { path.split(separator: "/").map(String.init) }

    /// The schema of a successful answer.
    var result: Schema? { answers.first { $0.isSuccess && $0.schema != nil }?.schema }

    func answers(_ status: Int) -> Bool { answers.contains { $0.status == String(status) } }
}

struct APIParameter: Sendable {
    enum Place: String { case path, query, header }

    var name: String
    var place: Place
    var isRequired: Bool
    var schema: Schema
}

/// A body in the one media type that is sent.
struct APIBody: Sendable {
    enum Form { case json, jsonPatch, urlEncoded }

    var mediaType: String
    var schema: Schema

    var form: Form {
        if mediaType == "application/json-patch+json" { return .jsonPatch }
        return mediaType == "application/x-www-form-urlencoded" ? .urlEncoded : .json
    }

    /// `nil` where the type is one that no draft can fill, such as a file.
    init?(mediaTypes: [String: Value], reader: SchemaReader) {
        let known = mediaTypes.keys.sorted()
        let isJSON = { (type: String) in type == "application/json" || type.hasPrefix("application/json;") }
        guard
            let type = known.first(where: isJSON)
                ?? known.first(where: { $0.hasSuffix("+json") && !$0.hasSuffix("json-patch+json") })
                ?? known.first(where: { $0 == "application/json-patch+json" || $0 == "*/*" })
                ?? known.first(where: { $0 == "application/x-www-form-urlencoded" })
        else { return nil }
        mediaType = type
        schema = reader.schema(mediaTypes[type]?["schema"], example: mediaTypes[type]?["example"])
    }

    init(mediaType: String, schema: Schema) {
        self.mediaType = mediaType
        self.schema = schema
    }
}

struct APIAnswer: Sendable {
    /// `201`, `2XX` or `default`.
    var status: String
    /// `nil` where the answer has no body, or one that is not described.
    var schema: Schema?

    var isSuccess: Bool { status.hasPrefix("2") }
}
