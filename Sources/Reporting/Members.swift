// Typed access to the members of a JSON object, with errors that name the path.

import Core

struct Members {
    let path: String
    private let values: [String: Value]

    init(_ value: Value, path: String) throws(ReportError) {
        guard case .object(let values) = value else {
            throw ReportError(.malformed, "\(path) is no object; the file is no verdict of contend")
        }
        self.path = path
        self.values = values
    }

    subscript(name: String) -> Value? {
        guard let value = values[name], value != .null else { return nil }
        return value
    }

    func string(_ name: String) throws(ReportError) -> String {
        guard let text = self[name]?.text else { throw missing(name, "text") }
        return text
    }

    func int(_ name: String) throws(ReportError) -> Int {
        guard case .int(let value)? = self[name] else { throw missing(name, "an integer") }
        return value
    }

    func number(_ name: String) throws(ReportError) -> Double {
        guard let value = self[name]?.number else { throw missing(name, "a number") }
        return value
    }

    func bool(_ name: String) throws(ReportError) -> Bool {
        guard case .bool(let value)? = self[name] else { throw missing(name, "true or false") }
        return value
    }

    func optionalInt(_ name: String) throws(ReportError) -> Int? {
        self[name] == nil ? nil : try int(name)
    }

    func optionalNumber(_ name: String) throws(ReportError) -> Double? {
        self[name] == nil ? nil : try number(name)
    }

    func optionalName<Name: RawRepresentable<String>>(
        _ name: String, of type: Name.Type
    ) throws(ReportError) -> Name? {
        self[name] == nil ? nil : try self.name(name, of: type)
    }

    /// A text that names a case of an enumeration.
    func name<Name: RawRepresentable<String>>(_ name: String, of type: Name.Type) throws(ReportError) -> Name
    {
        let text = try string(name)
        guard let value = Name(rawValue: text) else {
            throw ReportError(
                .malformed, "\(path).\(name): `\(text)` is not known to this version of contend")
        }
        return value
    }

    /// Each element of an array, with its own path; an absent array is empty.
    func each<Element>(
        _ name: String, _ make: (Value, String) throws(ReportError) -> Element
    ) throws(ReportError) -> [Element] {
        guard let value = self[name] else { return [] }
        guard let elements = value.elements else { throw missing(name, "an array") }
        var result: [Element] = []
        for (index, element) in elements.enumerated() {
            result.append(try make(element, "\(path).\(name)[\(index)]"))
        }
        return result
    }

    func strings(_ name: String) throws(ReportError) -> [String] {
        try each(name) { value, path throws(ReportError) in
            guard let text = value.text else { throw ReportError(.malformed, "\(path) is no text") }
            return text
        }
    }

    func object(_ name: String) throws(ReportError) -> [String: Value] {
        guard let value = self[name] else { return [:] }
        guard case .object(let members) = value else { throw missing(name, "an object") }
        return members
    }

    private func missing(_ name: String, _ type: String) -> ReportError {
        ReportError(
            .malformed, "\(path).\(name) is not \(type); the file is damaged or no verdict of contend")
    }
}
