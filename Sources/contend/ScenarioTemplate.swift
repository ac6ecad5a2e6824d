// The text of a first scenario: short, commented, and valid as it stands.

struct ScenarioTemplate {
    enum Target {
        case command([String])
        case urls([String])
    }

    var name: String
    var target: Target

    var text: String {
        """
        # A scenario for contend. docs/scenario.md explains every key; `contend validate` checks this file.
        version: 1
        name: \(Self.quoted(name))
        description: A value that was acknowledged must not be lost, whichever replica took it.

        \(targetText)
        # One request each. What is not said here is read from the status: 2xx ok, 4xx fail (surely no
        # effect), 5xx and timeouts unknown (either).
        operations:
          create:
            http: PUT /items/${{ item }}
            json: { value: "first" }
            outcome: { ok: "status 200, 201, 204" }
          update:
            http: PUT /items/${{ item }}
            json: { value: "${{ unique }}" }        # distinct for every writer
          show:
            http: GET /items/${{ item }}
            effect: none                            # a read: a lost answer tells nothing
            capture: { value: json $.value }

        # What must hold. `contend list models` shows the others.
        models:
          value:
            register:
              key: ${{ item }}
              initial: first
              write: { operation: update, value: "${{ unique }}" }
              read: { operation: show, value: "${{ value }}" }

        load:
          burst: { rounds: 100, clients: 12 }      # a fresh item a round, all clients released at one instant
          keys:
            item: { count: 1 }
          each-round:
            before: [create]
            mix: { update: 3, show: 1 }
            after: [show]                           # through each replica in turn

        thresholds:
          contention: ["rate>=20%"]                 # refuse a green run that raced nothing

        """
    }

    private var targetText: String {
        switch target {
        case .urls(let urls):
            """
            target:
              service:                   # replicas that already run; contend neither starts nor stops them
                urls: [\(urls.map(Self.quoted).joined(separator: ", "))]

            """
        case .command(let words):
            """
            target:
              service:
                command: [\(words.map(Self.quoted).joined(separator: ", "))]
                environment:
                  PORT: "${{ port }}"
                  DATABASE_URL: "${{ database.url }}"
                replicas: 3
                ready: { http: GET /, status: "2xx, 3xx, 4xx", within: 20s }   # better: your health check and 200
              database:
                sqlite: {}                              # or  postgresql: {}

            """
        }
    }

    /// A YAML text in double quotes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Words as a shell would split them; `$PORT` and `{port}` become the placeholder.
    static func words(of command: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isOpen = false
        var quote: Character?
        for character in command {
            switch (character, quote) {
            case (let end, let open?) where end == open: quote = nil
            case ("'", nil), ("\"", nil):
                quote = character
                isOpen = true
            case (" ", nil), ("\t", nil), ("\n", nil):
                if isOpen { words.append(word) }
                word = ""
                isOpen = false
            default:
                word.append(character)
                isOpen = true
            }
        }
        if isOpen { words.append(word) }
        return words.map { word in
            ["${PORT}", "$PORT", "{port}"].reduce(word) { $0.replacing($1, with: "${{ port }}") }
        }
    }
}
