// The version of contend, and the commit of which a program that is handed out was built.

import CPlatform

/// What a release is called.
let contendRelease = "0.1.0"

/// `0.1.0 (add14968)`; without the commit where `swift build` was called by hand.
public let contendVersion: String = {
    let commit = String(cString: contend_commit())
    return commit.isEmpty ? contendRelease : "\(contendRelease) (\(commit))"
}()
