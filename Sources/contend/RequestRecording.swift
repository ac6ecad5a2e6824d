// `contend init --record`: a service used by hand or by its tests, recorded until Ctrl-C.

import Dispatch
import Engine
import FoundationEssentials
import Glibc
import Histories
import RunStore
import Traffic

struct RequestRecording {
    /// Where the recording is kept.
    let file: String
    private let port: Int
    private let service: Address

    init(port: Int, service: String, scenario: String) throws(RunError) {
        guard let url = URL(string: service), url.scheme == "http", let host = url.host(), url.user() == nil,
            ["", "/"].contains(url.path()), url.query() == nil
        else {
            throw RunError(.usage, "--url \(service): expected http://host:port, the service to be recorded")
        }
        self.port = port
        self.service = Address(host: host, port: url.port ?? 80)
        file = URL(filePath: scenario).deletingPathExtension().path + ".har"
        guard !FileManager.default.fileExists(atPath: file) else {
            throw RunError(.usage, "\(Console.shown(file)) is there already; the recording would replace it")
        }
        let folder = URL(filePath: file).deletingLastPathComponent().path
        guard access(folder, W_OK) == 0 else {
            throw RunError(.usage, "cannot write into \(folder): \(String(cString: strerror(errno)))")
        }
    }

    /// The HTTP Archive of what was recorded, which is kept in the file as well.
    func untilInterrupted() throws(RunError) -> String {
        let interrupted = DispatchSemaphore(value: 0)
        let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { interrupted.signal() }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        let proxy: RecordingProxy
        do throws(TrafficError) {
            proxy = try RecordingProxy(port: port, service: service) { Console.tell("  \($0)") }
        } catch {
            throw RunError(.usage, error.message)
        }
        Console.tell(
            "Recording: use the service at http://127.0.0.1:\(proxy.port) in place of "
                + "http://\(service.host):\(service.port), then press Ctrl-C.")
        interrupted.wait()
        let count = proxy.count
        let text = JSON.text(proxy.stop())
        guard count > 0 else { throw RunError(.usage, "nothing was recorded") }
        try keep(text)
        Console.tell(
            "\(Console.shown(file)): \(count) exchanges. It holds what was sent, passwords and tokens included."
        )
        return text
    }

    /// For the user alone.
    private func keep(_ text: String) throws(RunError) {
        guard
            FileManager.default.createFile(
                atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else {
            throw RunError(.usage, "cannot write \(Console.shown(file)): \(String(cString: strerror(errno)))")
        }
    }
}
