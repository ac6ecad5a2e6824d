// From values and errors to HTTP responses. Everything a client is told about a failure is made here.

import Hummingbird
import Logging

/// Runs a handler and turns what it throws into an answer.
struct Answerer: Sendable {
    typealias Handler = @Sendable (Request, BasicRequestContext) async throws -> Response

    let logger: Logger

    /// The handler for a router, which never throws.
    func answering(_ handler: @escaping Handler) -> Handler {
        { request, context in await respond(request) { try await handler(request, context) } }
    }

    /// The answer, with the number of attempts that it took.
    private func respond(_ request: Request, _ handler: () async throws -> Response) async -> Response {
        let attempts = AttemptCount()
        var response = await AttemptCount.$current.withValue(attempts) {
            await RequestTrace.$current.withValue(request.traceComment) { await answer(request, handler) }
        }
        if let name = RequestHeader.attempts, attempts.value > 0 {
            response.headers[name] = "\(attempts.value)"
        }
        return response
    }

    private func answer(_ request: Request, _ handler: () async throws -> Response) async -> Response {
        do {
            return try await handler()
        } catch let refusal as Refusal {
            if refusal.code == .busy { log(request, "503 \(refusal.sentence)") }
            return failure(refusal.status, refusal.code.rawValue, refusal.sentence)
        } catch let error as SQLError {
            return databaseFailure(error, request)
        } catch {
            log(request, "500 \(error)")
            return failure(500, "internal", "\(error)")
        }
    }

    /// Contention that no guard has caught is check-then-act's: 500, as a service that never thought of it
    /// answers.
    private func databaseFailure(_ error: SQLError, _ request: Request) -> Response {
        let (status, code) =
            switch error.kind {
            case .busy, .serialization: (500, "contention")
            case .uniqueViolation: (409, "exists")
            case .overloaded: (503, "overloaded")
            case .other: (500, "database")
            }
        if status >= 500 { log(request, "\(status) \(error)") }
        return .json(
            .object([
                ("code", .text(code)), ("error", .text(error.message)), ("database_code", .text(error.code)),
                ("elapsed_ms", .integer(error.elapsedMilliseconds)),
            ]), status: status)
    }

    private func failure(_ status: Int, _ code: String, _ sentence: String) -> Response {
        .json(.object([("code", .text(code)), ("error", .text(sentence))]), status: status)
    }

    private func log(_ request: Request, _ text: String) {
        logger.error("\(request.method) \(request.uri.path): \(text)")
    }
}

extension Response {
    static func json(_ value: JSONValue, status: Int = 200, version: Int? = nil) -> Response {
        var headers: HTTPFields = [.contentType: "application/json"]
        if let version { headers[.eTag] = "\"\(version)\"" }
        return Response(
            status: .init(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: value.serialized())))
    }

    static func image(_ image: Image, status: Int = 200) -> Response {
        json(image.document, status: status, version: image.version)
    }

    static func noContent(_ version: Int? = nil) -> Response {
        var headers = HTTPFields()
        if let version { headers[.eTag] = "\"\(version)\"" }
        return Response(status: .noContent, headers: headers)
    }
}

/// What tells the statements of one request from those of others.
enum RequestTrace {
    /// A comment for the request being answered, if it named its trace.
    @TaskLocal static var current: String?
}
