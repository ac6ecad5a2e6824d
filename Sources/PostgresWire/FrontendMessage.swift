// What a client says, read as far as statements can be followed by it.

import NIOCore

/// A message of the client after the session has begun.
///
/// Source: PostgreSQL's documentation, "Message Formats".
enum FrontendMessage: Hashable {
    case query(String)
    case parse(name: String, text: String, types: [UInt32])
    case bind(portal: String, statement: String, parameters: [WireParameter])
    case describe(isPortal: Bool, name: String)
    case execute(portal: String)
    case close(isPortal: Bool, name: String)
    case flush
    case sync
    case functionCall
    case copyEnd
    case terminate
    /// Copied rows, passwords, and what this version does not know.
    case other

    static func skipsContent(_ kind: UInt8) -> Bool {
        kind == UInt8(ascii: "d") || kind == UInt8(ascii: "p") || kind == UInt8(ascii: "F")
    }

    init(_ frame: Frame) throws(WireError) {
        var content = frame.content
        switch frame.kind {
        case UInt8(ascii: "Q"): self = .query(try content.text("Query"))
        case UInt8(ascii: "P"):
            let name = try content.text("Parse")
            let text = try content.text("Parse")
            let types = try content.list("Parse") { $0.readInteger(as: UInt32.self) }
            self = .parse(name: name, text: text, types: types)
        case UInt8(ascii: "B"):
            let portal = try content.text("Bind")
            let statement = try content.text("Bind")
            let formats = try content.list("Bind") { $0.readInteger(as: Int16.self) }
            var index = 0
            let parameters = try content.list("Bind") { content in
                defer { index += 1 }
                let format = formats.count == 1 ? formats[0] : index < formats.count ? formats[index] : 0
                return WireParameter(&content, isBinary: format == 1)
            }
            self = .bind(portal: portal, statement: statement, parameters: parameters)
        case UInt8(ascii: "D"):
            let isPortal = try content.isPortal("Describe")
            self = .describe(isPortal: isPortal, name: try content.text("Describe"))
        case UInt8(ascii: "C"):
            let isPortal = try content.isPortal("Close")
            self = .close(isPortal: isPortal, name: try content.text("Close"))
        case UInt8(ascii: "E"): self = .execute(portal: try content.text("Execute"))
        case UInt8(ascii: "H"): self = .flush
        case UInt8(ascii: "S"): self = .sync
        case UInt8(ascii: "F"): self = .functionCall
        case UInt8(ascii: "c"), UInt8(ascii: "f"): self = .copyEnd
        case UInt8(ascii: "X"): self = .terminate
        default: self = .other
        }
    }
}

extension ByteBuffer {
    /// Up to a zero byte, which is read too.
    mutating func text(_ message: StaticString) throws(WireError) -> String {
        guard let end = readableBytesView.firstIndex(of: 0), let text = readString(length: end - readerIndex)
        else { throw Self.endsEarly(message) }
        moveReaderIndex(forwardBy: 1)
        return text
    }

    /// A count of two bytes and as many elements.
    fileprivate mutating func list<Element>(
        _ message: StaticString, _ element: (inout ByteBuffer) -> Element?
    ) throws(WireError) -> [Element] {
        guard let count = readInteger(as: UInt16.self) else { throw Self.endsEarly(message) }
        var elements: [Element] = []
        for _ in 0..<count {
            guard let next = element(&self) else { throw Self.endsEarly(message) }
            elements.append(next)
        }
        return elements
    }

    fileprivate mutating func isPortal(_ message: StaticString) throws(WireError) -> Bool {
        guard let kind = readInteger(as: UInt8.self) else { throw Self.endsEarly(message) }
        return kind == UInt8(ascii: "P")
    }

    static func endsEarly(_ message: StaticString) -> WireError {
        WireError(.content, "a message of type \(message) ends before its content does")
    }
}
