// Which names requests and models mention, and what an operation hands on to those that need it.

extension Scenario {
    /// Reads that `finally` invariants or models observe, in the scenario's order.
    public var finalReads: [OperationDeclaration] {
        var names = Set(models.flatMap(\.observers))
        for invariant in invariants {
            if case .finally(let condition) = invariant.kind {
                names.formUnion(condition.sides.flatMap(\.observers))
            }
        }
        return operations.filter { $0.isRead && names.contains($0.name) }
    }

    /// Names that the operations that need this one cannot do without and that it, or what it needs in turn,
    /// captures; as they mention them.
    public func handedOn(by declaration: OperationDeclaration) -> Set<String> {
        let captured = capturedNames(by: declaration)
        return operations.filter { $0.needs?.operation == declaration.name }.reduce(into: Set()) {
            $0.formUnion(missingNames(of: $1).intersection(captured))
        }
    }

    /// Its captures of which its client keeps something for its next operations.
    public func kept(by declaration: OperationDeclaration) -> Set<String> {
        let captures = declaration.steps.flatMap(\.captures).map(\.name)
        return Set(declaration.steps.flatMap(\.keeps).flatMap(\.value.placeholders)).intersection(captures)
    }

    /// What it and the operations that it needs in turn capture, as those that need it may mention it.
    private func capturedNames(by declaration: OperationDeclaration) -> Set<String> {
        var names: Set<String> = []
        var seen: Set<String> = []
        var next: OperationDeclaration? = declaration
        while let operation = next, seen.insert(operation.name).inserted {
            for capture in operation.steps.flatMap(\.captures) {
                names.formUnion([capture.name, "\(operation.name).\(capture.name)"])
            }
            next = (operation.needs?.operation).flatMap { self.operation(named: $0) }
        }
        return names
    }

    /// Names that its requests and models mention and that it neither varies nor captures before.
    private func missingNames(of declaration: OperationDeclaration) -> Set<String> {
        var own = Set(declaration.vary.map(\.name)).union(PlaceholderNames.operation).union(["round"])
        var missing: Set<String> = []
        missing.formUnion(declaration.vary.flatMap(\.variation.placeholders))
        for step in declaration.steps {
            missing.formUnion(step.request.placeholders.filter { !own.contains($0) })
            own.formUnion(step.captures.map(\.name))
        }
        for model in models {
            missing.formUnion(model.placeholders(of: declaration.name).filter { !own.contains($0) })
        }
        return missing
    }
}

extension Variation {
    public var placeholders: [String] { if case .known(let value) = self { value.placeholders } else { [] } }
}

extension RequestTemplate {
    public var placeholders: [String] {
        target.placeholders + headers.flatMap(\.value.placeholders) + (body?.placeholders ?? [])
    }
}

extension RequestTemplate.Body {
    public var placeholders: [String] {
        switch self {
        case .json(let value): value.placeholders
        case .text(let template): template.placeholders
        case .zeros: []
        case .form(let fields), .multipart(let fields):
            fields.flatMap {
                $0.value.placeholders + ($0.file.map { $0.name.placeholders + $0.type.placeholders } ?? [])
            }
        }
    }
}

extension Model {
    private var bindings: [(operation: String, templates: [Template])] {
        func written(_ bindings: [OperationBinding]) -> [(String, [Template])] {
            bindings.map { ($0.operation, [$0.value]) }
        }
        func seen(_ observations: [Observation]) -> [(String, [Template])] {
            observations.map { ($0.operation, [$0.value]) }
        }
        switch kind {
        case .register(let write, let read): return written(write) + seen(read)
        case .casRegister(let write, let compareAndSet, let read):
            return written(write) + compareAndSet.map { ($0.operation, [$0.expected, $0.new]) } + seen(read)
        case .stateMachine(let transitions, let observe):
            return transitions.map { ($0.operation, $0.from + [$0.to]) } + seen(observe)
        case .boundedCounter(_, _, let add, let subtract, let observe):
            return written(add) + written(subtract) + seen(observe)
        case .set(let add, let remove, let read, _): return written(add) + written(remove) + seen(read)
        case .unique(let claim, let release): return (claim.map(\.operation) + release).map { ($0, []) }
        case .bank(let transfer, let read, _, _): return transfer.map { ($0, []) } + seen(read)
        case .multiRegister, .listAppend, .rwRegister:
            return transactions.map { ($0.operation, $0.accesses.flatMap { [$0.key, $0.value] }) }
        }
    }

    /// Operations that it names, once for each time.
    public var operations: [String] { bindings.map(\.operation) }

    /// Names that must stand in the history for it to be judged.
    public var placeholders: [String] {
        var names = key.placeholders + (initial?.placeholders ?? [])
        if case .boundedCounter(let minimum, let limit, _, _, _) = kind {
            names += [minimum, limit].compactMap(\.self).flatMap(\.placeholders)
        }
        return names + bindings.flatMap { $0.templates.flatMap(\.placeholders) }
    }

    /// Names that it must find in the records of one operation.
    public func placeholders(of operation: String) -> [String] {
        let own = bindings.filter { $0.operation == operation }
        return own.isEmpty ? [] : key.placeholders + own.flatMap { $0.templates.flatMap(\.placeholders) }
    }

    /// Operations whose answers the model reads.
    public var observers: [String] {
        observations.map(\.operation) + transactions.filter(\.hasReads).map(\.operation)
    }
}

extension Expression {
    /// Operations whose answers the expression reads one by one.
    public var observers: [String] {
        switch self {
        case .literal, .sum, .count: []
        case .field(let operation, _): [operation]
        case .add(let left, let right), .subtract(let left, let right), .multiply(let left, let right):
            left.observers + right.observers
        }
    }
}
