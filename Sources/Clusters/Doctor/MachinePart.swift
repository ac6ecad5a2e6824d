// One thing that contend needs of a machine, and whether it is there: what `contend doctor` shows.

public import Histories

/// One thing that runs need of the machine.
public struct MachinePart: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        case found
        /// Runs go on without it, with what `detail` says.
        case limited
        /// No run can do without it.
        case missing
    }

    public var name: String
    public var state: State
    /// What is there, or what its lack means.
    public var detail: String
    /// How to get it; `nil` where nothing is to be done.
    public var remedy: String?

    public init(_ name: String, _ state: State, _ detail: String, remedy: String? = nil) {
        self.name = name
        self.state = state
        self.detail = detail
        self.remedy = remedy
    }
}

extension MachinePart: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        MachinePart(
            try member.required("name", \.name, .string),
            try member.required("state", \.state, .word),
            try member.required("detail", \.detail, .string),
            remedy: try member.optional("remedy", \.remedy, .string, "how to get it"))
    }
}
