// HTTP answers: however the network cuts the bytes, the parser gives the same answer.

import NIOCore

@testable import Traffic

/// The first byte says how to cut the rest; what follows is what a server sent.
struct HTTPPromises {
    /// Small, so that a short input reaches it.
    static let bodyLimitBytes = 4096

    private let isHeadRequest: Bool
    private let pieceBytes: Int
    private let sent: ArraySlice<UInt8>

    private struct Reading: Equatable {
        var isMalformed = false
        var status: Int?
        var head: [UInt8] = []
        var body: [UInt8] = []
        /// Whether the connection had to end for the answer to be whole.
        var isEnded = false
    }

    init(_ bytes: [UInt8]) {
        let first = bytes.first ?? 0
        isHeadRequest = first & 1 == 1
        pieceBytes = Int(first >> 1) + 1
        sent = bytes.dropFirst()
    }

    func check() throws(BrokenPromise) {
        let whole = try reading(pieceBytes: max(sent.count, 1))
        let cut = try reading(pieceBytes: pieceBytes)
        try promise(whole == cut, "\(whole) at once is \(cut) in pieces of \(pieceBytes) bytes")
    }

    private func reading(pieceBytes: Int) throws(BrokenPromise) -> Reading {
        var parser = HTTPAnswerParser(bodyLimitBytes: Self.bodyLimitBytes)
        parser.begin(isHeadRequest: isHeadRequest)
        var rest = sent
        while !rest.isEmpty {
            var piece = ByteBuffer(bytes: rest.prefix(pieceBytes))
            rest = rest.dropFirst(pieceBytes)
            switch parser.parse(&piece) {
            case .needsMore: continue
            case .complete(let answer, _): return try self.reading(answer, isEnded: false)
            case .malformed: return Reading(isMalformed: true)
            }
        }
        switch parser.end() {
        case .complete(let answer, let keepAlive):
            try promise(!keepAlive, "a connection that ended is to be used again")
            return try self.reading(answer, isEnded: true)
        case .needsMore, .malformed: return Reading(isMalformed: true)
        }
    }

    private func reading(_ answer: ReceivedAnswer, isEnded: Bool) throws(BrokenPromise) -> Reading {
        let body = answer.body.map { Array($0.readableBytesView) } ?? []
        try promise(body.count <= Self.bodyLimitBytes, "a body of \(body.count) bytes is above the limit")
        try promise(!isHeadRequest || body.isEmpty, "the answer to HEAD has a body")
        try promise((100..<1000).contains(answer.status ?? 0), "an answer without a status")
        for header in answer.headers {
            try promise(!header.value.contains("\n"), "a header's value spans lines: \(header)")
        }
        return Reading(
            status: answer.status, head: answer.head.map { Array($0.readableBytesView) } ?? [], body: body,
            isEnded: isEnded)
    }
}
