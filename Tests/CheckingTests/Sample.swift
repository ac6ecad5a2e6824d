// How many random histories a property sees: few in `make test`, many in `make test-full`.

import Foundation

enum Sample {
    static let isFull = ProcessInfo.processInfo.environment["CONTEND_FULL"] == "1"

    /// So many in a short run, fifty times as many in a full one.
    static func histories(_ count: Int) -> Int { isFull ? 50 * count : count }
}
