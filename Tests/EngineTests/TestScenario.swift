// A scenario over a replica of a few lines of Python, racy or not, so that real runs take a second or two.

import Foundation

struct TestScenario {
    var rounds = 12
    var ready = "{ http: GET /ready, status: 200, within: 20s }"
    var replica = TestScenario.script
    var extra = ""
    var secrets = ""

    /// One counter row per item in SQLite: `racy` reads, waits, then writes; `safe` adds in one statement.
    var text: String {
        """
        version: 1
        name: test-counter
        parameters: { mode: racy }
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
        defaults: { timeout: 10s }
        operations:
          create:
            http: PUT /items/${{ item }}
            json: { value: "first" }
          update:
            http: PUT /items/${{ item }}
            json: { value: "${{ unique }}" }
          show:
            http: GET /items/${{ item }}
            effect: none
            capture: { value: json $.value }
        models:
          value:
            register:
              key: ${{ item }}
              initial: first
              write: { operation: update, value: "${{ unique }}" }
              read: { operation: show, value: "${{ value }}" }
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

    static let script =
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Replica/replica.py").path
}
