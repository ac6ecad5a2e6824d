// What the operating system says of its errors.

import FoundationEssentials
import Glibc

/// The text of an error number.
public func systemMessage(_ code: CInt) -> String {
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
}

/// Why a file could not be read, written or removed, in the system's words; never an error of Foundation's as
/// it is, which nobody can read.
public func systemReason(of error: any Error) -> String {
    if let told = error as? any CodedError { return told.message }
    let posix = (error as? CocoaError)?.underlying as? POSIXError ?? error as? POSIXError
    return posix.map { systemMessage($0.code.rawValue) } ?? "the system did not say why"
}
