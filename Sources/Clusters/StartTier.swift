// In which order a run starts and ends.

/// What a run starts, first to last.
///
/// All of a tier is ready before the next one starts. They end in the opposite order, which the supervisor
/// keeps even when contend is killed.
enum StartTier: Int, CaseIterable {
    case database, companion, service
}
