// The keys of requests and of the operations that are made of them.

import Histories

extension KeyTable {
    private static let http = required("http", Form.text, "METHOD /path")
    private static let toService = optional(
        "service", Form.text, "Which of target.services; the first by default.")
    private static let sending = [
        toService,
        optional("http", Form.text, "METHOD /path"),
        optional("command", Form.list(of: Form.text), "Program and arguments, run beside a replica."),
    ]
    private static let request = [
        optional("headers", Form.headers, "Header names and their text."),
        optional("json", Form.value, "Body as JSON, placeholders in its texts and names."),
        optional("body", Form.text, "Body as text, or `1 KiB of zeros`."),
        optional(
            "form", Form.map(of: Form.oneOrMore(of: Form.text)),
            "Fields of an application/x-www-form-urlencoded body."),
        optional(
            "multipart", Form.map(of: .anyOf([Form.text, Form.block(upload)])),
            "Fields and files of a multipart/form-data body."),
        optional("timeout", Form.duration, "Of one request."),
    ]
    private static let capture = optional(
        "capture", Form.map(of: Form.text),
        "Of an ok answer: `json $.path`, `header NAME`, `cookie NAME`, `status`.")
    private static let keep = optional(
        "keep", Form.map(of: Form.value), "What the client keeps of an ok answer: names of load.state.")
    private static let vary = optional(
        "vary", Form.map(of: .anyOf([Form.text, Form.list(of: Form.value), Form.block(sequence)])),
        "Values drawn for each operation: 1..3, [a, b], { sequence: [a, b] } or unique.")
    private static let effect = optional(
        "effect", Form.words(["none"]), "`none`: a read, whose lost answer tells nothing.")
    private static let need = optional(
        "needs", .anyOf([Form.text, Form.block(needs)]), "An earlier ok operation of this run.")
    private static let steps = Form.list(of: .anyOf([Form.block(step), Form.block(wait)]))
    private static let answering = [
        optional("outcome", Form.block(outcome), "How answers are read."),
        optional("retry", Form.block(retry), "When the request is tried again."),
        optional(
            "idempotent", Form.boolean, "`true`: a try whose outcome is unknown may be retried as well."),
    ]

    static let setup = KeyTable("a setup request") {
        optional("for-each", Form.text, "A key of load.keys: once for each of its values.")
        http
        toService
        request
        [capture, expected]
    }
    static let operation = KeyTable("an operation", exactlyOne: [["http", "command"]]) {
        sending
        request
        [capture, keep, vary, effect, need]
        answering
        // Whoever gives them writes the block below.
        optional("steps", Form.nothing, "Several requests in order, in place of the request's own keys.")
    }
    static let operationWithSteps = KeyTable("an operation with steps") {
        [vary, effect, need]
        required("steps", steps, "Its requests, in order.")
    }
    static let step = KeyTable("a step", exactlyOne: [["http", "command"]]) {
        optional("name", Form.text, "For `retry.from`.")
        sending
        request
        [capture, keep]
        answering
        optional("effect", Form.words(["none"]), "`none`: this step changes nothing, whatever its method.")
    }
    static let wait = KeyTable("a wait") {
        required("wait", .anyOf([Form.duration, Form.block(waitRange)]), "How long, between two steps.")
    }
    static let waitRange = KeyTable("a wait's range") {
        required("from", Form.duration, "The shortest.")
        required("to", Form.duration, "The longest.")
    }
    static let upload = KeyTable("a file of multipart") {
        required("file", Form.text, "The file's name.")
        optional("type", Form.text, "Its content type; application/octet-stream by default.")
        required("content", Form.text, "What is in it.")
    }
    static let retry = KeyTable("retry", instead: ["on": "when"]) {
        required("when", Form.answers, "The answers that are retried.")
        required("attempts", Form.integer(ScenarioDecoder.attemptsRange), "Tries in all.")
        optional("from", Form.text, "The step to go back to, this or an earlier one.")
        optional("backoff", Form.duration, "Longest pause before the second try; doubles from there.")
    }
    static let outcome = KeyTable("outcome") {
        optional("ok", Form.answers, "Answers that show that it took effect.")
        optional("fail", Form.answers, "Answers that show that it surely had no effect.")
        optional("unknown", Form.answers, "Answers that leave it open.")
    }
    static let needs = KeyTable("needs") {
        required("operation", Form.text, "The operation needed.")
        optional("reuse", Form.boolean, "`true`: clients race for it; else each is taken once.")
    }
    static let sequence = KeyTable("vary") {
        required("sequence", Form.list(of: Form.value), "These in order, over and over.")
    }
}
