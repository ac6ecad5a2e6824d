// Planted: a claim never ends. A worker that dies takes its task with it.

/// Claims by compare-and-swap, without a lease.
struct ClaimForever: ImportGuard {
    let database: any SQLDatabase

    func claim() async throws -> Claim? { try await claimBySwap(orExpired: false) }
    func finish(_ claim: Claim) async throws { try await finish(claim, ifStillMine: false) }
}
