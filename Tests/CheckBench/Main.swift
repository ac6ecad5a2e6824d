// Measures one kind of check on one generated history: `check-bench ROW [SEED]` prints CPU seconds of the
// check alone, its peak memory, and what it found.

import Checking
import Core
import Glibc
import Histories
import HistoryGenerator

@main
struct CheckBench {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "write" { return try SimulatedRun.write(arguments.dropFirst()) }
        guard let name = arguments.first, let row = Row.all.first(where: { $0.name == name }) else {
            for row in Row.all { print(row.name) }
            return
        }
        let seed = arguments.dropFirst().first.flatMap { UInt64($0) } ?? 42
        let measured = try await row.run(seed)
        let seconds = String(Double(Int(measured.seconds * 100_000)) / 100_000)
        print([row.name, seconds, "\(peakMebibytes())", measured.result].joined(separator: "\t"))
    }

    /// User and system time of this process.
    static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(0, &usage)
        let (user, system) = (usage.ru_utime, usage.ru_stime)
        return Double(user.tv_sec + system.tv_sec) + Double(user.tv_usec + system.tv_usec) / 1e6
    }

    static func peakMebibytes() -> Int {
        var usage = rusage()
        getrusage(0, &usage)
        return usage.ru_maxrss / 1024
    }
}

/// One line of the table.
struct Row {
    struct Measured {
        var seconds: Double
        var result: String
    }

    var name: String
    var run: (UInt64) async throws -> Measured

    static var all: [Row] {
        [
            register("register-10k") { _ in },
            register("register-10k-bad", isBad: true) { _ in },
            register("register-10k-30-processes") { $0.processes = 30 },
            register("register-10k-50-processes-unique", failedCompareAndSet: .ignored) {
                $0.processes = 50
                $0.isUnique = true
            },
            register("register-10k-50-processes-unique-mismatch") {
                $0.processes = 50
                $0.isUnique = true
            },
            register("register-100k") { $0.operations = 100_000 },
            register("register-1m") { $0.operations = 1_000_000 },
            register("register-10m") { $0.operations = 10_000_000 },
            register("1000-keys-1m") {
                $0.operations = 1_000_000
                $0.keys = 1000
            },
            parsed("1000-keys-1m-parsed"),
            transactions("list-append-100k", 100_000),
            transactions("list-append-1m", 1_000_000),
            foreign("elle-huge-scc", .listAppend) { $0 == "elle_huge-scc.jsonl" },
            foreign("etcd-worst-of-60", .casRegister) { $0.hasPrefix("etcd_") },
            sets("set-100k"),
            sets("set-100k-duplicate", isBad: true),
        ] + SimulatedRun.all.map(\.row)
    }

    private static func measured(
        _ options: ForeignOptions, _ operations: [ForeignOperation]
    ) async throws -> Measured {
        let start = CheckBench.cpuSeconds()
        let judgement = try ForeignCheck(options).judge(operations)
        let seconds = CheckBench.cpuSeconds() - start
        let found =
            judgement.violations.first.map { ", \($0.kind) by \($0.operations.count) operations" } ?? ""
        return Measured(seconds: seconds, result: judgement.verdict.rawValue + found)
    }

    private static func register(
        _ name: String, failedCompareAndSet: FailedCompareAndSet = .mismatch, isBad: Bool = false,
        _ change: @escaping (inout SimulatedRegister) -> Void
    ) -> Row {
        Row(name: name) { seed in
            var simulation = SimulatedRegister()
            simulation.seed = seed
            change(&simulation)
            var operations = simulation.history()
            if isBad {
                // A read at 90 % gives what nobody wrote.
                let from = operations.count * 9 / 10
                if let read = operations[from...].firstIndex(where: { $0.f == "read" }) {
                    operations[read].result = 777
                }
            }
            return try await measured(options(failedCompareAndSet), operations)
        }
    }

    private static func options(_ failedCompareAndSet: FailedCompareAndSet) -> ForeignOptions {
        var options = ForeignOptions(.casRegister)
        options.failedCompareAndSet = failedCompareAndSet
        options.initial = 0
        options.budget = 50_000_000
        return options
    }

    /// Written to a file first; only reading and judging are measured.
    private static func parsed(_ name: String) -> Row {
        Row(name: name) { seed in
            var simulation = SimulatedRegister()
            simulation.operations = 1_000_000
            simulation.keys = 1000
            simulation.seed = seed
            let file = "/tmp/contend-check-bench-\(getpid()).jsonl"
            defer { unlink(file) }
            try write(simulation.history(), to: file)
            let start = CheckBench.cpuSeconds()
            let operations = try ForeignHistory.operations(file)
            let reading = CheckBench.cpuSeconds() - start
            var all = try await measured(options(.mismatch), operations)
            all.seconds += reading
            return all
        }
    }

    private static func write(_ operations: [ForeignOperation], to file: String) throws {
        var lines: [(moment: Int64, text: String)] = []
        for operation in operations {
            func line(_ type: String, _ moment: Int64, _ value: Value) {
                lines.append(
                    (
                        moment,
                        "{\"index\":\(moment),\"process\":\(operation.process),\"type\":\"\(type)\",\"f\":\""
                            + "\(operation.f)\",\"value\":\(JSON.text(value)),\"key\":"
                            + "\(JSON.text(operation.key)),\"time\":\(moment)}\n"
                    ))
            }
            line("invoke", operation.invoked, operation.argument)
            if let returned = operation.returned {
                let value = operation.f == "read" ? operation.result : operation.argument
                line(operation.outcome == .ok ? "ok" : "fail", returned, value)
            }
        }
        lines.sort { $0.moment < $1.moment }
        guard let stream = fopen(file, "w") else { throw BenchError(message: "cannot write \(file)") }
        for line in lines { fputs(line.text, stream) }
        fclose(stream)
    }

    private static func transactions(_ name: String, _ count: Int) -> Row {
        Row(name: name) { seed in
            let history = simulatedTransactions(count, seed: seed)
            let start = CheckBench.cpuSeconds()
            let judgement = judgeTransactions(history)
            let seconds = CheckBench.cpuSeconds() - start
            let names = judgement.anomalies.map(\.name).joined(separator: ", ")
            return Measured(seconds: seconds, result: names.isEmpty ? "pass" : "violation, \(names)")
        }
    }

    /// Histories of others, where they lie; the slowest of them.
    private static func foreign(
        _ name: String, _ model: ForeignModel, _ isWanted: @escaping (String) -> Bool
    ) -> Row {
        Row(name: name) { _ in
            let folder = getenv("CONTEND_HISTORIES").map { String(cString: $0) } ?? "../shared/data/histories"
            var worst = Measured(
                seconds: 0, result: "skipped: CONTEND_HISTORIES names no folder of histories")
            guard let directory = opendir(folder + "/jsonl") else { return worst }
            defer { closedir(directory) }
            while let entry = readdir(directory) {
                let file = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard isWanted(file) else { continue }
                var options = ForeignOptions(model)
                options.findsExamples = false
                let operations = try ForeignHistory.operations(folder + "/jsonl/" + file)
                let found = try await measured(options, operations)
                if found.seconds >= worst.seconds { worst = found }
            }
            return worst
        }
    }

    private static func sets(_ name: String, isBad: Bool = false) -> Row {
        Row(name: name) { _ in
            var operations = SimulatedSet().history()
            if isBad, let last = operations.indices.last, let elements = operations[last].result.elements {
                operations[last].result = .array(elements + elements.prefix(1))
            }
            return try await measured(ForeignOptions(.setFull), operations)
        }
    }
}

struct BenchError: Error {
    var message: String
}

/// Serial list-append transactions of twenty processes whose times overlap: one to five operations each on
/// ten live keys, of which each is replaced after 32 appends.
func simulatedTransactions(_ count: Int, seed: UInt64) -> TransactionHistory {
    var random = SeededGenerator(state: seed)
    var history = TransactionHistory(.listAppend)
    var lists: [[Int32]] = Array(repeating: [], count: 10)
    var names = lists.indices.map { history.number(ofKey: .int($0)) }
    var nextKey = lists.count
    let processes = 20
    for number in 0..<count {
        // The serial order is that of the numbers; neighbours overlap.
        let moment = Int64(number) * 4
        history.begin(
            process: number % processes, outcome: .ok, invoked: moment,
            returned: moment + Int64(processes) * 4 - 1)
        for _ in 0..<(1 + random.below(5)) {
            let key = random.below(lists.count)
            if random.below(2) == 0 {
                history.read(lists[key], from: names[key])
            } else {
                history.write(Int32(lists[key].count), to: names[key])
                lists[key].append(Int32(lists[key].count))
            }
            if lists[key].count >= 32 {
                lists[key] = []
                names[key] = history.number(ofKey: .int(nextKey))
                nextKey += 1
            }
        }
    }
    return history
}
