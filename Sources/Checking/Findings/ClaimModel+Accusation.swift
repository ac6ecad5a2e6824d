// How two holders of one claim are told.

import History

extension ClaimModel: AccusingModel {
    func accuse(_ contradiction: Contradiction<Self>) -> Accusation {
        let claims = contradiction.key.calls.filter { $0.action == .claim && $0.returned != nil }
        let names = contradiction.names(contradiction.changes.filter { $0.action == .claim })
        var accusation = Accusation(
            .duplicate,
            "\(claims.count) \(Figures.list(names)) of the one key "
                + "\(shown(.string(contradiction.key.key))) were acknowledged.",
            names: names)
        accusation.closing = "Nothing released the key in between: two hold it at once."
        return accusation
    }

    func remark(on action: ClaimAction) -> String? {
        switch action {
        case .claim: "claims it"
        case .release: "releases it"
        }
    }

    func opening(_ state: Bool) -> String? { nil }
}
