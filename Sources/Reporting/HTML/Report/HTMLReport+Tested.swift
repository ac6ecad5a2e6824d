// "Did this run test anything?": the figures that make a green run believable, or show that it was not.

import Checking
import Core
import Histories
import RunStore
import Scenarios

extension HTMLReport {
    private struct Tile {
        var value: String
        var name: String
        /// Says that the run may have tested too little.
        var isDoubtful = false
    }

    var tested: HTML {
        guard report.hasLoad else {
            return "<p class=\"alert\">Nothing was tested: the experiment did not happen.</p>"
        }
        let html = tiles.map { tile -> HTML in
            """
            <div class="tile\(tile.isDoubtful ? " doubt" : "")"><b>\(tile.value)</b><span>\(tile.name)</span></div>
            """
        }.joined()
        return sentence + "<div class=\"tiles\">\(html)</div>"
    }

    private var sentence: HTML {
        let vacuous = judgement.checks.filter { $0.kind == .vacuity && $0.verdict == .unknown }
        guard vacuous.isEmpty else {
            let reasons = vacuous.prefix(8).map {
                "<p class=\"alert\">Too little was tested: \(HTML.cut("\($0.name): \($0.explanation)", to: 400))</p>"
                    as HTML
            }
            return reasons.joined()
        }
        if report.identity.sequential {
            return "<p class=\"alert\">One at a time: this is a control, nothing was meant to overlap.</p>"
        }
        guard judgement.tally.contended > 0 else {
            return "<p class=\"alert\">No two operations met on one key.</p>"
        }
        return """
            <p class="alert good">Yes: \(Figures.share(judgement.tally.contended, of: judgement.tally.operations)) of the \
            operations overlapped another on the same key, a write among the two.</p>
            """
    }

    private var tiles: [Tile] {
        let tally = judgement.tally
        let unknownShare = Double(tally.unknown) / Double(max(1, tally.operations))
        var tiles = [
            Tile(
                value: Figures.grouped(tally.operations), name: "operations under load",
                isDoubtful: tally.operations == 0),
            Tile(
                value: Figures.share(tally.contended, of: tally.operations), name: "contention",
                isDoubtful: tally.contended == 0 && !report.identity.sequential),
            Tile(value: Figures.grouped(tally.losers), name: "compare-and-swap losers"),
            Tile(value: Figures.grouped(tally.ok), name: "ok", isDoubtful: tally.ok == 0),
            Tile(value: Figures.grouped(tally.fail), name: "fail: surely no effect"),
            Tile(
                value: Figures.share(tally.unknown, of: tally.operations),
                name: "unknown: \(Figures.grouped(tally.unknown))", isDoubtful: unknownShare > 0.1),
        ]
        if let spread = report.figures.releaseSpread {
            let most = Figures.duration(nanoseconds: spread.maximumNanoseconds)
            tiles.append(
                Tile(
                    value: Figures.duration(nanoseconds: spread.p50Nanoseconds),
                    name: "release spread of a burst, p50; max \(most)"))
        }
        if tally.hasRounds {
            let unanswered =
                tally.unansweredRounds > 0 ? ", \(Figures.grouped(tally.unansweredRounds)) unanswered" : ""
            tiles.append(
                Tile(
                    value: Figures.grouped(tally.rounds),
                    name: "rounds judged; \(Figures.grouped(tally.voidRounds)) void\(unanswered)",
                    isDoubtful: tally.voidRounds + tally.unansweredRounds >= max(1, tally.rounds)))
        }
        if let faults { tiles.append(faults) }
        return tiles
    }

    /// Faults that hit a replica while something was under way, of those declared or injected.
    private var faults: Tile? {
        let injected = material.history?.faults ?? []
        guard !injected.isEmpty || material.scenario?.faults.isEmpty == false else { return nil }
        let load = material.history?.operations.filter { $0.phase == .load } ?? []
        let landed = injected.filter { fault in
            load.contains { $0.invoked <= fault.end ?? .max && $0.returned ?? .max >= fault.start }
        }.count
        return Tile(
            value: "\(Figures.grouped(landed)) of \(Figures.grouped(injected.count))",
            name: "faults hit operations under way", isDoubtful: landed == 0)
    }
}
