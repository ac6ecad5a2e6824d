// The calls of one key laid out for the search: deadlines in order, who is open at each, and who may stand
// for whom.

/// Calls that must take effect, by rank (their order of return), and calls that may.
struct CallSchedule<Action: Hashable & Sendable> {
    /// When a call was open; without a return, to the end of time.
    struct Interval {
        var invoked: Int64
        var returned: Int64

        init(_ call: Call<Action>) {
            invoked = call.invoked
            returned = call.returned ?? .max
        }
    }

    /// By rank.
    private(set) var required: [Interval] = []
    /// By invocation.
    private(set) var optional: [Interval] = []
    /// Position of each in the calls given.
    var requiredSource: [Int] = []
    var optionalSource: [Int] = []
    /// A number below the greatest concurrency for each required call, its own while it is open.
    var slot: [Int] = []
    /// Equal actions have equal classes.
    var requiredClass: [Int] = []
    private(set) var actions: [Action] = []
    /// Ranks invoked no later than the return of rank p and not before p in rank, ascending.
    private(set) var open: [Int32] = []
    private var openStart: [Int32] = [0]
    /// Ranks that are open at p and were not at p - 1.
    private(set) var opened: [Int32] = []
    private var openedStart: [Int32] = [0]
    /// Positions in `optional` of each kind, by invocation.
    private(set) var optionalGroups: [(kind: Int, members: [Int])] = []
    /// How many of `optional` were invoked no later than the return of rank p.
    var optionalLimit: [Int] = []
    /// Whether everything from rank p on was invoked after everything before had returned.
    var isCut: [Bool] = []

    init(_ calls: [Call<Action>]) {
        let ranked = calls.indices.filter { calls[$0].returned != nil }
            .sorted { (calls[$0].returned ?? 0, $0) < (calls[$1].returned ?? 0, $1) }
        let unknown = calls.indices.filter { calls[$0].returned == nil }
            .sorted { (calls[$0].invoked, $0) < (calls[$1].invoked, $1) }
        required = ranked.map { Interval(calls[$0]) }
        optional = unknown.map { Interval(calls[$0]) }
        requiredSource = ranked
        optionalSource = unknown
        numberClasses(calls)
        sweep()
    }

    func openCalls(at position: Int) -> ArraySlice<Int32> {
        open[Int(openStart[position])..<Int(openStart[position + 1])]
    }

    func openedCalls(at position: Int) -> ArraySlice<Int32> {
        opened[Int(openedStart[position])..<Int(openedStart[position + 1])]
    }

    func deadline(_ rank: Int) -> Int64 { required[rank].returned }

    private mutating func numberClasses(_ calls: [Call<Action>]) {
        var numbers = Numbering<Action>()
        requiredClass = requiredSource.map { numbers.number(of: calls[$0].action) }
        let optionalClass = optionalSource.map { numbers.number(of: calls[$0].action) }
        actions = numbers.items
        optionalGroups = Dictionary(grouping: optional.indices) { optionalClass[$0] }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private mutating func sweep() {
        let byInvocation = required.indices.sorted {
            (required[$0].invoked, $0) < (required[$1].invoked, $1)
        }
        slot = Array(repeating: 0, count: required.count)
        var free: [Int] = []
        var slots = 0
        var next = 0
        var nextOptional = 0
        var active: [Int32] = []
        for position in required.indices {
            isCut.append(active.isEmpty)
            while next < byInvocation.count, required[byInvocation[next]].invoked <= deadline(position) {
                let rank = byInvocation[next]
                if free.isEmpty {
                    free.append(slots)
                    slots += 1
                }
                slot[rank] = free.removeLast()
                opened.append(Int32(rank))
                active.insert(Int32(rank), at: active.prefixCount { $0 < rank })
                next += 1
            }
            while nextOptional < optional.count, optional[nextOptional].invoked <= deadline(position) {
                nextOptional += 1
            }
            optionalLimit.append(nextOptional)
            open.append(contentsOf: active)
            openStart.append(Int32(open.count))
            openedStart.append(Int32(opened.count))
            active.removeFirst()
            free.append(slot[position])
        }
    }
}
