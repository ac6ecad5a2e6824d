// One `${{ name }}`, and the filters behind its name: `${{ item | json | base64 }}`.

public import Core
import Histories

/// A name, and what becomes of its value.
public struct Placeholder: Sendable, Hashable, ExpressibleByStringLiteral {
    /// Each takes text and gives text; what is no text comes as JSON writes it.
    public enum Filter: String, Sendable, Hashable, CaseIterable {
        case base64, json, sha256, text, urlencode
    }

    public var name: String
    public var filters: [Filter]

    public init(_ name: String, _ filters: [Filter] = []) {
        self.name = name
        self.filters = filters
    }

    public init(stringLiteral name: String) { self.init(name) }

    /// As a scenario would write it.
    public var source: String { "${{ \(([name] + filters.map(\.rawValue)).joined(separator: " | ")) }}" }

    /// The value as it is where there is no filter.
    public func filled(with value: Value) -> Value {
        filters.reduce(value) { value, filter in
            let text = value.text ?? JSON.text(value)
            return switch filter {
            case .base64: .string(Base64.text(of: text.utf8))
            case .json: .string(JSON.text(value))
            case .sha256: .string(SHA256.hexadecimal(of: text.utf8))
            case .text: .string(text)
            case .urlencode: .string(text.percentEncoded)
            }
        }
    }
}
