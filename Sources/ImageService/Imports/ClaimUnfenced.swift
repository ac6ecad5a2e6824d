// Planted: a lease that runs out under a living worker. Another worker runs the task again, and the slow one
// finishes as well.

/// Claims by compare-and-swap with a lease, and finishes whatever has happened meanwhile.
struct ClaimUnfenced: ImportGuard {
    let database: any SQLDatabase

    func claim() async throws -> Claim? { try await claimBySwap(orExpired: true) }
    func finish(_ claim: Claim) async throws { try await finish(claim, ifStillMine: false) }
}
