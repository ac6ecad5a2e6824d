// The text of a first scenario: short, commented, and valid as it stands.

import Scenarios

public struct ScenarioTemplate {
    var name: String
    var target: DraftTarget

    public init(name: String, target: DraftTarget) {
        self.name = name
        self.target = target
    }

    public var text: String {
        """
        # A scenario for contend. docs/scenario.md explains every key; `contend validate` checks this file.
        version: 1
        name: \(YAMLDocument.quoted(name))
        description: A value that was acknowledged must not be lost, whichever replica took it.

        \(target.text)
        # One request each. What is not said here is read from the status: 2xx ok, 4xx fail (surely no
        # effect), 5xx and timeouts unknown (either).
        operations:
          create:
            http: PUT /items/${{ item }}
            json: { value: "first" }
            outcome: { ok: "status 200, 201, 204" }
          update:
            http: PUT /items/${{ item }}
            json: { value: "${{ unique }}" }        # distinct for every writer
          show:
            http: GET /items/${{ item }}
            effect: none                            # a read: a lost answer tells nothing
            capture: { value: json $.value }

        # What must hold. `contend list models` shows the others.
        models:
          value:
            register:
              key: ${{ item }}
              initial: first
              write: { operation: update, value: "${{ unique }}" }
              read: { operation: show, value: "${{ value }}" }

        load:
          burst: { rounds: 100, clients: 12 }      # a fresh item a round, all clients released at one instant
          keys:
            item: { count: 1 }
          each-round:
            before: [create]
            mix: { update: 3, show: 1 }
            after: [show]                           # through each replica in turn

        thresholds:
          contention: ["rate>=20%"]                 # refuse a green run that raced nothing

        """
    }
}
