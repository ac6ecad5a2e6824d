// Exit codes: the design's table, folding over several, and signals.

import Checking
import Core
import Testing

@testable import Engine

@Suite struct ExitStatusTests {
    @Test func verdictsHaveTheCodesOfTheDesign() {
        let codes = Verdict.allCases.map { ($0, Status($0).rawValue) }
        for (verdict, code) in codes {
            switch verdict {
            case .pass: #expect(code == 0)
            case .violation: #expect(code == 1)
            case .unknown: #expect(code == 2)
            case .degraded: #expect(code == 3)
            case .notRun: #expect(code == 4)
            }
        }
    }

    /// 1, 70, 4, 2, 3, 0: whatever stands earlier wins over everything later, in any order of arrival.
    @Test func theWorstWinsInTheOrderOfTheDesign() {
        let order: [Status] = [.violation, .fault, .notRun, .inconclusive, .degraded, .held]
        for (index, worse) in order.enumerated() {
            for better in order[index...] {
                #expect(Status.worst([worse, better]) == worse)
                #expect(Status.worst([better, worse]) == worse)
            }
        }
        #expect(Status.worst(order.reversed()) == .violation)
        #expect(Status.worst([]) == .inconclusive)
    }

    @Test func aSignalCountsOnlyWhereNothingWasFound() {
        for status in [Status.held, .inconclusive, .notRun] {
            #expect(status.after(.interrupt) == .interrupted)
            #expect(status.after(.terminate) == .terminated)
            #expect(status.after(nil) == status)
        }
        for status in [Status.violation, .degraded, .fault] {
            #expect(status.after(.interrupt) == status)
            #expect(status.after(.terminate) == status)
        }
    }
}
