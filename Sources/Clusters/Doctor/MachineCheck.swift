// Looks at the machine for everything that a run needs, as `contend doctor` shows it; nothing is left behind.

import Core
import Glibc
public import Scenarios

/// What runs would find on this machine.
public struct MachineCheck: Sendable {
    /// Root of run directories.
    let out: String
    let options: ClusterOptions
    /// The database whose parts no run can do without; the parts of the others are only told.
    let needed: DatabaseKind?

    public init(out: String, options: ClusterOptions, needed: DatabaseKind?) {
        self.out = out
        self.options = options
        self.needed = needed
    }

    public var parts: [MachinePart] {
        [cores, openFiles, ports, runs, bundledService] + DatabaseKind.parts(options, needed: needed)
    }

    /// Descriptors that a run of usual size needs: a thousand clients want about as many for each replica.
    static let usualDescriptors = 4_096
    static let leastDescriptors = 256

    private var cores: MachinePart {
        let count = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        guard count < 2 else { return MachinePart("cores", .found, Figures.grouped(count, "core")) }
        return MachinePart(
            "cores", .limited, "1 core: replicas take turns, so races show less often",
            remedy: "use a machine with two cores or more, or `contend explore`")
    }

    private var openFiles: MachinePart {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Self.openFiles(most: limit.rlim_max == rlim_t.max ? Int.max : Int(clamping: limit.rlim_max))
    }

    static func openFiles(most: Int) -> MachinePart {
        let count = most == Int.max ? "no limit" : "at most " + Figures.grouped(most)
        if most >= usualDescriptors { return MachinePart("open files", .found, count) }
        return MachinePart(
            "open files", most < leastDescriptors ? .missing : .limited,
            count + ": runs with many clients fail for want of connections",
            remedy: "raise the hard limit: `ulimit -Hn \(usualDescriptors)` as root")
    }

    private var ports: MachinePart {
        do throws(ClusterError) {
            _ = try LoopbackPorts().reserve(3)
            return MachinePart("ports", .found, "free ports on 127.0.0.1")
        } catch {
            return MachinePart(
                "ports", .missing, error.message,
                remedy: "end other servers, or give the container a loopback")
        }
    }

    /// The folder itself, or the one in which it would be made.
    private var runs: MachinePart {
        var folder = CommandLookup.absolute(out)
        while access(folder, F_OK) != 0, let slash = folder.lastIndex(of: "/"), folder != "/" {
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
        var details = stat()
        let isFolder = stat(folder, &details) == 0 && details.st_mode & S_IFMT == S_IFDIR
        guard isFolder, access(folder, W_OK | X_OK) == 0 else {
            let why = isFolder ? systemMessage(errno) : "no folder"
            return MachinePart(
                "run folder", .missing, "\(out) cannot be written (\(folder): \(why))",
                remedy: "give another folder with --out")
        }
        return MachinePart("run folder", .found, "\(out) can be written")
    }

    private var bundledService: MachinePart {
        let lookup = CommandLookup(
            searchPath: options.searchPath, path: options.environment["PATH"] ?? "", folders: [])
        switch lookup.find("image-service") {
        case .success(let path): return MachinePart("image-service", .found, path)
        case .failure:
            return MachinePart(
                "image-service", .limited, "not beside contend or in PATH: `contend demo` cannot run",
                remedy: "install contend as a whole")
        }
    }
}
