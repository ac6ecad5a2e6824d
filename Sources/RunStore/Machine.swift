// What a run ran on, as far as it decides whether figures can be compared.

import Core
import FoundationEssentials
public import Histories

/// The shape of a machine.
public struct Machine: Sendable, Hashable {
    public var system: String
    public var cores: Int
    public var memoryBytes: Int

    /// The one this process runs on.
    public static var current: Machine {
        let process = ProcessInfo.processInfo
        return Machine(
            system: process.operatingSystemVersionString, cores: process.activeProcessorCount,
            memoryBytes: Int(process.physicalMemory))
    }

    /// `2 cores, 8 GiB, Debian GNU/Linux 12`.
    public var text: String {
        let gibibytes = (Double(memoryBytes) / 1_073_741_824).rounded()
        return "\(Figures.grouped(cores, "core")), \(Figures.decimal(gibibytes, places: 0)) GiB, \(system)"
    }
}

extension Machine: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Machine(
            system: try member.required("system", \.system, .string),
            cores: try member.required("cores", \.cores, .natural),
            memoryBytes: try member.required("memory_bytes", \.memoryBytes, .natural))
    }
}
