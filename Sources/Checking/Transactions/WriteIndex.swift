// Who wrote which value of which key: one flat hash table over all writes.

/// From a key and a value to its write, by open addressing with linear probing.
struct WriteIndex {
    /// Position of a write in the history's operations and its transaction.
    struct Write {
        var operation: Int32
        var transaction: Int32
    }

    private struct Slot {
        var name: UInt64
        var write: Write
    }

    private var slots: [Slot]
    private let mask: Int
    /// Two writes of one value to one key: versions cannot be told apart then.
    private(set) var twice: (first: Write, second: Write)?

    init(_ history: TransactionHistory) {
        var size = 16
        while size < history.operations.count * 2 { size *= 2 }
        mask = size - 1
        let empty = Slot(name: 0, write: Write(operation: -1, transaction: -1))
        slots = Array(repeating: empty, count: size)
        for transaction in 0..<history.count {
            for position in Int(history.starts[transaction])..<Int(history.starts[transaction + 1])
            where history.operations[position].kind == .write {
                insert(
                    Self.name(history.operations[position].key, history.operations[position].value),
                    Write(operation: Int32(position), transaction: Int32(transaction)))
            }
        }
    }

    func write(of value: Int32, to key: Int32) -> Write? {
        let name = Self.name(key, value)
        var slot = Self.slot(name, mask)
        while slots[slot].write.operation >= 0 {
            if slots[slot].name == name { return slots[slot].write }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private mutating func insert(_ name: UInt64, _ write: Write) {
        var slot = Self.slot(name, mask)
        while slots[slot].write.operation >= 0 {
            if slots[slot].name == name {
                if twice == nil { twice = (slots[slot].write, write) }
                return
            }
            slot = (slot + 1) & mask
        }
        slots[slot] = Slot(name: name, write: write)
    }

    private static func name(_ key: Int32, _ value: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: key)) << 32 | UInt64(UInt32(bitPattern: value))
    }

    /// The finalizer of SplitMix64 (Steele, Lea & Flood 2014).
    private static func slot(_ name: UInt64, _ mask: Int) -> Int {
        var mixed = name &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int(truncatingIfNeeded: mixed ^ (mixed >> 31)) & mask
    }
}
