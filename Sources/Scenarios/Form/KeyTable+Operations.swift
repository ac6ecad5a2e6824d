// The keys of requests and of the operations that are made of them.

import Histories

extension KeyTable {
    private static let http = Key.required("http", Form.text, "METHOD /path")
    private static let request: [Key] = [
        http,
        .optional("headers", Form.headers, "Header names and their text."),
        .optional("json", Form.value, "Body as JSON, placeholders in its texts and names."),
        .optional("body", Form.text, "Body as text, or `1 KiB of zeros`; not beside `json`."),
        .optional("timeout", Form.duration, "Of one request."),
    ]
    private static let capture = Key.optional(
        "capture", Form.map(of: Form.text), "Values of an ok answer: `json $.path`, `header NAME`, `status`.")
    private static let vary = Key.optional(
        "vary", Form.map(of: .anyOf([Form.text, Form.list(of: Form.value), Form.block(sequence)])),
        "Values drawn for each operation: 1..3, [a, b], { sequence: [a, b] } or unique.")
    private static let effect = Key.optional(
        "effect", Form.words(["none"]), "`none`: a read, whose lost answer tells nothing.")
    private static let need = Key.optional(
        "needs", .anyOf([Form.text, Form.block(needs)]), "An earlier ok operation of this run.")
    private static let steps = Form.list(of: Form.block(step))
    private static let answering: [Key] = [
        .optional("outcome", Form.block(outcome), "How answers are read."),
        .optional("retry", Form.block(retry), "When the request is tried again."),
        .optional(
            "idempotent", Form.boolean, "`true`: a try whose outcome is unknown may be retried as well."),
    ]

    static let setup = KeyTable(
        block: "a setup request",
        entries: [.optional("for-each", Form.text, "A key of load.keys: once for each of its values.")]
            + request + [capture, expected])
    static let operation = KeyTable(
        block: "an operation",
        entries: request + [capture, vary, effect, need] + answering
            // Whoever gives them writes the block below.
            + [
                .optional(
                    "steps", Form.nothing, "Several requests in order, in place of the request's own keys.")
            ])
    static let operationWithSteps = KeyTable(
        block: "an operation with steps",
        entries: [vary, effect, need, .required("steps", steps, "Its requests, in order.")])
    static let step = KeyTable(
        block: "a step",
        entries: [.optional("name", Form.text, "For `retry.from`.")] + request + [capture] + answering
            + [
                .optional(
                    "effect", Form.words(["none"]),
                    "`none`: this step changes nothing, whatever its method.")
            ])
    static let retry = KeyTable(
        block: "retry",
        entries: [
            .required("when", Form.answers, "The answers that are retried."),
            .required("attempts", Form.integer(ScenarioDecoder.attemptsRange), "Tries in all."),
            .optional("from", Form.text, "The step to go back to, this or an earlier one."),
            .optional("backoff", Form.duration, "Longest pause before the second try; doubles from there."),
        ], instead: ["on": "when"])
    static let outcome = KeyTable(
        block: "outcome",
        entries: [
            .optional("ok", Form.answers, "Answers that show that it took effect."),
            .optional("fail", Form.answers, "Answers that show that it surely had no effect."),
            .optional("unknown", Form.answers, "Answers that leave it open."),
        ])
    static let needs = KeyTable(
        block: "needs",
        entries: [
            .required("operation", Form.text, "The operation needed."),
            .optional("reuse", Form.boolean, "`true`: clients race for it; else each is taken once."),
        ])
    static let sequence = KeyTable(
        block: "vary",
        entries: [.required("sequence", Form.list(of: Form.value), "These in order, over and over.")])
}
