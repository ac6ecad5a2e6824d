// How many descriptors this process may open: a thousand clients of three replicas need three thousand.

import Glibc

enum DescriptorLimit {
    /// Raises the soft limit to the hard one; replicas that already run keep theirs.
    static func raise() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        // Where it cannot be raised, connections that fail for want of descriptors say so.
        _ = setrlimit(resource, &limit)
    }
}
