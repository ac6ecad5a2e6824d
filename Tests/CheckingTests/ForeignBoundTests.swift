// Numbers that are too large to be added up are refused; judging never overflows.

import Core
import Histories
import Testing

@testable import Checking

@Suite struct ForeignBoundTests {
    private func refusal(_ model: ForeignModel, _ operations: [(String, Value)]) async -> ForeignError? {
        let operations = operations.enumerated().map { number, told in
            ForeignOperation(
                process: number, f: told.0, argument: told.1, result: told.1, outcome: .ok,
                invoked: Int64(2 * number), returned: Int64(2 * number + 1), line: number + 1)
        }
        do {
            _ = try ForeignCheck(ForeignOptions(model)).judge(operations)
        } catch {
            return error
        }
        return nil
    }

    @Test(arguments: [Int.min, .max]) func theExtremesAreNoAmountOfACounter(number: Int) async {
        #expect(await refusal(.counter, [("add", .int(number))])?.line == 1)
        #expect(await refusal(.counter, [("add", 1), ("read", .int(number))])?.line == 2)
    }

    @Test func additionsAreRefusedWhereTheirSumIsTooLarge() async {
        let large = Int.max / 5
        let error = await refusal(.counter, [("add", .int(large)), ("add", .int(-large)), ("add", 1)])
        #expect(error?.line == 2 && error?.message.contains("too large") == true)
    }

    @Test(arguments: [Int.min, .max]) func theExtremesAreNoBalance(number: Int) async {
        #expect(await refusal(.bank, [("read", .object(["a": .int(number)]))])?.line == 1)
    }
}
