// The executable: becomes the supervisor where it is asked to, else parses the command line.

import ArgumentParser
import Clusters
import Glibc

@main
struct Main {
    static func main() async {
        // Before anything else runs in the process: the supervisor wants it to itself.
        if CommandLine.arguments.dropFirst().first == SuperviseCommand.configuration.commandName {
            exit(Supervisor.run())
        }
        // Should the supervisor be killed, what it started comes here.
        Supervisor.adoptOrphans()
        // A closed pipe is an error of one write, and no reason to leave replicas behind.
        signal(SIGPIPE, SIG_IGN)
        // So is a file that may grow no further: it is told as a full disk is.
        signal(SIGXFSZ, SIG_IGN)
        await ContendCommand.main()
    }
}
