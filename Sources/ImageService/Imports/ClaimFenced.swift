// A lease, and a fencing token in the statement that finishes: each claim counts the token up, and a worker
// whose token is old changes nothing.

/// Claims by compare-and-swap with a lease, and finishes only what is still its own.
struct ClaimFenced: ImportGuard {
    let database: any SQLDatabase

    func claim() async throws -> Claim? { try await claimBySwap(orExpired: true) }
    func finish(_ claim: Claim) async throws { try await finish(claim, ifStillMine: true) }
}
