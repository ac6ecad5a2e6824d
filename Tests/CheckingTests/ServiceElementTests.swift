// `phantoms: ignored`: elements that the service adds by itself are not judged, all others are as ever.

import Core
import Testing

@testable import Checking
@testable import Histories
@testable import Scenarios

@Suite struct ServiceElementTests {
    private func model(_ phantoms: Model.Phantoms, initial: Value? = .array([])) -> Model {
        Model(
            name: "tags",
            kind: .set(
                add: [OperationBinding(operation: "tag", value: .name("tag"))],
                remove: [OperationBinding(operation: "untag", value: .name("tag"))],
                read: [Observation(operation: "list", value: .name("tags"))], phantoms: phantoms),
            key: .name("key"), initial: initial.map { .literal($0) })
    }

    private func run(_ phantoms: Model.Phantoms = .ignored, initial: Value? = .array([])) -> RunBuilder {
        RunBuilder(model(phantoms, initial: initial), writes: ["tag", "untag"], reads: ["list"])
    }

    private func add(
        _ tag: String, _ from: Double, _ to: Double, _ outcome: Outcome = .ok, name: String = "tag",
        key: String = "k", unique: Bool = false, in run: inout RunBuilder
    ) {
        var values: [String: Value] = ["tag": .string(tag)]
        if unique { values["unique"] = .string(tag) }
        run.add(name, from, to, outcome, key: key, values: values)
    }

    private func list(
        _ tags: [Value], _ from: Double, _ to: Double, key: String = "k", in run: inout RunBuilder
    ) {
        run.add("list", from, to, key: key, captures: ["tags": .array(tags)])
    }

    /// An overlap, so that the run is no pass by chance; then reads with an element of the service.
    private func judged(
        _ phantoms: Model.Phantoms, initial: Value? = .array([]), last: [Value]
    ) -> Judgement {
        var run = run(phantoms, initial: initial)
        add("a", 0, 4, in: &run)
        list(["default"], 1, 2, in: &run)
        list(last, 5, 6, in: &run)
        return run.judged()
    }

    @Test func whatTheServiceAddsIsIgnoredOnRequestOnly() {
        #expect(judged(.ignored, last: ["a", "default"]).verdict == .pass)
        #expect(judged(.ignored, initial: nil, last: ["a", "default"]).verdict == .pass)
        #expect(judged(.ignored, last: ["a", "other"]).verdict == .pass, "it may take them away as well")
        #expect(judged(.reported, last: ["a", "default"]).findings.map(\.kind) == [.phantom])
    }

    @Test func aReadBeforeEverythingThatShowsTheServicesOwnContradictsNoInitialState() {
        var run = run()
        list(["default"], 0, 1, in: &run)
        add("a", 2, 5, in: &run)
        list(["default"], 3, 4, in: &run)
        list(["a", "default"], 6, 7, in: &run)
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
    }

    @Test func whatWasAddedIsStillLost() {
        #expect(judged(.ignored, last: ["default"]).findings.map(\.kind) == [.lostElement])
    }

    @Test func whatWasRemovedIsStillResurrected() {
        var run = run()
        add("a", 0, 2, in: &run)
        list(["default", "a"], 1, 3, in: &run)
        add("a", 4, 5, name: "untag", in: &run)
        list(["default", "a"], 6, 7, in: &run)
        #expect(run.judged().findings.map(\.kind) == [.resurrected])
    }

    @Test func aRefusedAdditionThatShowsIsStillFound() {
        var run = run()
        add("a", 0, 2, in: &run)
        add("b", 1, 3, .fail, in: &run)
        list(["a", "b", "default"], 4, 5, in: &run)
        #expect(run.judged().findings.map(\.kind) == [.refusedButApplied])
    }

    @Test func declaredElementsAreJudged() {
        #expect(
            judged(.ignored, initial: .array(["first"]), last: ["a", "default"]).findings.map(\.kind)
                == [.lostElement])
    }

    @Test func anElementThatIsThereBeforeItIsAddedIsTheServices() {
        var run = run()
        list(["a"], 0, 1, in: &run)
        add("b", 2, 5, in: &run)
        add("a", 3, 4, in: &run)
        list(["a", "b"], 6, 7, in: &run)
        #expect(run.judged().verdict == .pass, "\(run.judged().findings.map(\.title))")
        list(["b"], 8, 9, in: &run)
        #expect(run.judged().verdict == .violation)
    }

    @Test func onlyAnAddedElementMayNotComeTwice() {
        #expect(judged(.ignored, last: ["a", "default", "default"]).verdict == .pass)
        #expect(judged(.ignored, last: ["a", "a", "default"]).findings.map(\.kind) == [.duplicate])
    }

    @Test func whatWasDrawnForAnotherKeyIsStillAPhantom() {
        var run = run()
        add("u-1", 0, 2, key: "one", unique: true, in: &run)
        add("u-2", 1, 3, key: "two", unique: true, in: &run)
        list(["u-1"], 4, 5, key: "one", in: &run)
        list(["u-2", "u-1", "default"], 4, 6, key: "two", in: &run)
        #expect(run.judged().findings.map(\.kind) == [.phantom])
    }
}
