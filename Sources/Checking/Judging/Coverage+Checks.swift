// What a model's coverage says of its pass: a check for each reason to doubt it, and remarks for the rest.

import Core
import Scenarios

extension Coverage {
    /// Reasons for which the model's pass would speak of what was not observed.
    ///
    /// - Parameter isRead: whether any read observed the model at all; if not, that is told elsewhere.
    func checks(of model: Model, _ facts: RunFacts, isRead: Bool) -> [Check] {
        unobservedChecks(of: model, isRead: isRead)
            + [keylessCheck(of: model), unknownCheck(of: model, facts)].compactMap(\.self)
    }

    /// As few as `unobservedLimit` go into the explanation.
    private func unobservedChecks(of model: Model, isRead: Bool) -> [Check] {
        guard hasReads, changed > 0 else { return [] }
        let name = "\(model.name): read after the last change"
        var checks: [Check] = []
        if Double(unobserved) > Self.unobservedLimit * Double(changed) {
            if let failed = gaps[.failed], let first = failed.first {
                checks.append(
                    Vacuity.missing(
                        name,
                        "\(Self.ofChanged(failed.count, changed)) could not be read after the last change, "
                            + "for instance \(first)\(gaveUp(on: first)); see why these reads fail, or "
                            + "declare with `absent` which answer means that nothing is there"))
            }
            if let lacking = gaps[.lacking], let first = lacking.first {
                checks.append(
                    Vacuity.missing(
                        "\(model.name): value of reads",
                        "on \(Self.ofChanged(lacking.count, changed)) a read was answered ok without what it "
                            + "should capture, for instance on \(first); correct the path of the capture, or "
                            + "declare with `absent` which answer means that nothing is there"))
            }
        }
        if checks.isEmpty, isRead, missing == changed {
            checks.append(
                Vacuity.missing(
                    name,
                    "no changed key was read after its last acknowledged change: add the read to `after` of a "
                        + "burst, or let the run end by itself, so that final reads are made"))
        }
        return checks
    }

    private func keylessCheck(of model: Model) -> Check? {
        guard !keylessAcknowledged.isEmpty else { return nil }
        let counted = keylessAcknowledged.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return Check(
            kind: .assumption, name: "\(model.name): key of changes", verdict: .unknown,
            explanation:
                "\(Figures.list(counted)) acknowledged without "
                + Figures.list(model.key.placeholders.map { "`\($0)`" })
                + ", so that nobody can say which key was changed; correct the capture, or declare under "
                + "`outcome` what such an answer means")
    }

    private func unknownCheck(of model: Model, _ facts: RunFacts) -> Check? {
        let changing = Set(model.operations).filter { facts.declaration($0)?.isRead != true }
        let isLimitedOtherwise = facts.scenario.thresholds.contains { threshold in
            threshold.measure == .outcome(.unknown) && threshold.operation.map(changing.contains) ?? true
        }
        guard !isLimitedOtherwise, Double(undecided) > Self.unknownLimit * Double(changes) else { return nil }
        return Vacuity.missing(
            "\(model.name): unknown outcomes",
            "\(undecided) of \(Figures.count(changes, "change")) have an unknown outcome that no read settled, "
                + "more than \(Figures.percent(Self.unknownLimit)): they could explain almost anything; see "
                + "why they were not answered, or state your own limit with a threshold on `unknown`")
    }

    /// What a pass leaves out, a clause each.
    var remarks: [String] {
        var remarks: [String] = []
        let open = gaps.values.flatMap(\.self)
        if changed > 0, hasReads, let first = open.min() {
            remarks.append(
                "\(Self.ofChanged(open.count, changed)) not observed after the last change, for instance "
                    + first)
        }
        for (operation, count) in lackingReads.sorted(by: { $0.key < $1.key }) {
            remarks.append("\(Figures.count(count, "answer")) of \(operation) lacked what is captured")
        }
        if let first = givenUp.first {
            remarks.append(
                "\(Figures.count(givenUp.count, "final read")) gave up, for instance \(first.text)")
        }
        if undecided > 0 {
            remarks.append(
                "\(undecided) of \(Figures.count(changes, "change")) with an unknown outcome that no read "
                    + "settled")
        }
        if keylessUnknown > 0 {
            remarks.append(
                "\(Figures.count(keylessUnknown, "change")) left out, whose key only a lost answer would have "
                    + "told")
        }
        return remarks
    }

    /// `2 of 60 changed keys`.
    private static func ofChanged(_ count: Int, _ changed: Int) -> String {
        "\(count) of " + Figures.count(changed, "changed key")
    }

    /// `: show on replica 0 (500) and on replica 1 (500)`.
    private func gaveUp(on key: String) -> String {
        let reads = givenUp.filter { $0.key == key }.prefix(4).map {
            "\($0.operation) on replica \($0.replica) (\($0.answer))"
        }
        return reads.isEmpty ? "" : ": " + Figures.list(Array(reads))
    }
}

extension Coverage.GivenUp {
    fileprivate var text: String { "\(operation) of \(key) on replica \(replica) (\(answer))" }
}
