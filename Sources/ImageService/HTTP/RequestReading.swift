// What the routes take from a request: caller, version, names in the path, documents, uploads.

import Foundation
import Hummingbird
import NIOCore

/// The headers that the registry reads, looked up on every request.
enum RequestHeader {
    static let project = HTTPFields.Element.Name("X-Project-Id")
    static let user = HTTPFields.Element.Name("X-User-Id")
    static let roles = HTTPFields.Element.Name("X-Roles")
    static let ifMatch = HTTPFields.Element.Name("If-Match")
    static let traceParent = HTTPFields.Element.Name("traceparent")
    static let attempts = HTTPFields.Element.Name("X-Attempts")
}

extension Request {
    /// The caller that the identity headers name, or an administrator of project `demo` without them.
    var caller: Caller {
        var caller = Caller()
        if let project = header(RequestHeader.project) { caller.project = project }
        if let user = header(RequestHeader.user) { caller.user = user }
        if let roles = header(RequestHeader.roles) {
            caller.roles = Set(roles.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
        }
        return caller
    }

    /// The version that `If-Match` insists on; none for `*` or without the header.
    func expectedVersion() throws(Refusal) -> Int? {
        guard let tag = header(RequestHeader.ifMatch), tag != "*" else { return nil }
        guard let version = Int(tag.trimmingCharacters(in: CharacterSet(charactersIn: "\""))) else {
            throw Refusal(.versionMismatch, "If-Match \(tag) is no version that this registry ever gave")
        }
        return version
    }

    /// The request's W3C trace context as sqlcommenter writes it, if it is well-formed.
    var traceComment: String? {
        guard let parent = header(RequestHeader.traceParent), parent.utf8.count == 55,
            parent.allSatisfy({ $0.isHexDigit || $0 == "-" })
        else { return nil }
        return "/*traceparent='\(parent)'*/"
    }

    func document() async throws -> JSONValue {
        let buffer = try await collected(upTo: Limits.largestDocumentBytes)
        return try JSONValue(parsing: buffer.readableBytesView)
    }

    private func collected(upTo limit: Int) async throws -> ByteBuffer {
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Refusal(.tooLarge, "the body is larger than \(limit) bytes")
        }
    }

    /// Reads an upload piece by piece, for its size and checksum; the bytes are not kept.
    func measuredUpload() async throws -> (sizeBytes: Int, checksum: String) {
        var sizeBytes = 0
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for try await piece in body {
            sizeBytes += piece.readableBytes
            guard sizeBytes <= Limits.largestUploadBytes else {
                throw Refusal(.tooLarge, "the upload is larger than \(Limits.largestUploadBytes) bytes")
            }
            for byte in piece.readableBytesView { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        return (sizeBytes, "fnv1a64:" + String(hash, radix: 16))
    }

    private func header(_ name: HTTPFields.Element.Name?) -> String? { name.flatMap { headers[$0] } }
}

extension Parameters {
    /// A part of the path, percent-decoded.
    func name(_ key: String) throws -> String {
        let raw = try require(key)
        guard let name = raw.contains("%") ? raw.removingPercentEncoding : raw, name.isName else {
            throw Refusal(.malformed, "\(raw) cannot stand in a path")
        }
        return name
    }
}

extension String {
    /// Whether an id, a tag or a member can be called so.
    var isName: Bool { !isEmpty && utf8.count <= 255 && !utf8.contains(0) }
}

extension ImageFilter {
    init(_ request: Request) throws(Refusal) {
        for (key, value) in request.uri.queryParameters {
            let value = String(value)
            switch key {
            case "id", "name", "status", "visibility": columns.append((String(key), value))
            case "owner": columns.append(("project", value))
            case "tag": tag = value
            case "limit":
                guard let number = Int(value), (0...Self.largestLimit).contains(number) else {
                    throw Refusal(.malformed, "limit must be a number from 0 to \(Self.largestLimit)")
                }
                limit = number
            default:
                throw Refusal(
                    .malformed,
                    "unknown filter \(key); known: id, name, status, visibility, owner, tag, limit")
            }
        }
    }
}
