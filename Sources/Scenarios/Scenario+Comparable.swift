// A scenario without what tells two files of it apart and nothing of what it does.

extension Scenario {
    /// Without what a resolved file does not keep: its path, positions and parameters that are filled in.
    ///
    /// Equal ones do and judge the same. Where every operation of a burst is one request, which is sent once,
    /// `round-robin` is another word for `pinned`.
    public var comparable: Scenario {
        var copy = self
        let start = SourcePosition(line: 1, column: 1)
        copy.file = ""
        copy.home = nil
        copy.parameters = []
        for index in operations.indices { copy.operations[index].position = start }
        for index in models.indices { copy.models[index].position = start }
        for index in thresholds.indices { copy.thresholds[index].position = start }
        for index in invariants.indices { copy.invariants[index].position = start }
        let isSentOnce = operations.allSatisfy { $0.steps.count == 1 && $0.steps[0].retry == nil }
        if case .burst = load.shape, load.spread == .roundRobin, isSentOnce { copy.load.spread = .pinned }
        return copy
    }
}
