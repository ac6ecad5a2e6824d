// Binary search, where an array is sorted by what is asked.

extension Array {
    /// How many elements at the beginning hold, where none behind them does.
    func prefixCount(where holds: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
