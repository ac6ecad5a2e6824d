// Scenarios for the bundled image-service and for a few lines of Python.

import TestSupport

enum Scenarios {
    /// Two replicas of a few lines of Python.
    static func counter(rounds: Int = 10, mode: String = "safe", ready: Int = 200) -> String {
        TestScenario(
            rounds: rounds,
            ready: "{ http: GET /ready, status: \(ready), within: \(ready == 200 ? Patience.text : "1s") }",
            mode: mode
        ).text
    }

    /// Three image-services under a burst that lasts longer than any test.
    static func images(database: String) -> String {
        """
        version: 1
        name: images
        target:
          service:
            command: [image-service, --port, "${{ port }}", --guard, compare-and-swap]
            environment: { DATABASE_URL: "${{ database.url }}" }
            replicas: 3
            ready: { http: GET /healthcheck, status: 200, within: \(Patience.text) }
          database:
            \(database): {}
        operations:
          create:
            http: POST /v2/images
            json: { name: "first" }
            capture: { image: json $.id }
          rename:
            http: PATCH /v2/images/${{ image }}
            headers: { Content-Type: application/openstack-images-v2.1-json-patch }
            json: [{ op: replace, path: /name, value: "${{ unique }}" }]
          show:
            http: GET /v2/images/${{ image }}
            effect: none
            capture: { name: json $.name }
        models:
          name:
            register:
              key: ${{ image }}
              initial: first
              write: { operation: rename, value: "${{ unique }}" }
              read: { operation: show, value: "${{ name }}" }
        load:
          burst: { rounds: 100000, clients: 6 }
          each-round:
            before: [create]
            mix: { rename: 1 }
            after: [show]

        """
    }
}
