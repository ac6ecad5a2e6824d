// The `target` of a draft: how replicas are started, or where they run already.

import Core
import Scenarios

public struct DraftTarget: Sendable {
    public enum Database: Sendable {
        /// What needs no server; the other one is named in a comment.
        case either
        case sqlite, postgresql
    }

    /// Words of the command; empty where replicas run already.
    var command: [String]
    var urls: [String]
    /// A file of those who sign the certificates of `urls`; `nil`: nobody said.
    var authorities: String?
    /// Names of variables and their values, with placeholders.
    var environment: [(name: String, value: String)]
    var database: Database = .either
    /// Commands that run once, before the replicas.
    var prepare: [[String]] = []
    /// As in `GET /healthz`; `nil` where none is known.
    var ready: String?
    /// What to say about it, a line each.
    var comments: [String] = []
    /// What to look at before the first run, a sentence each.
    public internal(set) var edits: [String] = []

    /// `words` are those of one replica's command.
    public static func command(_ words: [String]) -> DraftTarget {
        DraftTarget(
            command: words, urls: [],
            environment: [("PORT", "${{ port }}"), ("DATABASE_URL", "${{ database.url }}")])
    }

    public static func urls(_ urls: [String], authorities: String? = nil) -> DraftTarget {
        DraftTarget(command: [], urls: urls, authorities: authorities, environment: [])
    }

    /// The service of a compose file; `nil`: the only one that is built.
    ///
    /// `dockerfile` gives the text of a file by its path from the folder of the compose file.
    public static func compose(
        _ text: String, file: String, service: String?, dockerfile: (String) -> String?
    ) throws(DraftError) -> DraftTarget {
        try ComposeFile(text, file: file).target(service, dockerfile: dockerfile)
    }

    /// As it stands in a scenario.
    public var text: String {
        let comments = comments.map { ScenarioDraft.comment($0, indent: 0) }.joined()
        guard !command.isEmpty else {
            let urls = urls.map(YAMLDocument.quoted).joined(separator: ", ")
            return comments + "target:\n"
                + "  service:                   # replicas that already run; contend neither starts nor stops them\n"
                + "    urls: [\(urls)]\n" + tls
        }
        var text = "\(comments)target:\n  service:\n    command: \(Self.words(command))\n"
        if !environment.isEmpty { text += "    environment:\n" }
        for variable in environment {
            text += YAMLDocument.member(variable.name, .string(variable.value), indent: 6)
        }
        text += "    replicas: 3\n    ready: "
        text +=
            ready.map { "{ http: \(YAMLDocument.quoted($0)), within: 60s }\n" }
            ?? "{ http: GET /, status: \"2xx, 3xx, 4xx\", within: 20s }   # better: your health check and 200\n"
        text += "  database:\n"
        switch database {
        case .either:
            text += "    sqlite: {}                              # or  postgresql: {}, mariadb: {}\n"
        case .sqlite: text += "    sqlite: {}\n"
        case .postgresql:
            text += "    postgresql: {}                          # a private server, thrown away afterwards\n"
        }
        if !prepare.isEmpty {
            text += "  prepare:                                  # once, before the replicas\n"
            for command in prepare { text += "    - \(Self.words(command))\n" }
        }
        return text
    }

    /// What is trusted of `urls`.
    private var tls: String {
        guard urls.contains(where: { $0.hasPrefix("https://") }) else { return "" }
        guard let authorities else {
            return "    # tls: { ca: ca.pem }      # if no public authority signed its certificate\n"
        }
        return "    tls: { ca: \(YAMLDocument.quoted(authorities)) }\n"
    }

    private static func words(_ words: [String]) -> String {
        "[" + words.map(YAMLDocument.quoted).joined(separator: ", ") + "]"
    }
}
