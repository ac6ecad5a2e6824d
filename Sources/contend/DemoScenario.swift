// The scenario of `contend demo`: deactivating an image must stick while somebody renames it through another
// replica.

enum DemoScenario {
    static let text = """
        # Written by `contend demo`; change it and run it with `contend run`.
        version: 1
        name: demo
        description: Deactivating an image must stick, even while somebody renames it through another replica.

        parameters:
          guard: check-then-act             # --set guard=compare-and-swap is the fix

        matrix:
          guard: [check-then-act, compare-and-swap, version-column, row-lock, serializable]
        expect:
          - { when: { guard: check-then-act }, verdict: violation }
          - { verdict: pass }

        target:
          service:
            command: [image-service, --port, "${{ port }}", --guard, "${{ guard }}"]
            environment: { DATABASE_URL: "${{ database.url }}" }
            replicas: 3
            ready: { http: GET /healthcheck, status: 200, within: 20s }
          database:
            sqlite: {}

        defaults:
          timeout: 10s

        operations:
          create:
            http: POST /v2/images
            json: { name: "first" }
            capture: { image: json $.id }
            outcome: { ok: status 201 }
          upload:
            http: PUT /v2/images/${{ image }}/file
            headers: { Content-Type: application/octet-stream }
            body: 1 KiB of zeros
            outcome: { ok: status 204 }
          deactivate:
            http: POST /v2/images/${{ image }}/actions/deactivate
            outcome: { ok: status 204, fail: "status 403, 404, 409" }
          rename:
            http: PATCH /v2/images/${{ image }}
            headers: { Content-Type: application/openstack-images-v2.1-json-patch }
            json: [{ op: replace, path: /name, value: "${{ unique }}" }]
            outcome: { ok: status 200, fail: "status 403, 404, 409" }
          show:
            http: GET /v2/images/${{ image }}
            effect: none
            capture: { status: json $.status, name: json $.name }

        models:
          status:
            state-machine:
              key: ${{ image }}
              initial: active
              transitions:
                - { operation: deactivate, from: [active, deactivated], to: deactivated }
              observe: { operation: show, state: "${{ status }}" }
          name:
            register:
              key: ${{ image }}
              initial: first
              write: { operation: rename, value: "${{ unique }}" }
              read: { operation: show, value: "${{ name }}" }

        load:
          burst: { rounds: 40, clients: 12 }
          each-round:
            before: [create, upload]
            mix: { deactivate: 1, rename: 3 }
            after: [show]

        thresholds:
          contention: ["rate>=20%"]

        """
}
