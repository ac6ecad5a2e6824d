// The requests before the load: once, or once for each value of a key; any unexpected answer ends the run.

import Core
import History
import Scenario

extension ClientLoop {
    /// Sends one setup request and gives its captures.
    func setUp(
        _ request: SetupRequest, number: Int, of count: Int, key: (name: String, value: String)?
    ) async throws(TrafficError) -> [String: Value] {
        let step = Step(
            name: "setup", request: request.request, captures: request.captures,
            outcome: OutcomeRules(ok: request.expect))
        let name = plan.scenario.setup.count == 1 ? "setup" : "setup \(number + 1)"
        let operation = OperationPlan(
            OperationDeclaration(name: name, steps: [step]), index: nil, in: plan.scenario)
        var assignment = Assignment(
            operation: operation, client: 0, phase: .setup,
            draw: DrawIdentity(stream: .setup, client: 0, number: count))
        if let key {
            assignment.inherited = setup.byKey[key.name]?[key.value] ?? [:]
            assignment.inherited[key.name] = .string(key.value)
        }
        journal = []
        defer { journal = nil }
        let performed = try await perform(assignment)
        guard performed.outcome == .ok else {
            let exchange = journal?.last
            let request = exchange?.request.prefix { $0 != "\n" } ?? "the request"
            let answer = (exchange?.answer ?? "nothing").split(separator: "\n" as Character)
                .map { "    " + $0 }
            throw TrafficError(
                .setup,
                "\(name) was not answered as expected (\(exchange?.reason ?? "no answer")): \(request)\n"
                    + answer.joined(separator: "\n"))
        }
        return performed.values.filter { name, _ in request.captures.contains { $0.name == name } }
    }
}
