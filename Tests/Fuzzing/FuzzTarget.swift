// The readers of bytes that others wrote, each behind one entry: bytes in, a sentence out if a promise is
// broken.

/// One reader, as the fuzzer and the replay of its corpus call it.
///
/// A reader must not crash, hang or take more memory than is said in `scripts/fuzz`, whatever the bytes are.
/// What else it promises is checked here.
public enum FuzzTarget: String, Sendable, CaseIterable {
    /// HTTP answers, however the network cuts them.
    case http
    case json
    case edn
    /// Histories of other projects, judged by every model.
    case foreign
    /// `history.jsonl`, judged by a scenario.
    case history
    /// The segments of a recording, merged.
    case segments
    /// `monitor.jsonl`.
    case observations
    /// PostgreSQL's JSON log.
    case serverLog = "server-log"
    /// Scenario files.
    case yaml
    /// OpenAPI documents, HTTP Archives and curl commands.
    case drafts
    /// PostgreSQL's protocol, as drivers and servers speak it.
    case wire

    /// A promise that these bytes break, `nil` if they break none.
    ///
    /// - Parameter scratch: what the reader reads, where it reads files.
    public func brokenPromise(_ bytes: [UInt8], _ scratch: ScratchFolder) async -> String? {
        do {
            switch self {
            case .http: try HTTPPromises(bytes).check()
            case .json: try checkJSON(bytes)
            case .edn: try checkEDN(bytes)
            case .foreign: try await checkForeign(bytes, scratch)
            case .history: try checkHistory(bytes, scratch)
            case .segments: try checkSegments(bytes, scratch)
            case .observations: try checkObservations(bytes, scratch)
            case .serverLog: try checkServerLog(bytes, scratch)
            case .yaml: try checkYAML(bytes)
            case .drafts: try checkDrafts(bytes)
            case .wire: try checkWire(bytes)
            }
            return nil
        } catch let broken as BrokenPromise {
            return broken.sentence
        } catch {
            return "\(rawValue): an error of no kind that callers know: \(error)"
        }
    }
}

/// A promise that a reader broke.
struct BrokenPromise: Error {
    var sentence: String
}

func promise(_ isKept: Bool, _ sentence: @autoclosure () -> String) throws(BrokenPromise) {
    if !isKept { throw BrokenPromise(sentence: sentence()) }
}
