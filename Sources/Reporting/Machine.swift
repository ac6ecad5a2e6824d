// What a run ran on, as far as it decides whether figures can be compared.

public import Core

/// The shape of a machine.
public struct Machine: Sendable, Hashable {
    public var system: String
    public var cores: Int
    public var memoryBytes: Int

    public init(system: String, cores: Int, memoryBytes: Int) {
        self.system = system
        self.cores = cores
        self.memoryBytes = memoryBytes
    }

    /// `2 cores, 8 GiB, Debian GNU/Linux 12`.
    public var text: String {
        let gibibytes = (Double(memoryBytes) / 1_073_741_824).rounded()
        return "\(Figures.grouped(cores, "core")), \(Figures.decimal(gibibytes, places: 0)) GiB, \(system)"
    }

    public var document: Value {
        .object(["system": .string(system), "cores": .int(cores), "memory_bytes": .int(memoryBytes)])
    }

    public init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            system: try members.string("system"), cores: try members.int("cores"),
            memoryBytes: try members.int("memory_bytes"))
    }
}
