// Messages of the protocol, made by hand.

import NIOCore

@testable import PostgresWire

enum Wire {
    static func message(_ kind: Character, _ content: [UInt8] = []) -> [UInt8] {
        [kind.asciiValue ?? 0] + number(content.count + 4) + content
    }

    static func number(_ value: Int) -> [UInt8] {
        (0..<4).reversed().map { UInt8((value >> ($0 * 8)) & 255) }
    }

    static func short(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }

    static func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    static func startup(version: Int = 196_608, options: String = "") -> [UInt8] {
        var content = number(version) + text("user") + text("u")
        if !options.isEmpty { content += text("options") + text(options) }
        content += [0]
        return number(content.count + 4) + content
    }

    static let encryptionRequest = number(8) + number(80_877_103)

    // The client

    static func query(_ sql: String) -> [UInt8] { message("Q", text(sql)) }

    static func parse(_ name: String, _ sql: String, types: [Int] = []) -> [UInt8] {
        message("P", text(name) + text(sql) + short(types.count) + types.flatMap(number))
    }

    /// Parameters as text; `nil` for null.
    static func bind(_ statement: String, _ values: [String?], portal: String = "") -> [UInt8] {
        message(
            "B",
            text(portal) + text(statement) + short(0) + short(values.count)
                + values.flatMap { $0.map { number($0.utf8.count) + Array($0.utf8) } ?? number(-1) }
                + short(0))
    }

    static func execute(_ portal: String = "") -> [UInt8] { message("E", text(portal) + number(0)) }

    static func describe(_ name: String) -> [UInt8] { message("D", [UInt8(ascii: "S")] + text(name)) }

    static let sync = message("S")
    static let flush = message("H")

    // The server

    static let welcome =
        message("R", number(0)) + message("K", number(4711) + number(1)) + ready("I")

    static func ready(_ status: Character) -> [UInt8] { message("Z", [status.asciiValue ?? 0]) }

    static func complete(_ tag: String) -> [UInt8] { message("C", text(tag)) }

    static func error(_ state: String, _ sentence: String = "no") -> [UInt8] {
        message("E", [UInt8(ascii: "C")] + text(state) + [UInt8(ascii: "M")] + text(sentence) + [0])
    }

    static let parsed = message("1")
    static let bound = message("2")
    static let row = message("D", short(0))
}

/// A session that has begun, and what it says of bytes.
struct Talk {
    private(set) var session = WireSession()
    private(set) var events: [WireEvent] = []
    private(set) var toServer: [UInt8] = []
    private(set) var toClient: [UInt8] = []

    /// `size` is how many bytes arrive at a time.
    private let size: Int

    init(size: Int = .max, isOpen: Bool = true) throws {
        self.size = size
        guard isOpen else { return }
        try client(Wire.startup())
        try server(Wire.welcome)
        (events, toServer, toClient) = ([], [], [])
    }

    mutating func client(_ bytes: [UInt8]) throws {
        for piece in pieces(bytes) { try note(session.sent(piece)) }
    }

    mutating func server(_ bytes: [UInt8]) throws {
        for piece in pieces(bytes) { try note(session.received(piece)) }
    }

    mutating func end() { events += session.ended() }

    private func pieces(_ bytes: [UInt8]) -> [ByteBuffer] {
        stride(from: 0, to: bytes.count, by: size == .max ? max(1, bytes.count) : size).map {
            ByteBuffer(bytes: bytes[$0..<min(bytes.count, size == .max ? bytes.count : $0 + size)])
        }
    }

    private mutating func note(_ reaction: WireSession.Reaction) throws {
        events += reaction.events
        if let problem = reaction.problem { throw problem }
        toServer += reaction.toServer.flatMap(\.readableBytesView)
        toClient += reaction.toClient.flatMap(\.readableBytesView)
    }

    /// Statements with how they ended, in the order of their ends.
    var told: [String] {
        var texts: [Int: String] = [:]
        return events.compactMap { event in
            switch event {
            case .began(let statement):
                texts[statement.number] = statement.inlined
                return nil
            case .ended(let number, let end): return "\(texts[number] ?? "?"): \(Self.text(end))"
            case .failed(let error, let text): return "\(text ?? "-"): failed \(error.sqlState)"
            case .connected, .ready, .cancel: return nil
            }
        }
    }

    private static func text(_ end: StatementEnd) -> String {
        switch end {
        case .done(let rows): rows.map { "\($0)" } ?? "done"
        case .failed(let error): error.sqlState
        case .skipped: "skipped"
        case .unanswered: "unanswered"
        }
    }
}
