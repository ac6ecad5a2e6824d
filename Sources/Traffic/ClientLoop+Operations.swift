// An operation from draw to return: values, recording before the first byte, steps, and what it came to.

import Core
import History
import NIOCore
import Scenario

extension ClientLoop {
    /// Draws, sends and records one operation.
    func perform(_ assignment: Assignment) async throws(TrafficError) -> Performed {
        let operation = try await prepare(assignment)
        try start(operation)
        return try await finish(operation)
    }

    /// As `perform`; `nil` where the operation cannot be sent.
    func performIfBound(_ assignment: Assignment) async throws(TrafficError) -> Performed? {
        guard let operation = try await prepareIfBound(assignment) else { return nil }
        try start(operation)
        return try await finish(operation)
    }

    // MARK: Before the first byte

    /// As `prepare`; `nil` where a placeholder cannot be filled, because an answer lacked the value.
    ///
    /// Such an operation is neither sent nor recorded, but counted: the run goes on.
    func prepareIfBound(_ assignment: Assignment) async throws(TrafficError) -> OpenOperation? {
        do {
            return try await prepare(assignment)
        } catch {
            guard let unsent = error.unsent else { throw error }
            skipped[unsent, default: 0] += 1
            if assignment.phase == .load { counted.withLock { $0.skipped += 1 } }
            return nil
        }
    }

    /// Everything that can be done before the first byte: values, first request, connection.
    func prepare(_ assignment: Assignment) async throws(TrafficError) -> OpenOperation {
        var generator = SeededGenerator(seed: plan.options.seed, draw: assignment.draw)
        var values = draw(assignment, using: &generator)
        let operation = assignment.operation
        var bindings = Bindings(values)
        for name in operation.secrets {
            bindings["secret.\(name)"] = plan.options.secrets[name].map(Value.string)
        }
        if plan.redactor != nil { values = values.mapValues(redacted) }
        let replica = replica(for: assignment, request: 0, using: &generator)
        let request: OutgoingRequest
        do {
            request = try render(0, of: operation, in: bindings, replica: replica)
        } catch {
            throw TrafficError(UnsentRequest(operation: operation.name, error: error, isFirst: true))
        }
        let record = OperationRecord(
            id: takeID(), client: assignment.client, name: operation.name, phase: assignment.phase,
            round: assignment.round, values: values, intended: assignment.intended, invoked: 0)
        let connection = try await connection(of: assignment.client, to: replica)
        return OpenOperation(
            assignment, generator: generator, bindings: bindings, record: record, request: request,
            replica: replica, connection: connection)
    }

    /// Key, varied and inherited values; what is inherited loses against what is the operation's own.
    private func draw(_ assignment: Assignment, using generator: inout SeededGenerator) -> [String: Value] {
        let operation = assignment.operation
        var values = setup.common.filter { operation.mentions.contains($0.key) }
        if !operation.keys.isEmpty {
            for key in operation.keys {
                let name = plan.keySpace.keys[key].name
                let index = plan.keySpace.draw(key, using: &generator)
                // The draw is made even if the value is given, so that later draws stay the same.
                guard assignment.inherited[name] == nil else { continue }
                let value =
                    assignment.keys?[name]
                    ?? .string(plan.keySpace.value(of: key, at: index, round: assignment.round))
                values[name] = value
                if let text = value.text, let captures = setup.byKey[name]?[text] {
                    values.merge(captures) { $1 }
                }
            }
        }
        values.merge(assignment.inherited) { $1 }
        for (position, varied) in operation.declaration.vary.enumerated() {
            values[varied.name] = draw(varied, at: position, of: assignment, using: &generator)
        }
        if operation.usesUnique {
            values["unique"] = .string("\(plan.keySpace.token)-\(assignment.draw.label)")
        }
        if operation.mentions.contains("client") { values["client"] = .int(assignment.client) }
        if let round = assignment.round { values["round"] = .int(round) }
        return values
    }

    private func draw(
        _ varied: NamedVariation, at position: Int, of assignment: Assignment,
        using generator: inout SeededGenerator
    ) -> Value {
        switch varied.variation {
        case .range(let range): return .int(Int.random(in: range, using: &generator))
        case .choice(let values): return values.randomElement(using: &generator) ?? .null
        case .sequence(let values):
            guard !values.isEmpty else { return .null }
            let place = "\(assignment.operation.name)/\(varied.name)"
            let count = withClient(assignment.client) { client in
                let count = client.sequences[place, default: 0]
                client.sequences[place] = count + 1
                return count
            }
            return values[count % values.count]
        case .unique:
            return .string("\(plan.keySpace.token)-\(assignment.draw.label)-v\(position)")
        }
    }

    /// - Parameter request: how many requests of the operation came before.
    private func replica(
        for assignment: Assignment, request: Int, using generator: inout SeededGenerator
    ) -> Int {
        let count = plan.replicas.count
        let requests = withClient(assignment.client) { client in
            client.requests += 1
            return client.requests - 1
        }
        if let replica = assignment.replica {
            guard plan.isBurst, assignment.phase == .load else { return replica % count }
            switch plan.scenario.load.spread {
            case .roundRobin: return (replica + request) % count
            case .random: return Int.random(in: 0..<count, using: &generator)
            case .pinned: return replica % count
            }
        }
        switch plan.scenario.load.spread {
        case .roundRobin: return (assignment.client + requests) % count
        case .random: return Int.random(in: 0..<count, using: &generator)
        case .pinned: return assignment.client % count
        }
    }

    /// A request that mentions nothing is rendered once for each replica.
    private func render(
        _ position: Int, of operation: OperationPlan, in bindings: Bindings, replica: Int
    ) throws(BindingError) -> OutgoingRequest {
        let step = operation.steps[position]
        guard let index = operation.index, step.placeholders.isEmpty else {
            return try renderer.render(step, in: bindings, replica: replica)
        }
        let place = ConstantPlace(operation: index, step: position, replica: replica)
        if let request = constants[place] { return request }
        let request = try renderer.render(step, in: bindings, replica: replica)
        constants[place] = request
        return request
    }

    // MARK: On the wire

    /// Stamps and records the operation, then writes its first byte.
    func start(_ operation: OpenOperation) throws(TrafficError) {
        let sent = plan.now()
        operation.record.invoked = sent
        operation.record.requests.append(request(of: operation, sent: sent))
        do { try writer.invoke(operation.record) } catch { throw recordingFailed(error) }
        operation.request.trace(trace(of: operation))
        operation.connection?.send(operation.request)
    }

    /// Awaits the answer and takes the further steps, until the operation has returned and is recorded.
    func finish(_ operation: OpenOperation) async throws(TrafficError) -> Performed {
        while true {
            var answer: ReceivedAnswer
            if let connection = operation.connection {
                answer = await connection.receive()
            } else {
                answer = .failed(.refused)
                answer.received = plan.now()
            }
            operation.wasRefused = operation.connection == nil
            if case .finish(let outcome) = try await take(answer, in: operation) {
                return try complete(operation, outcome: outcome)
            }
        }
    }

    private enum Continuation {
        case sent
        case finish(Outcome)
    }

    private func take(
        _ received: ReceivedAnswer, in operation: OpenOperation
    ) async throws(TrafficError) -> Continuation {
        let step = operation.plan.steps[operation.progress.step]
        let answer = answer(received, to: step)
        let (classified, reason) = step.declaration.outcome.classify(answer, isRead: !step.isWrite)
        // A deadline that was brought forward says nothing, whatever the rules make of a timeout.
        let outcome = isStopping && received.failure == .timeout ? .unknown : classified
        note(received, outcome: outcome, in: operation)
        operation.record.requests[operation.record.requests.count - 1].meets =
            step.shownAbsences(in: answer, outcome: outcome)
        if outcome == .ok { capture(from: answer, by: step, into: operation) }
        if journal != nil { tell(operation, received, outcome: outcome, reason: reason) }
        let next = operation.progress.answered(
            outcome, retryMatches: !isStopping && step.isRetried(answer), using: &operation.generator)
        switch next {
        case .finish(let outcome): return .finish(outcome)
        case .send(let step, _, let pause):
            if pause > 0 { await self.pause(until: plan.now() + pause) }
            // Nothing would end a request that is sent after the others were told to end.
            guard !isStopping else { return .finish(operation.progress.cannotContinue()) }
            return try await send(step, in: operation)
        }
    }

    private func send(_ step: Int, in operation: OpenOperation) async throws(TrafficError) -> Continuation {
        operation.replica = replica(
            for: operation.assignment, request: operation.record.requests.count, using: &operation.generator)
        do {
            operation.request = try render(
                step, of: operation.plan, in: operation.bindings, replica: operation.replica)
        } catch {
            let unsent = UnsentRequest(operation: operation.plan.name, error: error, isFirst: false)
            skipped[unsent, default: 0] += 1
            return .finish(operation.progress.cannotContinue())
        }
        operation.connection = try await connection(of: operation.assignment.client, to: operation.replica)
        let request = request(of: operation, sent: plan.now())
        operation.record.requests.append(request)
        do {
            try writer.attempt(request, captures: operation.record.captures, of: operation.record.id)
        } catch { throw recordingFailed(error) }
        operation.request.trace(trace(of: operation))
        operation.connection?.send(operation.request)
        return .sent
    }

    // MARK: After an answer

    private func answer(_ received: ReceivedAnswer, to step: StepPlan) -> Answer {
        var answer = Answer(status: received.status, failure: received.failure)
        if step.readsHeaders { answer.headers = received.headers }
        if step.readsJSON, let body = received.body { answer.json = try? JSON.parse(body.readableBytesView) }
        return answer
    }

    private func note(_ received: ReceivedAnswer, outcome: Outcome, in operation: OpenOperation) {
        let last = operation.record.requests.count - 1
        operation.record.requests[last].received = received.received
        operation.record.requests[last].status = received.status
        operation.record.requests[last].failure = received.failure
        operation.record.requests[last].outcome = outcome
        if outcome != .ok, let body = received.body, body.readableBytes > 0 {
            let text = redacted(
                beginning: body.readableBytesView, atMost: 4 * RequestRecord.excerptLimitBytes)
            operation.record.requests[last].excerpt = RequestRecord.excerpt(of: text)
        }
        if operation.assignment.phase == .load { counted.withLock { $0.requests += 1 } }
    }

    private func capture(from answer: Answer, by step: StepPlan, into operation: OpenOperation) {
        for (name, value) in captures(step.declaration.captures, from: answer) {
            operation.bindings[name] = value
            operation.record.captures[name] = redacted(value)
        }
    }

    private func complete(_ operation: OpenOperation, outcome: Outcome) throws(TrafficError) -> Performed {
        operation.record.outcome = outcome
        operation.record.returned = operation.record.requests.last?.received ?? plan.now()
        do { try writer.complete(operation.record) } catch { throw recordingFailed(error) }
        let needed = operation.plan.isNeeded && outcome == .ok
        var values: [String: Value] = [:]
        if needed || operation.assignment.phase != .load {
            // Secrets stay out of what is inherited: a needing operation binds them itself.
            values = operation.bindings.values.filter { !$0.key.hasPrefix("secret.") }
        }
        if needed { plan.needs.offer(operation.plan.name, values: values, needed: operation.plan.handedOn) }
        if operation.assignment.phase == .load { count(operation.record) }
        return Performed(
            outcome: outcome, wasRefused: operation.wasRefused, values: values, sent: operation.record.invoked
        )
    }

    private func count(_ record: OperationRecord) {
        counted.withLock { counters in
            switch record.outcome {
            case .ok: counters.ok += 1
            case .fail: counters.fail += 1
            case .unknown: counters.unknown += 1
            }
        }
        let nanoseconds = max(0, record.latencyNanoseconds ?? 0)
        recordLatency(of: record.name, microseconds: UInt64(nanoseconds / 1_000))
        guard !plan.liveThresholds.isEmpty else { return }
        live.withLock { live in
            for index in live.indices { live[index].add(record) }
        }
    }

    // MARK: Words

    private func request(of operation: OpenOperation, sent: Int64) -> RequestRecord {
        RequestRecord(
            step: operation.progress.step, attempt: operation.progress.attempt, replica: operation.replica,
            method: operation.request.method, target: redacted(operation.request.target), sent: sent)
    }

    private func trace(of operation: OpenOperation) -> RequestTrace {
        RequestTrace(
            seed: plan.options.seed, operation: operation.record.id,
            request: operation.record.requests.count - 1)
    }

    private func recordingFailed(_ error: HistoryError) -> TrafficError {
        TrafficError(.recording, "the history cannot be written, so the run ends here: \(error)")
    }

    func redacted(_ text: String) -> String { plan.redactor?.redact(text) ?? text }

    /// Redacted before it is cut, so that no half of a secret is left at the end.
    func redacted(beginning bytes: some Collection<UInt8>, atMost limit: Int) -> String {
        plan.redactor?.redact(beginning: bytes, atMost: limit)
            ?? String(decoding: bytes.prefix(limit), as: UTF8.self)
    }

    func redacted(_ value: Value) -> Value {
        guard plan.redactor != nil else { return value }
        switch value {
        case .null, .bool, .int, .double: return value
        case .string(let text): return .string(redacted(text))
        case .array(let elements): return .array(elements.map(redacted))
        case .object(let members): return .object(members.mapValues(redacted))
        }
    }
}

/// The values that an answer gives; a capture it lacks is left out.
func captures(_ declared: [Capture], from answer: Answer) -> [String: Value] {
    var values: [String: Value] = [:]
    for capture in declared {
        switch capture.source {
        case .status: values[capture.name] = answer.status.map(Value.int)
        case .header(let name):
            let name = name.lowercased()
            values[capture.name] = answer.headers.first { $0.name == name }.map { .string($0.value) }
        case .json(let path): values[capture.name] = answer.json.flatMap(path.evaluate)
        }
    }
    return values
}
