// The operations of a finding's smallest example as JSON, with the member names of the history file.

import Core
import History

extension OperationRecord {
    var document: Value {
        var members: [String: Value] = [
            "id": .int(id), "client": .int(client), "name": .string(name), "phase": .string(phase.rawValue),
            "invoked": .int(Int(invoked)), "outcome": .string(outcome.rawValue),
            "requests": .array(requests.map(\.document)),
        ]
        if let round { members["round"] = .int(round) }
        if !values.isEmpty { members["values"] = .object(values.dictionary) }
        if !captures.isEmpty { members["captures"] = .object(captures.dictionary) }
        if let intended { members["intended"] = .int(Int(intended)) }
        if let returned { members["returned"] = .int(Int(returned)) }
        return .object(members)
    }

    static var schema: JSONSchema {
        .object(
            [
                .required("id", .integer), .required("client", .natural), .required("name", .string),
                .required("phase", .words(of: Phase.self)), .optional("round", .natural),
                .optional("values", .map(of: .anything), "everything bound before sending"),
                .optional("captures", .map(of: .anything), "what its answers gave"),
                .optional("intended", .integer), .required("invoked", .integer),
                .optional("returned", .integer, "missing where no end is known"),
                .required("outcome", .words(of: Outcome.self)),
                .required("requests", .array(of: RequestRecord.schema)),
            ], isOpen: true
        ).described("Times are nanoseconds since the run's origin.")
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            id: try members.int("id"), client: try members.int("client"), name: try members.string("name"),
            phase: try members.name("phase", of: Phase.self), round: try members.optionalInt("round"),
            values: try members.object("values"), captures: try members.object("captures"),
            intended: try members.optionalInt("intended").map(Int64.init),
            invoked: Int64(try members.int("invoked")),
            returned: try members.optionalInt("returned").map(Int64.init),
            outcome: try members.name("outcome", of: Outcome.self),
            requests: try members.each("requests") { value, path throws(ReportError) in
                try RequestRecord(document: value, path: path)
            })
    }
}

extension RequestRecord {
    var document: Value {
        var members: [String: Value] = [
            "step": .int(step), "attempt": .int(attempt), "replica": .int(replica), "method": .string(method),
            "target": .string(target), "sent": .int(Int(sent)), "outcome": .string(outcome.rawValue),
        ]
        if let received { members["received"] = .int(Int(received)) }
        if let status { members["status"] = .int(status) }
        if let failure { members["failure"] = .string(failure.rawValue) }
        if let excerpt { members["excerpt"] = .string(excerpt) }
        return .object(members)
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            step: try members.int("step"), attempt: try members.int("attempt"),
            replica: try members.int("replica"), method: try members.string("method"),
            target: try members.string("target"), sent: Int64(try members.int("sent")),
            received: try members.optionalInt("received").map(Int64.init),
            status: try members.optionalInt("status"),
            failure: members["failure"] == nil
                ? nil : try members.name("failure", of: TransportFailure.self),
            outcome: try members.name("outcome", of: Outcome.self), excerpt: members["excerpt"]?.text)
    }
}
