// Guesses about actions such as `/orders/{id}/cancel`: which state they lead to, or which count they change.

import Core
import Histories
import Scenarios

extension EntityDraft {
    // MARK: - States

    /// States of actions whose names begin otherwise.
    private static let results: [String: [String]] = [
        "pay": ["paid"], "send": ["sent"], "start": ["running", "inprogress"], "run": ["running"],
        "deactivate": ["inactive", "disabled"], "disable": ["inactive"], "enable": ["active"],
        "stop": ["off"],
        "begin": ["inprogress", "running"], "finish": ["done", "completed"], "complete": ["done"],
        "deny": ["denied", "rejected"],
        "buy": ["sold"], "withdraw": ["withdrawn"], "resume": ["active", "running"], "reactivate": ["active"],
    ]

    /// The state among `states` that `verb` leads to.
    static func state(after verb: String, among states: [String]) -> String? {
        let verb = verb.plainName
        let known = results[verb] ?? []
        if let state = states.first(where: { known.contains($0.plainName) }) { return state }
        // cancel and cancelled, ship and shipped, activate and active; but not active for act.
        let stem = verb.hasSuffix("e") || verb.hasSuffix("y") ? verb.dropLast() : verb[...]
        guard stem.count >= 3 else { return nil }
        return states.first { state in
            let state = state.plainName
            return state != verb && state.hasPrefix(stem) || verb == "activate" && state == "active"
        }
    }

    /// Adds the actions that lead to a state, and gives their paths.
    mutating func addStates() -> Set<String> {
        guard let result = entity.read?.result,
            let path = ["status", "state", "phase"].compactMap({ entity.path(of: $0, in: result) })
                .first,
            let schema = result.property(at: path), let states = schema.choices?.compactMap(\.text),
            states.count > 1
        else { return [] }
        let actions = entity.actions.compactMap { action in
            Self.state(after: action.segments.last ?? "", among: states).map { (action, $0) }
        }.prefix(3)
        guard !actions.isEmpty else { return [] }
        let targets = Set(actions.map(\.1))
        let initial =
            schema.members["default"]?.text ?? states.first { !targets.contains($0) } ?? states[0]
        var lines = ["state-machine:", "  key: \(YAMLDocument.quoted(identity(entity)))"]
        lines += ["  initial: \(YAMLDocument.quoted(initial))", "  transitions:"]
        for (action, target) in actions {
            let name = addAction(action)
            let place = states.firstIndex(of: target) ?? 0
            var from = place == 0 ? states.filter { $0 != target } : Array(states[..<place])
            if !["409", "400", "412", "423"].contains(where: { status in
                action.answers.contains { $0.status == status }
            }) {
                from.append(target)
            }
            if !from.contains(initial) { from.append(initial) }
            let states = YAMLDocument.flow(.array(from.map { .string($0) }))
            lines.append("    - { operation: \(name), from: \(states), to: \(YAMLDocument.quoted(target)) }")
        }
        lines.append("  observe: { operation: \(show), state: \"${{ \(captured(path)) }}\" }")
        draft.guesses.append(
            .init(
                name: "\(path.last?.draftName ?? "state")-changes",
                why: "these actions lead to these states, and a new \(name) is \(initial).", lines: lines))
        judged.insert(path)
        return Set(actions.map(\.0.path))
    }

    private mutating func addAction(_ action: APIOperation) -> String {
        let name = free((action.segments.last ?? "act").draftName)
        var request = request(action, named: name)
        if let body = action.body, case let value = sample(body.schema, "${{ unique }}", for: name),
            value != .object([:])
        {
            Self.setBody(value, of: body, on: &request)
        }
        draft.operations.append(request)
        draft.mix.append(name)
        return name
    }

    // MARK: - Counts

    private static let left = [
        "stock", "remaining", "available", "left", "balance", "credits", "inventory", "seats", "quantity",
    ]
    private static let used = [
        "used", "sold", "reserved", "redeemed", "uses", "usedcount", "count", "booked", "taken",
        "redemptions", "sales",
    ]
    private static let limits = [
        "allowed", "limit", "max", "maximum", "capacity", "quota", "maxuses", "total", "maxredemptions",
    ]
    private static let takers = [
        "buy", "purchase", "reserve", "redeem", "take", "book", "order", "withdraw", "consume", "use",
        "decrement", "sell",
        "checkout", "reservation", "booking", "redemption", "ticket", "purchase", "sale", "spend",
    ]
    private static let amounts = ["quantity", "units", "amount", "count", "qty", "number", "seats"]
    /// So few that a burst of clients comes to the end of it.
    private static let stock = 5

    /// Every taking is counted, and no more are given out than there are.
    mutating func addCount(besides others: Set<String>) {
        guard let read = entity.read,
            let action = entity.actions.first(where: {
                !others.contains($0.path) && $0.method == "POST"
                    && Self.takers.contains(($0.segments.last ?? "").plainName.singular)
            })
        else { return }
        let create = entity.create.body?.schema
        // Where the read is not described, it shows what was created.
        let remaining = path(ofCount: Self.left, in: create).flatMap { path in
            self.path(ofCount: [path.last ?? ""], in: read.result) ?? (read.result == nil ? path : nil)
        }
        guard let counted = remaining ?? path(ofCount: Self.used, in: read.result) else { return }
        let name = addAction(action)
        if let body = action.body {
            let amount = path(ofCount: Self.amounts, in: body.schema)
            if let amount, let index = draft.operations.firstIndex(where: { $0.name == name }) {
                let value = sample(body.schema, "${{ unique }}", for: name).setting(1, at: amount)
                draft.operations[index].headers.removeAll { $0.name == "Content-Type" }
                Self.setBody(value, of: body, on: &draft.operations[index])
            }
        }
        let field = "\(show).\(captured(counted))"
        let isLeft = remaining != nil
        let limit = isLeft ? path(ofCount: Self.left, in: create) : path(ofCount: Self.limits, in: create)
        if let limit {
            setCreated(.int(Self.stock), at: limit)
            judged.insert([limit.last ?? ""])
            judged.formUnion(
                [read.result.flatMap { entity.path(of: limit.last ?? "", in: $0) }].compactMap { $0 })
        }
        if !isLeft, let path = path(ofCount: Self.used, in: create) { setCreated(0, at: path) }
        judged.insert(counted)
        add(
            "every \(name) is counted", "each `\(name)` changes \(field) by one.",
            "finally: \(field) == " + (isLeft ? "\(Self.stock) - count(\(name))" : "count(\(name))"))
        if isLeft { add("never below zero", "no more is given out than there is.", "always: \(field) >= 0") }
        if !isLeft, limit != nil {
            add(
                "never above the limit", "no more is given out than is allowed.",
                "always: \(field) <= \(Self.stock)")
        }
    }

    /// The first of these fields that is a whole number.
    private func path(ofCount names: [String], in schema: Schema?) -> [String]? {
        guard let schema else { return nil }
        return names.lazy.compactMap { entity.path(of: $0, in: schema) }.first {
            schema.property(at: $0)?.type == "integer"
        }
    }

    private mutating func add(_ name: String, _ why: String, _ line: String) {
        draft.guesses.append(.init(name: name, why: why, lines: [line], isInvariant: true))
    }
}
