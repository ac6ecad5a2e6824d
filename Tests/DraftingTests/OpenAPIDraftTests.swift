// Small OpenAPI documents, and what is drafted from them.

import Scenarios
import Testing

@testable import Drafting

@Suite struct OpenAPIDraftTests {
    static func draft(
        _ document: String, entity: String? = nil, target: DraftTarget? = nil
    ) throws -> ScenarioDraft {
        try ScenarioDraft(
            from: .openAPI(document, name: "api.yaml"), name: nil, entity: entity, target: target)
    }

    /// The text, which is a valid scenario.
    static func text(_ document: String, entity: String? = nil) throws -> String {
        let text = try draft(document, entity: entity).text
        _ = try ScenarioFile(text: text, path: "draft.yaml") { _ in "" }
        #expect(!text.contains("\n\n\n"))
        return text
    }

    static func refusal(_ document: String, entity: String? = nil) -> DraftError? {
        do {
            _ = try draft(document, entity: entity)
            return nil
        } catch {
            return error as? DraftError
        }
    }

    /// A paths object with what every example needs around it.
    static func api(_ paths: String, schemas: String = "{}", more: String = "") -> String {
        """
        openapi: 3.1.0
        info: { title: Notes & more, version: "1" }
        \(more)
        paths:
        \(paths.split(separator: "\n").map { "  " + $0 + "\n" }.joined())
        components:
          schemas: \(schemas)
        """
    }

    static let note = """
        {Note: {type: object, required: [id, title],
                properties: {id: {type: integer}, title: {type: string}, text: {type: string}}},
         Patch: {allOf: [{type: object, properties: {title: {type: string}}}, {properties: {text: {type: [string, "null"]}}}]}}
        """
    static let notes = api(
        """
        /notes:
          post:
            requestBody: { content: { application/json: { schema: { type: object, required: [title], properties: { title: { type: string }, text: { anyOf: [{ type: "null" }, { type: string }] } } } } } }
            responses: { 201: { content: { application/json: { schema: { $ref: "#/components/schemas/Note" } } } } }
        /notes/{note_id}:
          parameters: [{ name: note_id, in: path, required: true, schema: { type: integer } }]
          get:
            responses: { "200": { content: { application/json: { schema: { $ref: "#/components/schemas/Note" } } } } }
          patch:
            requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Patch" } } } }
            responses: { "200": {}, "404": {}, "409": {} }
          delete:
            responses: { "204": {} }
        """, schemas: note)

    @Test func aPatchOfTwoFieldsBecomesTwoRegisters() throws {
        let text = try Self.text(Self.notes)
        #expect(text.contains("http: POST /notes\n"))
        #expect(text.contains(#"json: { text: "${{ note }}", title: "${{ note }}" }"#))
        #expect(text.contains(#"capture: { note-id: "json $.id" }"#))
        #expect(text.contains("http: PATCH /notes/${{ note-id }}\n    json: { title: \"${{ unique }}\" }\n"))
        #expect(text.contains(#"outcome: { ok: "status 200", fail: "status 404, 409" }"#))
        #expect(text.contains("before: [create-note, show-note]"))
        #expect(text.contains("mix: { set-title: 1, set-text: 1 }") && text.contains("after: [show-note]"))
        #expect(text.contains(#"initial: "${{ note }}""#))
        #expect(text.contains("# Not drafted: DELETE /notes/{note_id}."))
        #expect(
            text.contains("GUESS, to be confirmed: `show-note` shows the title that `set-title` wrote last."))
        #expect(text.contains("name: \"notes-more\""))
    }

    @Test func aPutWritesAllItsFieldsAtOnce() throws {
        let text = try Self.text(Self.notes.replacing("patch:", with: "put:"))
        #expect(text.contains(#"json: { text: "${{ unique }}", title: "${{ unique }}" }"#))
        #expect(text.contains("mix: { update-note: 1 }"))
    }

    @Test func jsonAndSwaggerTwoAreReadAsWell() throws {
        let document = """
            {"swagger": "2.0", "info": {"title": "Old"}, "basePath": "/api", "host": "127.0.0.1:9000",
             "securityDefinitions": {"key": {"type": "apiKey", "name": "api_key", "in": "query"}}, "security": [{"key": []}],
             "paths": {"/pets": {"post": {"parameters": [{"name": "pet", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}],
                                          "responses": {"201": {"schema": {"$ref": "#/definitions/Pet"}}}}},
                       "/pets/{id}": {"parameters": [{"name": "id", "in": "path", "required": true, "type": "string"}],
                                      "get": {"responses": {"200": {"schema": {"$ref": "#/definitions/Pet"}}}},
                                      "put": {"consumes": ["application/json"],
                                              "parameters": [{"name": "pet", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}],
                                              "responses": {"200": {}}}}},
             "definitions": {"Pet": {"type": "object", "required": ["name"],
                                     "properties": {"id": {"type": "string", "readOnly": true}, "name": {"type": "string"}}}}}
            """
        let text = try Self.text(document)
        #expect(text.contains("http: PUT /api/pets/${{ pet-id }}?api_key=${{ secret.API_KEY }}\n"))
        #expect(text.contains("urls: [\"http://127.0.0.1:9000\"]") && text.contains("secrets: [API_KEY]"))
    }

    static let orders = api(
        """
        /orders:
          post:
            requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/New" } } } }
            responses: { "201": { content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } } } }
        /orders/{orderId}:
          get:
            responses: { "200": { content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } } } }
        /orders/{orderId}/pay: { post: { responses: { "200": {}, "409": {} } } }
        /orders/{orderId}/cancel: { post: { responses: { "200": {} } } }
        """,
        schemas: """
            {Order: {type: object, properties: {data: {type: object, properties: {
                     id: {type: string}, status: {type: string, enum: [open, paid, cancelled]}}}}},
             New: {type: object, required: [sku, customer_id],
                   properties: {sku: {type: string, maxLength: 8}, customer_id: {type: integer}}}}
            """)

    @Test func actionsThatLeadToStatesBecomeAStateMachine() throws {
        let draft = try Self.draft(Self.orders)
        let text = try Self.text(Self.orders)
        #expect(text.contains("state-machine:") && text.contains("initial: \"open\""))
        #expect(text.contains(#"{ operation: pay, from: ["open"], to: "paid" }"#))
        // A cancelled order may be cancelled again, for nothing refuses it.
        #expect(
            text.contains(#"{ operation: cancel, from: ["open", "paid", "cancelled"], to: "cancelled" }"#))
        #expect(text.contains(#"capture: { order-id: "json $.data.id" }"#))
        #expect(text.contains(#"capture: { status: "json $.data.status" }"#))
        #expect(text.contains(#"json: { customer_id: 1, sku: "a" }"#))
        #expect(draft.edits.contains("`create-order`: customer_id has a made-up value."))
    }

    static let coupons = api(
        """
        /coupons:
          post:
            requestBody: { content: { application/json: { schema: { type: object, required: [code, allowed], properties: { code: { type: string, pattern: "^[a-z0-9-]+$" }, allowed: { type: integer } } } } } }
            responses: { "201": {}, "409": {} }
        /coupons/{code}:
          get: { responses: { "200": { content: { application/json: { schema: { type: object, properties: { used: { type: integer } } } } } } } }
        /coupons/{code}/redemptions: { post: { responses: { "201": {}, "409": {} } } }
        """)

    @Test func takingsAreCountedAndNamesAreTakenOnce() throws {
        let text = try Self.text(Self.coupons)
        #expect(text.contains("finally: show-coupon.used == count(redemptions)"))
        #expect(text.contains("always: show-coupon.used <= 5"))
        #expect(text.contains(#"json: { allowed: 5, code: "${{ coupon }}" }"#))
        #expect(text.contains(#"unique: { key: "${{ wanted }}", claim: claim-code }"#))
        #expect(text.contains(#"json: { allowed: 1, code: "${{ wanted }}" }"#))
        #expect(text.contains("http: POST /coupons/${{ coupon }}/redemptions"))
    }

    /// A change of the limit, or a replacement that resets the count, would be a wrong alarm.
    @Test(arguments: ["patch", "put"]) func whatIsCountedIsNotWrittenBesides(method: String) throws {
        let body = "{ type: object, properties: { allowed: { type: integer }, note: { type: string } } }"
        let update =
            "\n    \(method): { requestBody: { content: { application/json: { schema: \(body) } } }, responses: { 200: {} } }"
        let shown =
            "{ type: object, properties: { used: { type: integer }, allowed: { type: integer }, note: { type: string } } }"
        let document = Self.coupons
            .replacing("{ type: object, properties: { used: { type: integer } } }", with: shown)
            .replacing("\n  /coupons/{code}/redemptions", with: update + "\n  /coupons/{code}/redemptions")
        let text = try Self.text(document)
        #expect(text.contains("always: show-coupon.used <= 5") && !text.contains("set-allowed"))
        #expect(text.contains("set-note") == (method == "patch") && !text.contains("update-coupon"))
    }

    @Test func whatIsLeftIsCountedDown() throws {
        let document = Self.coupons.replacing("allowed", with: "stock").replacing("used", with: "stock")
        let text = try Self.text(document)
        #expect(text.contains("finally: show-coupon.stock == 5 - count(redemptions)"))
        #expect(text.contains("always: show-coupon.stock >= 0"))
    }

    @Test func thingsInThingsAreMadeFromTheTop() throws {
        let document = Self.notes.replacing("/notes", with: "/users/{user}/notes") + ""
        let text = try Self.text(document)
        #expect(
            text.contains("parameters:\n  user: \"1\"\n") && text.contains("POST /users/${{ user }}/notes"))
        // That PUT makes a user is not said, so that one that is there must be named.
        let put = "paths:\n  /users/{user}: { put: { responses: { 200: { description: put } } } }\n"
        #expect(
            try Self.text(document.replacing("paths:\n", with: put)).contains("parameters:\n  user: \"1\"\n"))
        let made = document.replacing(
            "paths:\n",
            with: "paths:\n  /users: { post: { responses: { 201: { description: made } } } }\n"
                + "  /users/{user}: { get: { responses: { 200: { description: shown } } } }\n")
        let nested = try Self.text(made)
        #expect(nested.contains("before: [create-user, create-note, show-note]"))
        #expect(nested.contains("POST /users/${{ user-id }}/notes"))
    }

    @Test(arguments: [
        ("{type: http, scheme: bearer}", "Authorization: \"Bearer ${{ secret.API_TOKEN }}\""),
        ("{type: http, scheme: basic}", "Authorization: \"Basic ${{ secret.BASIC_CREDENTIALS }}\""),
        ("{type: apiKey, in: header, name: X-Shop-Key}", "X-Shop-Key: \"${{ secret.X_SHOP_KEY }}\""),
        ("{type: apiKey, in: cookie, name: sid}", "Cookie: \"sid=${{ secret.SID }}\""),
        ("{type: oauth2}", "Authorization: \"Bearer ${{ secret.API_TOKEN }}\""),
    ])
    func schemesBecomeSecrets(scheme: String, header: String) throws {
        let document =
            Self.notes.replacing("openapi: 3.1.0", with: "openapi: 3.0.3\nsecurity: [{ main: [] }]")
            + "\n  securitySchemes: { main: \(scheme) }\n"
        #expect(try Self.text(document).contains(header))
        // An API that may be used without them needs none.
        let open = document.replacing("[{ main: [] }]", with: "[{ main: [] }, {}]")
        #expect(try !Self.text(open).contains("secret."))
    }

    @Test func theEntityIsChosenByName() throws {
        let both = Self.notes.replacing(
            "paths:\n",
            with: "paths:\n"
                + "  /tags: { post: { responses: { 201: { description: made } } } }\n"
                + "  /tags/{id}: { delete: { responses: { 204: { description: gone }, 404: { description: none } } } }\n"
        )
        #expect(try Self.text(both).contains("Others that can be drafted with --entity: tag."))
        let tag = try Self.text(both, entity: "tag")
        #expect(tag.contains("unique: { key: \"${{ tag-id }}\", claim: delete-tag }"))
        let error = Self.refusal(both, entity: "tagg")
        #expect(error?.code == .usage && error?.message.contains("did you mean tag?") == true)
    }

    @Test(arguments: [
        ("{", "is no JSON"), ("a: [", "is no YAML"), ("name: x", "no OpenAPI document"),
        ("openapi: 3.0.0\npaths: {}", "describes no operation"),
        ("openapi: 3.0.0\npaths: { /a: { get: {} } }", "nothing that can be raced: none of its 1 operations"),
    ])
    func whatCannotBeRacedIsRefusedInOneSentence(document: String, sentence: String) {
        let error = Self.refusal(document)
        #expect(error?.code == .invalid && error?.message.contains(sentence) == true)
    }

    /// Written beside the note, the title would be reset by an operation that its model does not know.
    @Test func aPatchThatMustSendAFieldWritesItAsWell() throws {
        let document = """
            openapi: 3.0.3
            paths:
              /tickets:
                post:
                  requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/New" } } } }
                  responses:
                    "201": { content: { application/json: { schema: { $ref: "#/components/schemas/Ticket" } } } }
              /tickets/{ticket}:
                get:
                  responses:
                    "200": { content: { application/json: { schema: { $ref: "#/components/schemas/Ticket" } } } }
                patch:
                  requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/New" } } } }
                  responses: { "200": { description: changed } }
            components:
              schemas:
                New:
                  required: [title]
                  properties: { title: { type: string }, note: { type: string } }
                Ticket: { properties: { id: {}, title: { type: string }, note: { type: string } } }
            """
        let required = try Self.text(document)
        #expect(
            required.contains("json: { note: \"${{ unique }}\", title: \"${{ unique }}\" }"), "\(required)")
        #expect(required.split(separator: "write: { operation: update-ticket, value:").count == 3)
        let free = try Self.text(document.replacing("required: [title]", with: "type: object"))
        #expect(free.contains(#"json: { note: "${{ unique }}" }"#) && free.contains("operation: set-title"))
    }

    @Test func circlesAndHostileNamesAreNoTrouble() throws {
        let circle = Self.notes.replacing(
            "{Note: {type: object,",
            with:
                "{Self: {allOf: [{$ref: \"#/components/schemas/Self\"}, {$ref: \"#/components/schemas/Self\"}]}, Note: {allOf: [{$ref: \"#/components/schemas/Self\"}], type: object,"
        )
        _ = try Self.text(circle)
        // The same name is another thing elsewhere.
        let elsewhere = Self.orders.replacing("  /orders:\n", with: "  /{orderId}/orders:\n")
        #expect(try Self.text(elsewhere).contains("http: POST /${{ the-order-id }}/orders\n"))
        let colon = Self.orders.replacing(
            "/orders/{orderId}/pay:", with: "\"/orders/{orderId}/pay:\":")
        #expect(try Self.text(colon).contains("http: \"POST /orders/${{ order-id }}/pay:\"\n"))
        let odd = Self.notes.replacing("Notes & more", with: "\"${{ port }}\\n: #\"").replacing(
            "title", with: "\"un\\nique ${{ x }}\"")
        _ = try Self.text(odd)
    }
}
