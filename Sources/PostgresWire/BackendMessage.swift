// What the server says, read as far as statements can be followed by it.

import NIOCore

/// Where a session stands between two requests.
public enum TransactionStatus: UInt8, Sendable, Hashable {
    case idle = 0x49
    case inTransaction = 0x54
    case failed = 0x45
}

/// A server's error.
public struct WireServerError: Sendable, Hashable {
    /// Five characters; see PostgreSQL's appendix "Error Codes".
    public var sqlState: String
    public var text: String
}

/// A message of the server.
///
/// Source: PostgreSQL's documentation, "Message Formats" and "Error and Notice Message Fields".
enum BackendMessage: Hashable {
    case keyData(process: Int32)
    case parseComplete
    case bindComplete
    case closeComplete
    case parameterTypes([UInt32])
    case describedRows
    /// With the rows that its tag counts.
    case commandComplete(rows: Int?)
    case emptyQuery
    case portalSuspended
    case functionResult
    case error(WireServerError)
    case ready(TransactionStatus)
    case copyIn
    /// Replication: nothing that follows is a statement.
    case copyBoth
    /// May come at any time: a notice, a notification, a parameter's new value.
    case aside
    /// Rows, copied rows, authentication, and what this version does not know.
    case other

    static func skipsContent(_ kind: UInt8) -> Bool {
        switch kind {
        case UInt8(ascii: "K"), UInt8(ascii: "t"), UInt8(ascii: "C"), UInt8(ascii: "E"), UInt8(ascii: "Z"):
            false
        default: true
        }
    }

    init(_ frame: Frame) throws(WireError) {
        var content = frame.content
        switch frame.kind {
        case UInt8(ascii: "K"):
            guard let process = content.readInteger(as: Int32.self) else {
                throw ByteBuffer.endsEarly("BackendKeyData")
            }
            self = .keyData(process: process)
        case UInt8(ascii: "1"): self = .parseComplete
        case UInt8(ascii: "2"): self = .bindComplete
        case UInt8(ascii: "3"): self = .closeComplete
        case UInt8(ascii: "t"):
            guard let count = content.readInteger(as: UInt16.self) else {
                throw ByteBuffer.endsEarly("ParameterDescription")
            }
            self = .parameterTypes((0..<count).compactMap { _ in content.readInteger(as: UInt32.self) })
        case UInt8(ascii: "T"), UInt8(ascii: "n"): self = .describedRows
        case UInt8(ascii: "C"): self = .commandComplete(rows: try content.rowCount())
        case UInt8(ascii: "I"): self = .emptyQuery
        case UInt8(ascii: "s"): self = .portalSuspended
        case UInt8(ascii: "V"): self = .functionResult
        case UInt8(ascii: "E"): self = .error(try WireServerError(&content))
        case UInt8(ascii: "Z"):
            guard let status = content.readInteger(as: UInt8.self).flatMap(TransactionStatus.init) else {
                throw ByteBuffer.endsEarly("ReadyForQuery")
            }
            self = .ready(status)
        case UInt8(ascii: "G"): self = .copyIn
        case UInt8(ascii: "W"): self = .copyBoth
        case UInt8(ascii: "N"), UInt8(ascii: "A"), UInt8(ascii: "S"): self = .aside
        default: self = .other
        }
    }
}

extension WireServerError {
    /// Fields of a byte and a text each, up to a zero byte.
    init(_ content: inout ByteBuffer) throws(WireError) {
        self.init(sqlState: "", text: "")
        while let field = content.readInteger(as: UInt8.self), field != 0 {
            let value = try content.text("ErrorResponse")
            switch field {
            case UInt8(ascii: "C"): sqlState = value
            case UInt8(ascii: "M"): text = value
            default: break
            }
        }
    }
}

extension ByteBuffer {
    /// Of a tag: the last word of `INSERT 0 5`, `UPDATE 3`, `SELECT 2`, `COPY 7`.
    fileprivate func rowCount() throws(WireError) -> Int? {
        guard let end = readableBytesView.firstIndex(of: 0) else { throw Self.endsEarly("CommandComplete") }
        let tag = readableBytesView[..<end]
        guard let space = tag.lastIndex(of: UInt8(ascii: " ")), space + 1 < end else { return nil }
        var rows = 0
        for digit in tag[(space + 1)...] {
            guard 0x30...0x39 ~= digit else { return nil }
            let (tenfold, overflow) = rows.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(Int(digit) - 0x30)
            if overflow || carry { return nil }
            rows = sum
        }
        return rows
    }
}
