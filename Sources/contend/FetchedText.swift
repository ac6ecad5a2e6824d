// A text that the user names by a path or by a URL.

import Engine
import Glibc
import RunStore

enum FetchedText {
    /// More than any description of an API.
    private static let limitBytes = 64 << 20

    /// The text of the file, or what curl gets from the URL: with its proxies, certificates and redirections.
    static func read(_ place: String) throws(RunError) -> String {
        guard place.hasPrefix("http://") || place.hasPrefix("https://") else {
            do { return try TextFile.read(place) } catch {
                throw RunError(.invalid, "\(place) cannot be read: \(error)")
            }
        }
        let quoted = "'" + place.replacing("'", with: "'\\''") + "'"
        guard let pipe = popen("curl -fsSL --max-time 60 -- \(quoted)", "r") else {
            throw RunError(.invalid, "\(place) cannot be read: curl cannot be started")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limitBytes, case let count = fread(&chunk, 1, chunk.count, pipe), count > 0 {
            bytes += chunk[..<count]
        }
        let status = pclose(pipe)
        guard status == 0 else {
            // What is wrong, curl has said itself.
            let reason = status >> 8 == 127 ? "curl is not installed" : "curl ended with \(status >> 8)"
            throw RunError(.invalid, "\(place) cannot be read: \(reason)")
        }
        guard bytes.count <= limitBytes, let text = String(validating: bytes, as: UTF8.self) else {
            throw RunError(.invalid, "\(place) is too large, or no text in UTF-8")
        }
        return text
    }
}
