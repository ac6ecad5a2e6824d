// A benchmark in plain words: who reaches what share of whom at how many clients, and what it costs.

import Core
import Scenarios

extension Benchmark {
    /// A sentence or two for each panel and each value of the compared axis.
    public struct Reading: Sendable, Hashable {
        public var title: String
        public var sentences: [String]
    }

    public var reading: [Reading] {
        panels.map { panel in
            Reading(title: panel.title, sentences: series.flatMap { sentences(about: $0, in: panel) })
        }
    }

    /// From here on a share of lost operations is spoken of.
    static let lostWorthTelling = 0.05
    /// From this factor on another cost in processor time is spoken of.
    static let costWorthTelling = 1.5

    private func sentences(about value: Value, in panel: Panel) -> [String] {
        let cells = panel.cells.filter { $0.value(of: compared) == value }
        var sentences: [String] = []
        if value != reference, let sentence = share(of: value, cells, panel) { sentences.append(sentence) }
        if let sentence = losses(of: value, cells) { sentences.append(sentence) }
        if value != reference, let sentence = cost(of: value, cells, panel) { sentences.append(sentence) }
        return sentences
    }

    /// A value of the compared axis as a sentence names it.
    func named(_ value: Value) -> String {
        guard compared == Self.clients else { return value.plain }
        return Self.clientCount(value.plain)
    }

    private static func clientCount(_ count: String) -> String {
        "\(count) client\(count == "1" ? "" : "s")"
    }

    /// " at 4 clients", where that is not what is compared.
    private func at(_ clients: [String]) -> String {
        guard compared != Self.clients else { return "" }
        return " at \(Figures.list(clients)) client\(clients == ["1"] ? "" : "s")"
    }

    /// "row-lock reaches 0.8 of compare-and-swap at 4 clients, 0.3 at 32".
    private func share(of value: Value, _ cells: [BenchmarkCell], _ panel: Panel) -> String? {
        var ranked: [(ratio: String, clients: String)] = []
        var noisy: [String] = []
        var nothing: [String] = []
        var incomparable: [String] = []
        for cell in cells {
            let clients = cell.value(of: Self.clients)?.plain ?? "?"
            guard let standing = standing(of: cell, in: panel) else {
                if cell.runs.isEmpty { continue }
                if cell.runs.allSatisfy({ $0.goodput == 0 }) {
                    nothing.append(clients)
                } else {
                    incomparable.append(clients)
                }
                continue
            }
            guard standing.isRanked else {
                noisy.append(clients)
                continue
            }
            ranked.append((Self.ratio(standing.ratio.value), clients))
        }
        var parts: [String] = []
        let (name, other) = (named(value), named(reference))
        // Several clients are many, a guard is one.
        func verb(_ one: String, _ many: String) -> String {
            compared == Self.clients && value.plain != "1" ? many : one
        }
        if let first = ranked.first {
            let head = "\(verb("reaches", "reach")) \(first.ratio) of \(other)\(at([first.clients]))"
            let others = ranked.dropFirst().map { "\($0.ratio) at \($0.clients)" }
            parts.append(([head] + others).joined(separator: ", "))
        }
        if !noisy.isEmpty {
            parts.append(
                ranked.isEmpty
                    ? "against \(other) \(verb("is", "are")) too noisy to rank\(at(noisy))"
                    : "too noisy to rank\(at(noisy))")
        }
        if !nothing.isEmpty { parts.append("got nothing done\(at(nothing))") }
        if !incomparable.isEmpty {
            // Some run of it, or of the reference, has no goodput, and so no logarithm.
            parts.append("cannot be compared with \(other)\(at(incomparable)): a run got nothing done")
        }
        return parts.isEmpty ? nil : "\(name) \(parts.joined(separator: "; "))."
    }

    private func losses(of value: Value, _ cells: [BenchmarkCell]) -> String? {
        let told = cells.compactMap { cell -> String? in
            guard let lost = cell.lost?.value, lost >= Self.lostWorthTelling else { return nil }
            return Self.perThousand(lost) + at([cell.value(of: Self.clients)?.plain ?? "?"])
        }
        guard !told.isEmpty else { return nil }
        return "Of every 1,000 operations that \(named(value)) acknowledged, \(Figures.list(told)) were lost "
            + "or wrong; its goodput is what is left."
    }

    /// Processor time for each good operation at the most clients, where it differs much.
    private func cost(of value: Value, _ cells: [BenchmarkCell], _ panel: Panel) -> String? {
        guard let cell = cells.last, let other = referenceCell(for: cell, in: panel),
            let mine = cell.totalCPU, let theirs = other.totalCPU, theirs > 0
        else { return nil }
        let ratio = mine / theirs
        guard ratio >= Self.costWorthTelling || ratio <= 1 / Self.costWorthTelling else { return nil }
        let clients = cell.value(of: Self.clients)?.plain ?? "?"
        return
            "A good operation of \(named(value)) takes \(Self.ratio(ratio)) times the processor time of one of "
            + "\(named(reference))\(at([clients]))."
    }

    /// Two digits that mean something.
    static func ratio(_ value: Double) -> String {
        Figures.decimal(value, places: value < 0.095 ? 3 : value < 0.995 ? 2 : 1)
    }

    static func perThousand(_ value: Double) -> String {
        Figures.decimal(value, places: value < 10 ? 1 : 0)
    }
}

extension BenchmarkCell {
    /// Service and database together, for each 1000 good operations.
    var totalCPU: Double? {
        guard let service = serviceCPU?.value else { return nil }
        return service + (databaseCPU?.value ?? 0)
    }
}
