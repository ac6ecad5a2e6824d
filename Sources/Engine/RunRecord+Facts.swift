// What the record of a run tells people of where it took place.

import Core
import RunStore

extension RunRecord {
    /// Versions, machine and command line, for people.
    var facts: [(name: String, value: String)] {
        var facts: [(name: String, value: String)] = []
        if let versions { facts.append(("contend", versions.contend)) }
        if let machine {
            facts += [
                ("system", machine.system), ("cores", "\(machine.cores)"),
                (
                    "memory",
                    Figures.decimal(Double(machine.memoryBytes) / 1_073_741_824, places: 1) + " GiB"
                ),
            ]
        }
        if !arguments.isEmpty {
            facts.append(("command line", arguments.map(RerunCommand.quoted).joined(separator: " ")))
        }
        return facts
    }
}
