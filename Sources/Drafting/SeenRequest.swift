// A request that somebody has made, with its answer where that was kept: from a curl command or a HAR file.

import Core
import Histories

struct SeenRequest: Sendable {
    var method: String
    /// As in `http://host:port`.
    var origin: String
    var path: String
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: String?
    var status: Int?
    var answer: Value?

    /// `nil` where the URL is none of HTTP.
    init?(method: String, url: String) {
        var rest = url[...]
        var scheme = "http"
        if let colon = rest.firstRange(of: "://") {
            scheme = rest[..<colon.lowerBound].lowercased()
            rest = rest[colon.upperBound...]
        }
        guard scheme == "http" || scheme == "https" else { return nil }
        rest = rest.prefix { $0 != "#" }
        var authority = rest.prefix { $0 != "/" && $0 != "?" }
        rest = rest.dropFirst(authority.count)
        if let at = authority.lastIndex(of: "@") {
            headers.append(("Authorization", "Basic"))
            authority = authority[authority.index(after: at)...]
        }
        guard !authority.isEmpty else { return nil }
        self.method = method.uppercased()
        origin = "\(scheme)://\(authority)"
        let path = rest.prefix { $0 != "?" }
        self.path = path.isEmpty ? "/" : String(path)
        query = rest.dropFirst(path.count + 1).split(separator: "&").map { pair in
            let name = pair.prefix { $0 != "=" }
            return (String(name), String(pair.dropFirst(name.count + 1)))
        }
    }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

extension SeenRequest {
    private static let methods = ["-X", "--request"]
    private static let bodies = [
        "-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json", "--data-urlencode",
    ]
    /// Options with a value that says nothing about the request.
    private static let skipped: Set = [
        "-o", "--output", "-m", "--max-time", "--connect-timeout", "-x", "--proxy", "-w", "--write-out", "-c",
        "--cookie-jar", "--cacert", "--cert", "-E", "--key", "--retry", "--resolve", "-e", "--referer", "-A",
        "--user-agent",
        "--ciphers", "--interface", "-r", "--range", "--limit-rate",
    ]

    /// What a curl command sends, as browsers copy it.
    static func curl(_ command: String) throws(DraftError) -> SeenRequest {
        var words = ShellWords.split(command.withoutPlaceholders)[...]
        guard words.popFirst() == "curl" else {
            throw DraftError(.usage, "--curl wants a whole command that begins with curl, in quotes")
        }
        var url: String?
        var method: String?
        var headers: [(name: String, value: String)] = []
        var data: [String] = []
        var isGet = false
        while let word = words.popFirst() {
            let (option, glued) = split(word)
            if skipped.contains(option) {
                if glued == nil { words = words.dropFirst() }
                continue
            }
            let takesValue = methods + bodies + ["-H", "--header", "-b", "--cookie", "-u", "--user", "--url"]
            guard takesValue.contains(option) else {
                if option == "-G" || option == "--get" { isGet = true }
                if option == "-I" || option == "--head" { method = method ?? "HEAD" }
                if option == "-F" || option == "--form" {
                    throw DraftError(.usage, "--curl: a form with files (-F) cannot be drafted")
                }
                if !word.hasPrefix("-") { url = url ?? word }
                continue
            }
            guard let value = glued ?? words.popFirst() else {
                throw DraftError(.usage, "--curl: \(option) has no value")
            }
            switch option {
            case "-X", "--request": method = value
            case "--url": url = value
            case "-H", "--header":
                let name = value.prefix { $0 != ":" }
                headers.append((String(name), value.dropFirst(name.count + 1).trimmed))
            case "-b", "--cookie": headers.append(("Cookie", value))
            case "-u", "--user": headers.append(("Authorization", "Basic"))
            default:
                guard option == "--data-raw" || !value.hasPrefix("@") else {
                    throw DraftError(
                        .usage, "--curl: \(option) \(value) reads a file; put the body itself there")
                }
                data.append(value)
                if option == "--json" { headers.append(("Content-Type", "application/json")) }
            }
        }
        guard let url,
            var request = SeenRequest(method: method ?? (data.isEmpty || isGet ? "GET" : "POST"), url: url)
        else { throw DraftError(.usage, "--curl: there is no http URL in it") }
        request.headers += headers
        if !data.isEmpty, !isGet { request.body = data.joined(separator: "&") }
        return request
    }

    /// `-XPOST` and `--data=x` as option and value; flags such as `-sS` as they are.
    private static func split(_ word: String) -> (option: String, value: String?) {
        if word.hasPrefix("--") {
            let option = word.prefix { $0 != "=" }
            return (
                String(option), option.count == word.count ? nil : String(word.dropFirst(option.count + 1))
            )
        }
        guard word.hasPrefix("-"), word.count > 2 else { return (word, nil) }
        let option = String(word.prefix(2))
        return "XHdbuFomxwceAr".contains(word.dropFirst().first ?? " ")
            ? (option, String(word.dropFirst(2))) : (word, nil)
    }

    /// The requests of an HTTP Archive that are no files of a page, in their order.
    static func har(_ text: String, name: String) throws(DraftError) -> [SeenRequest] {
        let root: Value
        do { root = try JSON.parse(text.withoutPlaceholders.utf8) } catch {
            throw DraftError(.invalid, "\(name) is no HTTP Archive: \(error)")
        }
        guard let entries = root["log"]?["entries"]?.elements else {
            throw DraftError(.invalid, "\(name) is no HTTP Archive: it has no log.entries")
        }
        return entries.compactMap(SeenRequest.init(har:))
    }

    private init?(har entry: Value) {
        guard let sent = entry["request"], let method = sent["method"]?.text, let url = sent["url"]?.text,
            let request = SeenRequest(method: method, url: url)
        else { return nil }
        self = request
        headers += (sent["headers"]?.elements ?? []).compactMap { header in
            guard let name = header["name"]?.text, !name.hasPrefix(":") else { return nil }
            return (name, header["value"]?.text ?? "")
        }
        body = sent["postData"]?["text"]?.text
        status = entry["response"]?["status"]?.number.flatMap { Int(exactly: $0) }
        let content = entry["response"]?["content"]
        let type = content?["mimeType"]?.text ?? ""
        if type.contains("json"), let text = content?["text"]?.text, content?["encoding"] == nil {
            answer = try? JSON.parse(text.utf8)
        }
        let isPage = ["html", "css", "javascript", "image/", "font", "video/", "audio/"].contains {
            type.contains($0)
        }
        if HTTPMethod.isSafe(self.method), isPage || self.method == "OPTIONS" { return nil }
    }
}

extension StringProtocol {
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
