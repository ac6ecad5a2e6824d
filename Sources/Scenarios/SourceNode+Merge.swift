// What `extends` means: maps are merged all the way down, everything else is replaced, `null` takes a key
// away.

extension SourceNode {
    /// This tree with `child` laid over it.
    ///
    /// A key the child names keeps the base's place in the order, but for `target.database`, where the
    /// child's comes first, because there the first is the default. A load of another shape replaces the
    /// base's shape.
    func overridden(by child: SourceNode, path: [String] = []) -> SourceNode {
        guard let base = entries, let changes = child.entries else { return child }
        var merged = base
        if path == ["load"] { merged.removeAll { SourceNode.isReplacedShape($0.key, by: changes) } }
        var added: [Entry] = []
        for change in changes {
            guard let index = merged.firstIndex(where: { $0.key == change.key }) else {
                added.append(change)
                continue
            }
            if change.value.isNull {
                merged.remove(at: index)
            } else {
                var entry = change
                entry.value = merged[index].value.overridden(by: change.value, path: path + [change.key])
                merged[index] = entry
            }
        }
        if path == ["target", "database"] {
            let named = Set(changes.map(\.key))
            merged =
                merged.filter { named.contains($0.key) } + added + merged.filter { !named.contains($0.key) }
        } else {
            merged += added
        }
        return SourceNode(.mapping(merged), at: child.place)
    }

    private static func isReplacedShape(_ key: String, by changes: [Entry]) -> Bool {
        let names = Set(changes.map(\.key))
        guard !names.contains(key) else { return false }
        if names.contains("burst") { return ["rate", "clients", "ramp", "for", "mix"].contains(key) }
        if names.contains("ramp"), ["rate", "clients"].contains(key) { return true }
        if key == "ramp" { return names.contains("clients") || names.contains("rate") }
        return ["burst", "each-round"].contains(key) && !names.isDisjoint(with: ["for", "rate", "ramp"])
    }
}
