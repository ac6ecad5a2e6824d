// Reads a history file into memory, and believes nothing that contradicts itself.

/// Reads `history.jsonl`.
public enum HistoryReader {
    /// A torn last line becomes a notice; any other defect is an error with its line.
    ///
    /// An operation without an end has outcome `unknown`, no `returned`, and the requests that were recorded
    /// before they were sent.
    public static func read(_ file: String) throws(HistoryError) -> History {
        try read(file, calls: SystemCalls())
    }

    static func read(_ file: String, calls: SystemCalls) throws(HistoryError) -> History {
        let reader = try LineReader(file, calls: calls)
        guard let first = try reader.next() else {
            throw HistoryError(
                .malformed, file: file, line: 1, message: "the file is empty: the run ended before it began")
        }
        var assembly = HistoryAssembly(file: file, header: try header(first, file: file))
        let known = KnownStrings()
        while let bytes = try reader.next() {
            var line = HistoryLine()
            do throws(JSONError) {
                try line.read(bytes, known: known)
            } catch {
                // What is torn cannot be a whole object, so a last line that is one needs no newline.
                if reader.isTerminated {
                    throw HistoryError(
                        .malformed, file: file, line: reader.lineNumber,
                        message: "this is no line of a history, \(error)")
                }
                assembly.notices.append(
                    "Line \(reader.lineNumber), the last, is torn and was left out; the rest was used.")
                break
            }
            try assembly.add(&line, number: reader.lineNumber)
            if assembly.isFull { assembly.makeRoom(share: reader.share) }
        }
        return try assembly.history()
    }

    /// One line of a file that is not torn.
    static func line(
        _ bytes: UnsafeBufferPointer<UInt8>, _ number: Int, file: String, known: KnownStrings
    ) throws(HistoryError) -> HistoryLine {
        var line = HistoryLine()
        do throws(JSONError) {
            try line.read(bytes, known: known)
            return line
        } catch {
            throw HistoryError(
                .malformed, file: file, line: number, message: "this is no line of a history, \(error)")
        }
    }

    static func header(
        _ bytes: UnsafeBufferPointer<UInt8>, file: String
    ) throws(HistoryError) -> HistoryHeader {
        var cause = ""
        do {
            var line = HistoryLine()
            try line.read(bytes)
            if case .header(let header) = line.kind {
                return try HistoryHeader(document: header, path: "history")
            }
        } catch let error as DocumentError where error.code == .unsupportedVersion {
            throw HistoryError(.unsupportedVersion, file: file, line: 1, message: error.message)
        } catch {
            cause = ", \(error)"
        }
        throw HistoryError(
            .malformed, file: file, line: 1,
            message: "the first line is no header `{\"contend\":\"history\",…}`\(cause); is this a history?")
    }
}
