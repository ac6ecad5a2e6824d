// The connection's state machine and its parser, event by event and byte by byte.

import Core
import Histories
import NIOCore
import Testing

@testable import Traffic

@Suite struct HTTPExchangeTests {
    private func delivered(_ action: HTTPExchange.Action) -> ReceivedAnswer? {
        switch action {
        case .deliver(let answer), .deliverAndClose(let answer): answer
        case .none, .close: nil
        }
    }

    /// Feeds the pieces of an answer, then, if asked, the end of the connection.
    private func answer(
        _ pieces: [String], thenEnds: Bool = false, isHeadRequest: Bool = false, bodyLimitBytes: Int = 100
    ) -> (answer: ReceivedAnswer?, isUsable: Bool) {
        var exchange = HTTPExchange(bodyLimitBytes: bodyLimitBytes)
        _ = exchange.begin(isHeadRequest: isHeadRequest)
        for piece in pieces {
            var bytes = ByteBuffer(string: piece)
            if let answer = delivered(exchange.received(&bytes)) { return (answer, exchange.isUsable) }
        }
        return (thenEnds ? delivered(exchange.becameInactive()) : nil, exchange.isUsable)
    }

    private func body(_ answer: ReceivedAnswer?) -> String? { answer?.body.map { String(buffer: $0) } }

    @Test func aConnectionCarriesOneRequestAtATime() {
        var exchange = HTTPExchange(bodyLimitBytes: 10)
        let (first, second) = (exchange.begin(isHeadRequest: false), exchange.begin(isHeadRequest: false))
        #expect(first && !second)
        var bytes = ByteBuffer(string: "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        let answer = delivered(exchange.received(&bytes))
        #expect(answer?.status == 200)
        let again = exchange.begin(isHeadRequest: false)
        #expect(again)
    }

    /// Answers, how they end, and what must be made of them.
    private static let whole: [(text: String, status: Int, body: String?, keepAlive: Bool)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", 200, "abcde", true),
        ("HTTP/1.1 200\r\ncontent-length:0\r\n\r\n", 200, nil, true),
        ("HTTP/1.1 204 No\r\n\r\n", 204, nil, true),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 1\r\n\r\nx", 200, "x", false),
        ("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx", 200, "x", false),
        ("HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 1\r\n\r\nx", 200, "x", true),
        ("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 201 C\r\ncontent-length: 2\r\n\r\nhi", 201, "hi", true),
        ("HTTP/1.1 200 OK\nContent-Length: 2\n\nab", 200, "ab", true),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\ncontent-length: 3\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nt: v\r\n\r\n",
            200, "abc0123456789", true
        ),
        ("HTTP/1.1 500 E\r\nx: y\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nab", 500, "ab", true),
    ]

    @Test(arguments: 0..<whole.count) func anAnswerIsTheSameHoweverItIsCut(number: Int) {
        let expected = Self.whole[number]
        let characters = Array(expected.text.unicodeScalars).map { String(Character($0)) }
        for seed in UInt64(0)..<300 {
            var generator = SeededGenerator(state: seed)
            var pieces = [""]
            for character in characters {
                if seed == 0 || Int.random(in: 0..<4, using: &generator) == 0 { pieces.append("") }
                pieces[pieces.count - 1] += character
            }
            let (answer, isUsable) = answer(pieces.filter { !$0.isEmpty })
            #expect(answer?.failure == nil, "seed \(seed)")
            #expect(answer?.status == expected.status, "seed \(seed)")
            #expect(body(answer) == expected.body, "seed \(seed)")
            #expect(isUsable == expected.keepAlive, "seed \(seed)")
        }
    }

    @Test(arguments: [
        "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    ])
    func whatIsNotHTTPOrTooLongIsMalformed(text: String) {
        #expect(answer([text]).answer?.failure == .malformed)
        #expect(answer(text.unicodeScalars.map { String(Character($0)) }).answer?.failure == .malformed)
    }

    @Test func aHeadWithoutEndIsGivenUpAtItsLimit() {
        let line = "x: " + String(repeating: "y", count: 1_000) + "\r\n"
        let head = ["HTTP/1.1 200 OK\r\n"] + Array(repeating: line, count: 70)
        #expect(answer(head).answer?.failure == .malformed)
    }

    @Test func aHeadAboveTheLimitIsMalformedHoweverItIsCut() {
        let long = "HTTP/1.1 204 OK\r\nx: " + String(repeating: "y", count: 65_536) + "\r\n\r\n"
        let middle = long.index(long.startIndex, offsetBy: 65_000)
        #expect(answer([long]).answer?.failure == .malformed)
        #expect(answer([String(long[..<middle]), String(long[middle...])]).answer?.failure == .malformed)
        let most = "HTTP/1.1 204 OK\r\nx: " + String(repeating: "y", count: 65_536 - 24) + "\r\n\r\n"
        #expect(answer([most]).answer?.status == 204)
        #expect(answer(most.map { String($0) }).answer?.status == 204)
    }

    @Test func aBodyIsRefusedAtTheFirstByteBeyondItsLimit() {
        let head = "HTTP/1.1 200 OK\r\n\r\n"
        #expect(body(answer([head, "abcd"], thenEnds: true, bodyLimitBytes: 4).answer) == "abcd")
        #expect(answer([head, "abcd", "e"], thenEnds: true, bodyLimitBytes: 4).answer?.failure == .malformed)
    }

    @Test func onlyABodyWithoutLengthIsCompletedByTheEnd() {
        let short = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab"
        #expect(answer([short], thenEnds: true).answer?.failure == .disconnected)
        #expect(answer(["HTTP/1.1 200 OK\r\n"], thenEnds: true).answer?.failure == .disconnected)
        #expect(body(answer(["HTTP/1.1 200 OK\r\n\r\nab"], thenEnds: true).answer) == "ab")
    }

    @Test func theAnswerToHeadEndsAtItsHead() {
        let (answer, isUsable) = answer(["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"], isHeadRequest: true)
        #expect(answer?.status == 200)
        #expect(isUsable)
    }

    @Test func bytesBeyondAnAnswerEndTheConnection() {
        let (answer, isUsable) = answer(["HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nabc"])
        #expect(body(answer) == "a")
        #expect(!isUsable)
    }

    @Test func anUnaskedAnswerClosesAnIdleConnection() {
        var exchange = HTTPExchange(bodyLimitBytes: 4)
        var bytes = ByteBuffer(string: "HTTP/1.1 408 Late\r\n\r\n")
        guard case .close = exchange.received(&bytes) else {
            Issue.record("the connection should close")
            return
        }
        #expect(!exchange.isUsable)
    }

    @Test func headersAreReadOnDemand() {
        let (answer, _) = answer(["HTTP/1.1 204 OK\r\nETag: \"a:b\"\r\nX-Two:  2\r\nx-two: 3\r\n\r\n"])
        #expect(answer?.headers.map(\.name) == ["etag", "x-two", "x-two"])
        #expect(answer?.headers.map(\.value) == ["\"a:b\"", "2", "3"])
    }

    @Test func everyRequestIsAnsweredExactlyOnceWhateverHappens() {
        for seed in UInt64(0)..<5_000 {
            var generator = SeededGenerator(state: seed)
            var exchange = HTTPExchange(bodyLimitBytes: 3)
            var asked = 0
            var answered = 0
            for _ in 0..<20 {
                let texts = ["HTTP/1.1 200 x\r\n", "content-length: 2\r\n\r\n", "ab", "\r\n", "junk"]
                var bytes = ByteBuffer(string: texts[Int.random(in: 0..<texts.count, using: &generator)])
                let action: HTTPExchange.Action
                switch Int.random(in: 0..<8, using: &generator) {
                case 0, 1:
                    if exchange.begin(isHeadRequest: false) { asked += 1 }
                    action = .none
                case 2: action = exchange.timedOut()
                case 3: action = exchange.becameInactive()
                default: action = exchange.received(&bytes)
                }
                if delivered(action) != nil { answered += 1 }
                #expect(answered == asked - (exchange.isWaiting ? 1 : 0), "seed \(seed)")
            }
        }
    }
}
