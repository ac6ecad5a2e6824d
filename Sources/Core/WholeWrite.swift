// Writing to a descriptor that blocks, however the system cuts it.

import Glibc

/// Writes all of `bytes`; the error number where that fails, or else 0.
///
/// A write that takes nothing and names no error counts as `EIO`, so that a caller never waits for good.
public func writeWhole(_ bytes: some Collection<UInt8>, to descriptor: CInt) -> CInt {
    let whole = ContiguousArray(bytes)
    return whole.withUnsafeBytes { whole in
        var sent = 0
        while sent < whole.count {
            let rest = UnsafeRawBufferPointer(rebasing: whole[sent...])
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            sent += count
        }
        return 0
    }
}
