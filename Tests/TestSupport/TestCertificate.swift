// A certificate that signs itself, made by `openssl`, for servers of tests.

import Foundation

/// The files are removed with the value.
public final class TestCertificate: Sendable {
    private let folder: String
    public var certificate: String { folder + "/certificate.pem" }
    public var key: String { folder + "/key.pem" }

    /// - Parameter names: As in `subjectAltName`, such as `IP:127.0.0.1`.
    public init(for names: String) throws {
        folder = FileManager.default.temporaryDirectory.path + "/contend-certificate-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            [
                "openssl", "req", "-x509", "-nodes", "-days", "2", "-newkey", "ec", "-subj",
                "/CN=contend's test",
            ]
            + ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-addext", "subjectAltName=" + names]
            + ["-keyout", folder + "/key.pem", "-out", folder + "/certificate.pem"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw TestCertificateError() }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
}

struct TestCertificateError: Error {}
