// How many descriptors this process may open: a thousand clients of three replicas need three thousand.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

enum DescriptorLimit {
    /// Raises the soft limit to the hard one; replicas that already run keep theirs.
    static func raise() {
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        // Where it cannot be raised, connections that fail for want of descriptors say so.
        _ = setrlimit(resource, &limit)
    }
}
