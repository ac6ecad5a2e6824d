// Numbers in place of keys, states and values, so that tables are arrays.

/// Items by number, in order of appearance.
struct Numbering<Item: Hashable & Sendable>: Sendable {
    private(set) var items: [Item] = []
    private var numbers: [Item: Int] = [:]

    /// The number of an item, `nil` if it never appeared.
    func known(_ item: Item) -> Int? { numbers[item] }

    /// A new item gets the next number.
    mutating func number(of item: Item) -> Int {
        if let number = numbers[item] { return number }
        numbers[item] = items.count
        items.append(item)
        return items.count - 1
    }
}
