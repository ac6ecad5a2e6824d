// The supervisor's messages as JSON values and back; anything unexpected reads as nil.

import Core

extension SupervisorCommand {
    var value: Value {
        var members: [String: Value] = ["id": .int(id)]
        switch order {
        case .start(let process):
            members["do"] = "start"
            members["process"] = process.value
        case .signal(let key, let signal):
            members["do"] = "signal"
            members["key"] = .int(key)
            members["signal"] = .int(Int(signal))
        case .stop(let key, let steps):
            members["do"] = "stop"
            members["key"] = .int(key)
            if let steps { members["steps"] = .array(steps.map(\.value)) }
        case .register(let cleanUp):
            members["do"] = "register"
            members["cleanUp"] = cleanUp.value
        case .finish:
            members["do"] = "finish"
        }
        return .object(members)
    }

    init?(_ value: Value) {
        guard let id = value["id"]?.integer, let name = value["do"]?.text else { return nil }
        self.id = id
        switch name {
        case "start":
            guard let process = value["process"].flatMap({ SupervisedProcess($0) }) else { return nil }
            order = .start(process)
        case "signal":
            guard let key = value["key"]?.integer, let signal = value["signal"]?.integer else { return nil }
            order = .signal(key: key, signal: Int32(truncatingIfNeeded: signal))
        case "stop":
            guard let key = value["key"]?.integer else { return nil }
            order = .stop(key: key, steps: value["steps"]?.elements?.compactMap { StopStep($0) })
        case "register":
            guard let cleanUp = value["cleanUp"].flatMap({ CleanUp($0) }) else { return nil }
            order = .register(cleanUp)
        case "finish":
            order = .finish
        default:
            return nil
        }
    }
}

extension StopStep {
    var value: Value {
        .object(["signal": .int(Int(signal)), "graceMilliseconds": .int(Int(graceMilliseconds))])
    }

    init?(_ value: Value) {
        guard let signal = value["signal"]?.integer, let grace = value["graceMilliseconds"]?.integer
        else { return nil }
        self.init(signal: Int32(truncatingIfNeeded: signal), graceMilliseconds: Int64(grace))
    }
}

extension SupervisedProcess {
    var value: Value {
        .object([
            "key": .int(key), "name": .string(name), "arguments": .array(arguments.map(Value.string)),
            "environment": .object(environment.mapValues(Value.string)), "directory": .string(directory),
            "output": .string(output), "tier": .int(tier), "stop": .array(stop.map(\.value)),
        ])
    }

    init?(_ value: Value) {
        guard let key = value["key"]?.integer, let name = value["name"]?.text,
            let arguments = value["arguments"]?.elements?.compactMap(\.text),
            case .object(let environment)? = value["environment"],
            let directory = value["directory"]?.text, let output = value["output"]?.text,
            let tier = value["tier"]?.integer,
            let stop = value["stop"]?.elements?.compactMap({ StopStep($0) })
        else { return nil }
        self.init(
            key: key, name: name, arguments: arguments, environment: environment.compactMapValues(\.text),
            directory: directory, output: output, tier: tier, stop: stop)
    }
}

extension CleanUp {
    var value: Value {
        switch self {
        case .remove(let path):
            .object(["kind": "remove", "path": .string(path)])
        case .collect(let from, let into):
            .object(["kind": "collect", "from": .string(from), "into": .string(into)])
        case .dropDatabase(let server, let name):
            .object(["kind": "drop-database", "server": .string(server), "name": .string(name)])
        }
    }

    init?(_ value: Value) {
        switch value["kind"]?.text {
        case "remove":
            guard let path = value["path"]?.text else { return nil }
            self = .remove(path: path)
        case "collect":
            guard let from = value["from"]?.text, let into = value["into"]?.text else { return nil }
            self = .collect(from: from, into: into)
        case "drop-database":
            guard let server = value["server"]?.text, let name = value["name"]?.text else { return nil }
            self = .dropDatabase(server: server, name: name)
        default:
            return nil
        }
    }
}

extension SupervisorReply {
    var value: Value {
        switch self {
        case .serving(let pid):
            .object(["reply": "serving", "pid": .int(Int(pid))])
        case .started(let id, let key, let pid):
            .object(["reply": "started", "id": .int(id), "key": .int(key), "pid": .int(Int(pid))])
        case .done(let id):
            .object(["reply": "done", "id": .int(id)])
        case .failed(let id, let message):
            .object(["reply": "failed", "id": .int(id), "message": .string(message)])
        case .ended(let key, .exited(let code)):
            .object(["reply": "ended", "key": .int(key), "status": .int(Int(code))])
        case .ended(let key, .signalled(let signal)):
            .object(["reply": "ended", "key": .int(key), "signal": .int(Int(signal))])
        case .closing:
            .object(["reply": "closing"])
        case .finished(let id, let problems):
            .object(["reply": "finished", "id": .int(id), "problems": .array(problems.map(Value.string))])
        }
    }

    init?(_ value: Value) {
        let id = value["id"]?.integer
        let key = value["key"]?.integer
        let pid = value["pid"]?.integer.map { Int32(truncatingIfNeeded: $0) }
        switch value["reply"]?.text {
        case "serving":
            guard let pid else { return nil }
            self = .serving(pid: pid)
        case "started":
            guard let id, let key, let pid else { return nil }
            self = .started(id: id, key: key, pid: pid)
        case "done":
            guard let id else { return nil }
            self = .done(id: id)
        case "failed":
            guard let id, let message = value["message"]?.text else { return nil }
            self = .failed(id: id, message: message)
        case "ended":
            guard let key else { return nil }
            if let status = value["status"]?.integer {
                self = .ended(key: key, .exited(Int32(truncatingIfNeeded: status)))
            } else if let signal = value["signal"]?.integer {
                self = .ended(key: key, .signalled(Int32(truncatingIfNeeded: signal)))
            } else {
                return nil
            }
        case "closing":
            self = .closing
        case "finished":
            guard let id, let problems = value["problems"]?.elements else { return nil }
            self = .finished(id: id, problems: problems.compactMap(\.text))
        default:
            return nil
        }
    }
}

extension Value {
    fileprivate subscript(name: String) -> Value? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    fileprivate var integer: Int? {
        if case .int(let value) = self { value } else { nil }
    }
}
