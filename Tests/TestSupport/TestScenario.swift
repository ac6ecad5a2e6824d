// A scenario over a replica of a few lines of Python, racy or not, so that real runs take a second or two.
//
// On a starved machine the clients of one round may not overlap: a run that is to pass has several.

import Foundation

public struct TestScenario {
    public var rounds: Int
    public var ready: String
    public var mode: String
    public var replica: String
    public var extra: String
    public var secrets: String

    public init(
        rounds: Int = 12, ready: String = "{ http: GET /ready, status: 200, within: \(Patience.text) }",
        mode: String = "racy", replica: String = TestScenario.script, extra: String = "", secrets: String = ""
    ) {
        self.rounds = rounds
        self.ready = ready
        self.mode = mode
        self.replica = replica
        self.extra = extra
        self.secrets = secrets
    }

    /// One row per item in SQLite: `racy` reads, waits, then writes; `safe` writes in one statement.
    public var text: String {
        """
        version: 1
        name: test-counter
        parameters: { mode: \(mode) }
        matrix: { mode: [racy, safe], clients: [4, 6] }
        expect:
          - { when: { mode: racy }, verdict: violation }
          - { verdict: pass }
        \(secrets)
        target:
          service:
            command: [python3, "\(replica)", "${{ port }}", "${{ database.path }}", "${{ mode }}"]
            replicas: 2
            ready: \(ready)
            stop: { signal: TERM, grace: 2s }
          database:
            sqlite: {}
        defaults: { timeout: \(Patience.text) }
        operations:
          create:
            http: PUT /items/${{ item }}
            json: { value: "first" }
          update:
            http: PUT /items/${{ item }}
            json: { value: "${{ unique }}" }
        \(Self.reading())
        load:
          burst: { rounds: \(rounds), clients: 4 }
          keys: { item: { count: 1 } }
          each-round:
            before: [create]
            mix: { update: 3, show: 1 }
            after: [show]
        \(extra)
        """
    }

    /// The read `show` of an item, which captures this, and the register `value` that `update` writes; stands
    /// behind other operations.
    public static func reading(_ captures: String = "value: json $.value") -> String {
        """
          show:
            http: GET /items/${{ item }}
            effect: none
            capture: { \(captures) }
        models:
          value:
            register:
              key: ${{ item }}
              initial: first
              write: { operation: update, value: "${{ unique }}" }
              read: { operation: show, value: "${{ value }}" }
        """
    }

    public static let script =
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Replica/replica.py").path
}
