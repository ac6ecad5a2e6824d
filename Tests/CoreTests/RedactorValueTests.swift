// Values as histories, reports and exchanges hold them are redacted all the way down.

import Core
import Testing

@Suite struct RedactorValueTests {
    private let value: Value = .object([
        "hunter22": .array([.string("Bearer hunter22"), .object(["url": .string("http://me:pw@host/")])]),
        "count": .int(22), "ratio": .double(2.5), "is": .bool(true), "gone": .null,
    ])

    @Test func everyTextInAValueIsRedactedAndNothingElse() {
        let redacted = Redactor(["hunter22"]).redact(value)
        #expect(
            redacted
                == .object([
                    "hunter22": .array([
                        .string("Bearer \(Redactor.mark)"),
                        .object(["url": .string("http://\(Redactor.mark)@host/")]),
                    ]),
                    "count": .int(22), "ratio": .double(2.5), "is": .bool(true), "gone": .null,
                ]))
    }

    @Test func membersAreRedactedAsTheirValuesAre() {
        let redactor = Redactor(["hunter22"])
        #expect(redactor.redact(["key": .string("a hunter22")]) == ["key": .string("a \(Redactor.mark)")])
    }

    @Test func aLoadWithoutSecretsIsRecordedAsItIs() {
        let redactor = Redactor.leavingAll
        #expect(redactor.redact(value) == value)
        #expect(redactor.redact("http://me:pw@host/") == "http://me:pw@host/")
        #expect(redactor.redact(beginning: "http://me:pw@host/".utf8, atMost: 9) == "http://me")
        #expect(redactor.redact(Array("http://me:pw@host/".utf8), isLast: true).text == nil)
        #expect(!redactor.hasValues)
    }
}
