// A foreign history that knows no lines: EDN, one JSON array, or JSON objects over several lines.

/// The rest of a file, read at once.
struct ForeignDocument {
    private let file: String
    private let firstLine: Int
    private let onlyWord: String?
    private let text: [UInt8]

    /// Errors: a text longer than `ForeignHistory.documentLimitBytes`.
    init(
        _ first: UnsafeBufferPointer<UInt8>, _ reader: LineReader, onlyWord: String?
    ) throws(HistoryError) {
        file = reader.file
        firstLine = reader.lineNumber
        self.onlyWord = onlyWord
        var text = Array(first)
        while let next = try reader.next() {
            text.append(0x0A)
            text.append(contentsOf: next)
            guard text.count <= ForeignHistory.documentLimitBytes else {
                throw HistoryError(
                    .malformed, file: file, line: reader.lineNumber,
                    message: "a history as one document may have \(ForeignHistory.documentLimitBytes) bytes; "
                        + "write it as JSON with one event a line")
            }
        }
        self.text = text
    }

    func read(into pairing: inout ForeignPairing) throws(HistoryError) {
        var lines = LineCounter(first: firstLine)
        let failure = text.withUnsafeBufferPointer { bytes -> HistoryError? in
            do throws(JSONError) {
                if Self.isEDN(bytes) {
                    try readEDN(bytes, &lines, into: &pairing)
                } else {
                    try readJSON(bytes, &lines, into: &pairing)
                }
                return nil
            } catch {
                return ForeignHistory.malformed(file, lines.line(at: error.offset, in: bytes), error)
            }
        }
        // A contradiction stands before whatever follows it.
        try pairing.check()
        if let failure { throw failure }
    }

    private func readEDN(
        _ bytes: UnsafeBufferPointer<UInt8>, _ lines: inout LineCounter, into pairing: inout ForeignPairing
    ) throws(JSONError) {
        var scanner = EDNScanner(bytes)
        try scanner.eachTopLevel { value, offset throws(JSONError) in
            let event = try ForeignEvent(edn: value, at: offset, onlyWord: onlyWord)
            do throws(JSONError) {
                try pairing.addChecked(event, line: lines.line(at: offset, in: bytes))
            } catch {
                throw JSONError(offset: offset, message: error.message)
            }
            return pairing.isSound
        }
    }

    private func readJSON(
        _ bytes: UnsafeBufferPointer<UInt8>, _ lines: inout LineCounter, into pairing: inout ForeignPairing
    ) throws(JSONError) {
        var scanner = JSONScanner(bytes)
        try scanner.eachTopLevel { scanner throws(JSONError) in
            scanner.skipSpace()
            let start = scanner.offset
            let event = try ForeignEvent(from: &scanner, onlyWord: onlyWord)
            do throws(JSONError) {
                try pairing.addChecked(event, line: lines.line(at: start, in: bytes))
            } catch {
                throw JSONError(offset: start, message: error.message)
            }
        }
    }

    /// Told by the first map; a text without any is taken for EDN.
    static func isEDN(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let rest = bytes.drop { ForeignHistory.isSpace($0) || $0 == UInt8(ascii: "[") }
        guard rest.first == UInt8(ascii: "{") else { return true }
        return EDNScanner.isMap(UnsafeBufferPointer(rebasing: rest))
    }
}

/// Line numbers of ascending offsets.
private struct LineCounter {
    private var line: Int
    private var offset = 0

    init(first: Int) { line = first }

    mutating func line(at position: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        while offset < min(position, bytes.count) {
            if bytes[offset] == 0x0A { line += 1 }
            offset += 1
        }
        return line
    }
}
