// What runs with Galera need of the machine beside MariaDB; for `contend doctor`.

enum GaleraParts {
    static func all(isNeeded: Bool) -> [MachinePart] {
        do throws(ClusterError) {
            return [MachinePart("Galera", .found, try GaleraPrograms.find().provider)]
        } catch {
            return [
                MachinePart(
                    "Galera", isNeeded ? .missing : .limited, error.message, remedy: GaleraPrograms.remedy)
            ]
        }
    }
}
