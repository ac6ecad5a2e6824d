// The keys of a regression: an order of statements that is played again.

import Core
import Histories

extension KeyTable {
    private static let request = Form.integer(1...ExploreSettings.requestsRange.upperBound)

    static let regression = KeyTable("a regression") {
        required("scenario", Form.text, "The name of the scenario in which it was found.")
        required("requests", Form.list(of: Form.text), "The operation of each request.")
        required("expect", Form.block(expectedFinding), "The finding that the order showed.")
        optional(
            "explore-for", Form.duration,
            "How long other orders are tried if it no longer fits; 60s by default.")
        required("schedule", Form.list(of: Form.block(regressionStep)), "The statements in their order.")
    }
    static let regressionStep = KeyTable("a step of a regression") {
        required("request", request, "Its number in `requests`, from 1.")
        required("statement", Form.text, "Its text, without values.")
        optional("waiting", Form.list(of: request), "Requests that wait for a lock by then.")
    }
    static let expectedFinding = KeyTable("an expected finding") {
        required("check", Form.text, "The model or invariant that was violated.")
        required("kind", .words(FindingKind.allCases.map(\.rawValue)), "The kind of finding.")
        required("class", Form.text, "The finding's class, as every report names it.")
    }
}
