// The fuzzer's corpus is read again by every run of the tests: captures of our own runs, and what once broke
// a reader.

import Core
import Foundation
import Fuzzing
import Testing

@Suite struct CorpusTests {
    private static let corpus = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzzing/Corpus")

    private static func seeds(of target: FuzzTarget) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: corpus.appending(path: target.rawValue), includingPropertiesForKeys: nil
        ).sorted { $0.path < $1.path }
    }

    @Test(arguments: FuzzTarget.allCases) func everySeedKeepsThePromises(of target: FuzzTarget) async throws {
        let seeds = try Self.seeds(of: target)
        #expect(!seeds.isEmpty, "the fuzzer begins with nothing")
        let scratch = try ScratchFolder()
        for seed in seeds {
            let broken = await target.brokenPromise(Array(try Data(contentsOf: seed)), scratch)
            #expect(broken == nil, "\(target.rawValue)/\(seed.lastPathComponent)")
        }
    }

    @Test(arguments: FuzzTarget.allCases) func seedsThatAreTornOrDamagedKeepThem(of target: FuzzTarget)
        async throws
    {
        let scratch = try ScratchFolder()
        var generator = SeededGenerator(state: 1)
        for seed in try Self.seeds(of: target) {
            let bytes = Array(try Data(contentsOf: seed))
            guard !bytes.isEmpty else { continue }
            for _ in 0..<20 {
                var damaged = bytes
                let position = Int(generator.next() % UInt64(bytes.count))
                if generator.next() % 2 == 0 { damaged.removeSubrange(position...) }
                if position < damaged.count {
                    damaged[position] = UInt8(truncatingIfNeeded: generator.next())
                }
                let broken = await target.brokenPromise(damaged, scratch)
                #expect(broken == nil, "\(target.rawValue)/\(seed.lastPathComponent), byte \(position)")
            }
        }
    }
}
