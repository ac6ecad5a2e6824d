// Where a database of MariaDB is: libmariadb takes no URL, so that contend and its bundled service read it
// here.

/// A URL of MariaDB and its parts.
public struct MariaAddress: Sendable, Hashable {
    public var host: String
    public var port: Int
    public var user: String
    public var password: String?
    public var database: String

    public static let schemes = ["mysql://", "mariadb://"]

    public init(host: String, port: Int, user: String, password: String? = nil, database: String) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
    }

    /// Reads `mysql://user:password@host:port/database`; of these only the host is required.
    ///
    /// `nil` for anything else: a query would ask for what is not read.
    public init?(_ url: String) {
        guard let scheme = Self.schemes.first(where: url.hasPrefix) else { return nil }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count + 1)
        guard !authority.isEmpty, !path.contains(where: { "/?#".contains($0) }),
            !authority.contains(where: { "?#".contains($0) })
        else { return nil }
        let parts = authority.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2, let place = parts.last else { return nil }
        let account = parts.count == 2 ? parts[0].split(separator: ":", maxSplits: 1) : []
        let colon = place.hasSuffix("]") ? nil : place.lastIndex(of: ":")
        let name = place[..<(colon ?? place.endIndex)]
        let number = colon.map { Int(place[place.index(after: $0)...]) } ?? 3_306
        guard let number, (1...65_535).contains(number), !name.isEmpty,
            let user = account.first.map(Self.decoded) ?? "", let database = Self.decoded(path)
        else { return nil }
        host = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : String(name)
        port = number
        self.user = user
        self.database = database
        if account.count == 2 {
            guard let password = Self.decoded(account[1]) else { return nil }
            self.password = password
        }
    }

    private static func decoded(_ text: Substring) -> String? {
        guard text.contains("%") else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
