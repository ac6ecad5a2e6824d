// How two holders of one claim are told.

import Core

extension ClaimModel: AccusingModel {
    func accuse(_ contradiction: Contradiction<Self>) -> Accusation {
        let claims = contradiction.changes.filter { $0.action == .claim }
        let winners = contradiction.changes.count == 2 ? contradiction.allAlike(claims) : claims
        let names = contradiction.names(claims)
        let key = shown(.string(contradiction.key.key))
        var accusation = Accusation(.duplicate, "", names: names)
        switch winners.count {
        case 1:
            accusation.title = "\(Figures.list(names)) of the key \(key) was acknowledged while it was held."
        default:
            accusation.title =
                "\(winners.count) \(Figures.list(names)) of the one key \(key) were acknowledged."
        }
        accusation.closing = "Nothing released the key in between: two hold it at once."
        if claims.count > 2 {
            let most = claims.count - 1
            accusation.closing = "Releases allow no more than \(most) of them: two hold it at once."
        }
        accusation.named = claims.map(\.operation)
        return accusation
    }

    func remark(on action: ClaimAction) -> String? {
        switch action {
        case .claim: "claims it"
        case .release: "releases it"
        }
    }

    func opening(_ isHeld: Bool) -> String? {
        "Earlier operations are all explained and leave the key \(isHeld ? "held" : "free")."
    }
}
