// What the readers of API descriptions and recorded requests promise beside not to crash.

@testable import Drafting
@testable import Scenarios

/// Whatever is drafted is a valid scenario.
func checkDrafts(_ bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    let sources: [DraftSource] = [
        .openAPI(text, name: "fuzz"), .har(text, name: "fuzz"),
        .curl(text.split(separator: "\n").map(String.init)),
    ]
    for source in sources {
        let draft: ScenarioDraft
        do throws(DraftError) {
            draft = try ScenarioDraft(from: source, name: nil, entity: nil, target: nil)
        } catch {
            try promise(!error.message.isEmpty, "refused without a reason")
            continue
        }
        do throws(ScenarioErrors) {
            _ = try ScenarioFile(text: draft.text, path: "draft.yaml") { _ in "" }
        } catch {
            throw BrokenPromise(sentence: "the draft is no scenario: \(error)")
        }
    }
}
