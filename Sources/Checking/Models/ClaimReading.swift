// How claims are read from a run: at most one holds a key at a time.

import Core
import Histories
import Scenarios

struct ClaimReading: ModelReading {
    let claim: [Claim]
    let release: [String]

    var hasInitial: Bool { false }

    func isIdempotent(_ action: ClaimAction) -> Bool { false }

    func read(
        _ operation: OperationRecord, observed: [Value], into meanings: inout [Meaning<ClaimAction>]
    ) {
        if claim.contains(where: operation.mayClaim) { meanings.append(.change(.claim, retried: .claim)) }
        if release.contains(operation.name) { meanings.append(.change(.release, retried: .release)) }
    }

    func cases(of key: KeyCalls<ClaimAction>, initial: Value?, _ facts: RunFacts) -> [KeyCase<ClaimModel>] {
        [KeyCase(key, ClaimModel())]
    }
}

extension ClaimAction: KeyAction {}
