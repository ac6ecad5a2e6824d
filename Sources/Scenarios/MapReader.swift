// Keyed access to one map of a scenario; unknown keys are reported as soon as it is opened.

/// One map whose keys are known to be in its table.
struct MapReader {
    let context: DecodingContext
    let table: KeyTable
    let node: SourceNode
    private let entries: [SourceNode.Entry]

    var place: SourcePlace { node.place }

    /// `nil`, with a message, if `node` is no map; nothing at all (`sqlite:`) counts as an empty one.
    init?(_ node: SourceNode, _ table: KeyTable, _ context: DecodingContext) {
        self.context = context
        self.table = table
        self.node = node
        if node.isNull {
            entries = []
        } else if let found = node.entries {
            entries = found
        } else {
            let keys = table.keys.prefix(6).map { "`\($0)`" }.joined(separator: ", ")
            context.wrongType(node, expected: table.keys.isEmpty ? "{}" : "a map with keys such as \(keys)")
            return nil
        }
        for entry in entries where !table.keys.contains(entry.key) { refuse(entry) }
    }

    subscript(key: String) -> SourceNode? { entries.first { $0.key == key }?.value }

    /// Where the key itself stands.
    func keyPlace(_ key: String) -> SourcePlace { entries.first { $0.key == key }?.place ?? place }

    /// The key's value; a message if it is missing.
    func required(_ key: String) -> SourceNode? {
        if let node = self[key] { return node }
        return context.refuse("`\(key)` is missing in \(table.block)", at: place)
    }

    /// The key's value; a message if it is missing and the table says that it must not be.
    func given(_ key: String) -> SourceNode? { table.requires(key) ? required(key) : self[key] }

    /// What `read` makes of the value under a key, where there is one and it is right.
    func value<Part>(_ key: String, _ read: (SourceNode) -> Part?) -> Part? { given(key).flatMap(read) }

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        value(key) { context.integer($0, in: range) }
    }

    func duration(_ key: String) -> Duration? { value(key, context.duration) }

    func bool(_ key: String) -> Bool? { value(key, context.bool) }

    func text(_ key: String, expected: String = "text") -> String? {
        value(key) { context.text($0, expected: expected) }
    }

    /// The one key that is given of a group of which the table wants exactly one; a message if there is none
    /// or more than one.
    func exactlyOne(of group: Int = 0) -> (key: String, node: SourceNode)? {
        exactlyOne(of: table.exactlyOne[group])
    }

    func exactlyOne(of keys: [String]) -> (key: String, node: SourceNode)? {
        let given = keys.compactMap { key in self[key].map { (key: key, node: $0) } }
        let names = Names.alternatives(keys.map { "`\($0)`" })
        if given.isEmpty { context.error("\(table.block) needs \(names)", at: place) }
        for extra in given.dropFirst() {
            context.error(
                "`\(extra.key)` cannot stand beside `\(given[0].key)`", at: keyPlace(extra.key),
                suggestion: "expected only one of \(names)")
        }
        return given.first
    }

    private func refuse(_ entry: SourceNode.Entry) {
        let key = entry.key
        if entry.template != nil {
            context.refuseTemplate(inNameOf: entry)
        } else if table.later.contains(key) {
            context.error("`\(key)` is not supported yet", at: entry.place)
        } else if let instead = table.instead[key] {
            let trap = DecodingContext.booleanTraps.contains(key) ? ": YAML 1.1 reads it as a boolean" : ""
            context.error(
                "`\(key)` is no key of \(table.block)\(trap)", at: entry.place,
                suggestion: "write `\(instead)`")
        } else if StatusSet.range(key) != nil, entry.value.isNull {
            context.error(
                "`\(key)` became a key of its own", at: entry.place,
                suggestion: "inside { } a list of statuses needs quotes: \"status 403, 404\"")
        } else if key == "<<" {
            context.error("merge keys are not supported", at: entry.place, suggestion: "use `extends`")
        } else {
            context.error(
                "unknown key `\(key)` in \(table.block)", at: entry.place,
                suggestion: Names.suggestion(for: key, among: table.keys))
        }
    }
}
