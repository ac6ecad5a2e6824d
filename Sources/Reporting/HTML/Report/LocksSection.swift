// What the monitors saw of the database: counters, the circles of deadlocks, the longest waits for locks.

import Checking
import Core
import Histories

struct LocksSection {
    let observations: Observations
    let judgement: Judgement
    let budget: Int

    static let graphLimit = 4
    static let waitLimit = 15
    /// Circles that are compared; the counts of the pictures are of these.
    static let circleLimit = 100

    var note: HTML {
        "What the database was seen to do while the clients were at work. How sure each source is: docs/deadlocks.md."
    }

    var html: HTML {
        guard !observations.isEmpty else { return "" }
        let graphs = self.graphs
        let pictures = graphs.prefix(Self.graphLimit).map { $0.graph.drawing($0.title) }
        var parts: [HTML] = [tiles]
        if !pictures.isEmpty { parts.append(HTML.multiples(Array(pictures))) }
        if graphs.count > Self.graphLimit {
            parts.append(
                "<p class=\"note\">\(Figures.grouped(graphs.count - Self.graphLimit, "further circle")) of other shapes left out.</p>"
            )
        }
        if max(observations.errors.count, observations.cycles.count) > Self.circleLimit {
            parts.append(
                "<p class=\"note\">Circles are counted among the first \(Self.circleLimit) that were seen.</p>"
            )
        }
        parts += [waits, pools, conflicts]
        parts += (observations.gaps + observations.notices).prefix(20).map {
            "<p class=\"note\">\(HTML.cut($0, to: 400))</p>"
        }
        let (html, left) = parts.fitting(budget)
        return left > 0 ? html + "<p class=\"note\">The rest is in monitor.jsonl.</p>" : html
    }

    private func replica(of backend: Int, at time: Int64) -> Int? {
        let records = observations.backends.filter { $0.backend == backend }
        return (records.last { $0.time <= time } ?? records.first)?.replica
    }

    private var tiles: HTML {
        var tiles: [(String, String)] = []
        if let (first, last) = observations.countedSpan {
            tiles += [
                (Figures.grouped(last.deadlocks - first.deadlocks), "deadlocks counted by the server"),
                (Figures.grouped(last.commits - first.commits), "commits"),
                (Figures.grouped(last.rollbacks - first.rollbacks), "rollbacks"),
            ]
        }
        let members = CertificationFigures.counted(observations)
        if members.isEmpty {
            let failures = observations.errors.filter { $0.reason == .serialization }.count
            tiles.append((Figures.grouped(failures), "serialization failures logged"))
        }
        for member in members {
            tiles.append(
                (
                    "\(member.certificationFailures) + \(member.aborts)",
                    "refused by node \(member.member): at COMMIT + before it"
                ))
        }
        tiles.append((Figures.grouped(observations.waits.count), "waits for locks seen"))
        if let most = observations.waits.map({ $0.end - $0.time }).max() {
            tiles.append((Figures.duration(nanoseconds: most), "longest wait"))
        }
        let html = tiles.map { "<div class=\"tile\"><b>\($0)</b><span>\($1)</span></div>" as HTML }.joined()
        return "<div class=\"tiles\">\(html)</div>"
    }

    /// One picture of each shape: the same statements in the same circle are drawn once, and counted.
    private var graphs: [(title: String, graph: WaitGraph)] {
        var order: [[String]] = []
        var known: [[String]: (graph: WaitGraph, count: Int)] = [:]
        func add(_ graph: WaitGraph) {
            let shape = graph.nodes.map { statementShape($0.statement) }.sorted()
            if known[shape] == nil { order.append(shape) }
            known[shape, default: (graph, 0)].count += 1
        }
        for error in observations.errors.filter({ $0.reason == .deadlock }).prefix(Self.circleLimit)
        where !error.parties.isEmpty {
            add(WaitGraph(error.parties) { replica(of: $0, at: error.time) })
        }
        if order.isEmpty {
            for cycle in observations.cycles.prefix(Self.circleLimit) {
                add(WaitGraph(cycle) { replica(of: $0, at: cycle.time) })
            }
        }
        if order.isEmpty, let longest = observations.waits.max(by: { $0.end - $0.time < $1.end - $1.time }) {
            let lasted = Figures.duration(nanoseconds: longest.end - longest.time)
            return [("The longest wait, \(lasted)", WaitGraph(longest) { replica(of: $0, at: longest.time) })]
        }
        return order.compactMap { shape in
            known[shape].map { ("Deadlock, \(Figures.grouped($0.count, "time"))", $0.graph) }
        }
    }

    private var waits: HTML {
        let longest = observations.waits.sorted { $0.end - $0.time > $1.end - $1.time }.prefix(Self.waitLimit)
        guard !longest.isEmpty else { return "" }
        let rows = longest.map { wait -> HTML in
            let owner = replica(of: wait.waiter.backend, at: wait.time).map { "replica \($0)" } ?? "–"
            let holder = wait.holders.first.map { "\($0.state): \(plainStatement($0.statement))" } ?? ""
            return """
                <tr><td class="num">\(Figures.duration(nanoseconds: wait.end - wait.time))</td><td>\(owner)</td>\
                <td>\(HTML.cut(wait.lock, to: 120))</td>\
                <td><code>\(HTML.cut(plainStatement(wait.waiter.statement), to: 300))</code></td>\
                <td><code>\(HTML.cut(holder, to: 300))</code></td></tr>
                """
        }.joined()
        return """
            <div class="card"><h3>Longest waits for locks</h3><div class="scroll"><table class="wide"><thead><tr>\
            <th class="num">waited</th><th>for</th><th>lock</th><th>waiting statement</th><th>held by</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div></div>
            """
    }

    private var pools: HTML {
        observations.pools.prefix(5).map { pool -> HTML in
            let members = pool.members.prefix(16).map {
                "<li>backend \($0.backend), \($0.state): <code>\(HTML.cut(plainStatement($0.statement), to: 300))</code></li>"
                    as HTML
            }.joined()
            let owner = pool.replica.map { "replica \($0)" } ?? "a replica that is not known"
            return """
                <div class="card"><h3>Exhausted pool of \(owner)</h3><p class="note">Every connection held a transaction \
                that did nothing, or waited for one of those.</p><ul>\(members)</ul></div>
                """
        }.joined()
    }

    private var conflicts: HTML {
        guard !observations.conflicts.isEmpty else { return "" }
        let rows = observations.conflicts.prefix(40).map { conflict -> HTML in
            let longest = conflict.elapsedMilliseconds.map { "\($0) ms" } ?? "–"
            return """
                <tr><td>replica \(conflict.replica)</td><td class="num">\(conflict.code)</td>\
                <td class="num">\(longest)</td><td class="num">\(Figures.grouped(conflict.count))</td></tr>
                """
        }.joined()
        return """
            <div class="card"><h3>SQLite’s refusals in the replicas’ logs</h3><div class="scroll"><table><thead><tr><th>replica</th>\
            <th class="num">code</th><th class="num">after</th><th class="num">times</th></tr></thead><tbody>\(rows)</tbody></table></div></div>
            """
    }
}
