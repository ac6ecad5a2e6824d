// A built-in axis changes the scenario as its flag would.

import Core
import Histories

extension BuiltInAxis {
    /// Changes a tree as the flags would, before it is decoded.
    static func apply(_ settings: [String: Value], to tree: inout SourceNode, _ context: DecodingContext) {
        if let value = settings[replicas.rawValue] {
            let first = tree["target"]?["services"]?.entries?.first?.key
            tree = tree.setting(
                ["target"] + (first.map { ["services", $0] } ?? ["service"]) + ["replicas"],
                to: SourceNode(value, at: tree.place))
        }
        if let value = settings[clients.rawValue] { setClients(value, in: &tree) }
        if let value = settings[database.rawValue] { setDatabase(value, in: &tree, context) }
    }

    /// The most at once, whatever the shape; of a ramp, all the time.
    private static func setClients(_ value: Value, in tree: inout SourceNode) {
        let node = SourceNode(value, at: tree["load"]?.place ?? tree.place)
        let path = tree["load"]?["burst"] == nil ? ["load", "clients"] : ["load", "burst", "clients"]
        if path.count == 2, let clients = tree["load"]?["clients"], clients.entries != nil {
            let most: Int = if case .int(let most) = value { most } else { .max }
            tree = tree.setting(path + ["most"], to: node)
            if let start = Int(clients["start"]?.text ?? ""), start > most {
                tree = tree.setting(path + ["start"], to: node)
            }
        } else {
            tree = tree.setting(path, to: node).removing(["load", "ramp"])
        }
    }

    /// How the URLs of an engine's servers begin.
    private static let schemes = [
        "postgresql": "postgresql", "postgres": "postgresql", "mysql": "mariadb", "mariadb": "mariadb",
    ]

    /// Settings that the file gives for the same engine are kept.
    private static func setDatabase(_ value: Value, in tree: inout SourceNode, _ context: DecodingContext) {
        let place = tree["target"]?["database"]?.place ?? tree.place
        let written = tree["target"]?["database"]
        let empty = SourceNode(.mapping([]), at: place)
        let name: String
        let choice: SourceNode
        switch value.text {
        case "sqlite": (name, choice) = ("sqlite", empty)
        case let server? where ["postgresql", "mariadb", "galera"].contains(server):
            (name, choice) = (server, written?[server] ?? empty)
        case let url? where schemes.contains { url.hasPrefix($0.key + "://") }:
            let scheme = String(url.prefix { $0 != ":" })
            let entry = SourceNode.Entry(key: "url", place: place, value: SourceNode(.string(url), at: place))
            (name, choice) = (schemes[scheme] ?? "", SourceNode(.mapping([entry]), at: place))
        default:
            let text = value.text ?? JSON.text(value)
            context.error(
                "`\(text)` is no database", at: place,
                suggestion:
                    "expected sqlite, postgresql, mariadb, galera or a URL that begins with postgresql:// or mysql://"
            )
            return
        }
        let entry = SourceNode.Entry(key: name, place: place, value: choice)
        tree = tree.setting(["target", "database"], to: SourceNode(.mapping([entry]), at: place))
    }
}

extension SourceNode {
    /// The tree without what is at `path`, if it is there.
    fileprivate func removing(_ path: [String]) -> SourceNode {
        guard let key = path.first, var entries, let index = entries.firstIndex(where: { $0.key == key })
        else { return self }
        if path.count == 1 {
            entries.remove(at: index)
        } else {
            entries[index].value = entries[index].value.removing(Array(path.dropFirst()))
        }
        return SourceNode(.mapping(entries), at: place)
    }

    /// The tree with the value at `path` replaced, or added to maps that are there.
    fileprivate func setting(_ path: [String], to value: SourceNode) -> SourceNode {
        guard let key = path.first else { return value }
        guard var entries else { return self }
        if let index = entries.firstIndex(where: { $0.key == key }) {
            entries[index].value = entries[index].value.setting(Array(path.dropFirst()), to: value)
        } else if path.count == 1 {
            entries.append(Entry(key: key, place: value.place, value: value))
        }
        return SourceNode(.mapping(entries), at: place)
    }
}
