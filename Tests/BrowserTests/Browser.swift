// A headless Chromium, driven through two named pipes by its own protocol: JSON messages that end with a NUL.

import Foundation
import Glibc
import TestSupport

struct BrowserError: Error, CustomStringConvertible {
    var description: String
}

/// One browser with one page, for one test.
final class Browser {
    /// A browser that says nothing for so long is given up.
    static let patience = TimeInterval(Patience.limit.components.seconds)

    private let folder: String
    private let process = Process()
    private var input: Int32 = -1
    private var output: Int32 = -1
    private var pending: [UInt8] = []
    private var number = 0
    private var session: String?
    /// Everything that came beside the answers.
    private(set) var events: [[String: Any]] = []

    init(width: Int = 1280, height: Int = 900) throws {
        guard let program = Self.program else {
            throw BrowserError(
                description: "There is no Chromium: `scripts/install chromium` installs Debian's package.")
        }
        folder =
            FileManager.default.temporaryDirectory.appending(path: "contend-browser-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["in", "out"] where mkfifo("\(folder)/\(name)", 0o600) != 0 {
            throw BrowserError(description: "cannot make a pipe in \(folder)")
        }
        // Read and write, so that neither side waits for the other to open.
        input = Glibc.open("\(folder)/in", O_RDWR | O_CLOEXEC)
        output = Glibc.open("\(folder)/out", O_RDWR | O_NONBLOCK | O_CLOEXEC)
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments =
            [
                "-c", "in=$1 out=$2; shift 2; exec \"$@\" 3<\"$in\" 4>\"$out\"", "bash", "\(folder)/in",
                "\(folder)/out", program, "--headless=new", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
                "--disable-background-networking",
                "--remote-debugging-pipe", "--user-data-dir=\(folder)/profile",
                "--window-size=\(width),\(height)", "about:blank",
            ]
        process.environment = ProcessInfo.processInfo.environment.merging(["HOME": folder]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        try attach()
    }

    private static let program = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    private func attach() throws {
        let target = try call("Target.createTarget", ["url": "about:blank"])
        let attached = try call(
            "Target.attachToTarget", ["targetId": target["targetId"] ?? "", "flatten": true])
        session = attached["sessionId"] as? String
        for domain in ["Page", "Runtime", "Log", "Network"] { _ = try call("\(domain).enable") }
    }

    func close() {
        session = nil
        _ = try? call("Browser.close")
        let end = Date().addingTimeInterval(10)
        while process.isRunning, Date() < end { usleep(20_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        Glibc.close(input)
        Glibc.close(output)
        // Its children may still be writing their profile for a moment.
        for _ in 0..<50 where FileManager.default.fileExists(atPath: folder) {
            do { try FileManager.default.removeItem(atPath: folder) } catch { usleep(100_000) }
        }
    }

    // MARK: - What tests do

    /// Opens a page from a file, as a user would, and waits until it has loaded.
    func open(_ page: String) throws {
        let file = "\(folder)/page.html"
        try Data(page.utf8).write(to: URL(filePath: file))
        events = []
        _ = try call("Page.navigate", ["url": URL(filePath: file).absoluteString])
        try wait { $0["method"] as? String == "Page.loadEventFired" }
    }

    /// The value of an expression.
    func evaluate(_ script: String) throws -> Any? {
        let answer = try call(
            "Runtime.evaluate", ["expression": script, "returnByValue": true, "awaitPromise": true])
        if let failure = answer["exceptionDetails"] as? [String: Any] {
            throw BrowserError(description: "`\(script)` failed: \(failure)")
        }
        return (answer["result"] as? [String: Any])?["value"]
    }

    func number(_ script: String) throws -> Double {
        (try evaluate(script) as? NSNumber)?.doubleValue ?? .nan
    }

    func text(_ script: String) throws -> String { try evaluate(script) as? String ?? "" }

    func truth(_ script: String) throws -> Bool { try evaluate(script) as? Bool ?? false }

    /// Presses and releases a key that writes one character, or one with a name such as `ArrowRight`.
    func press(_ key: String) throws {
        var parameters: [String: Any] = ["type": "keyDown", "key": key]
        if key.count == 1 { parameters["text"] = key }
        _ = try call("Input.dispatchKeyEvent", parameters)
        _ = try call("Input.dispatchKeyEvent", ["type": "keyUp", "key": key])
    }

    func wheel(x: Double, y: Double, by delta: Double) throws {
        _ = try call(
            "Input.dispatchMouseEvent",
            ["type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": delta, "modifiers": 2])
    }

    func drag(from: (x: Double, y: Double), to: (x: Double, y: Double)) throws {
        for (type, place) in [("mousePressed", from), ("mouseMoved", to), ("mouseReleased", to)] {
            _ = try call(
                "Input.dispatchMouseEvent",
                [
                    "type": type, "x": place.x, "y": place.y, "button": "left", "clickCount": 1,
                    "buttons": type == "mouseReleased" ? 0 : 1,
                ])
        }
    }

    func resize(width: Int, height: Int, dark: Bool) throws {
        _ = try call(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
        _ = try call(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": dark ? "dark" : "light"]]])
    }

    func withoutScript() throws { _ = try call("Emulation.setScriptExecutionDisabled", ["value": true]) }

    func screenshot() throws -> Data {
        let answer = try call("Page.captureScreenshot", ["format": "png"])
        return (answer["data"] as? String).flatMap { Data(base64Encoded: $0) } ?? Data()
    }

    /// Errors that the console shows, and scripts that threw.
    var complaints: [String] {
        events.compactMap { event in
            let parameters = event["params"] as? [String: Any] ?? [:]
            switch event["method"] as? String {
            case "Runtime.exceptionThrown": return "\(parameters)"
            case "Runtime.consoleAPICalled":
                return ["error", "warning"].contains(parameters["type"] as? String) ? "\(parameters)" : nil
            case "Log.entryAdded":
                let entry = parameters["entry"] as? [String: Any] ?? [:]
                return ["error", "warning"].contains(entry["level"] as? String) ? "\(entry)" : nil
            default: return nil
            }
        }
    }

    /// Addresses that were asked for beside the page itself.
    var requests: [String] {
        events.filter { $0["method"] as? String == "Network.requestWillBeSent" }.compactMap { event in
            let request = (event["params"] as? [String: Any])?["request"] as? [String: Any]
            return request?["url"] as? String
        }.filter { !$0.hasSuffix("/page.html") }
    }

    // MARK: - The protocol

    private func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
        number += 1
        let id = number
        var message: [String: Any] = ["id": id, "method": method, "params": parameters]
        message["sessionId"] = session
        try send(Array(JSONSerialization.data(withJSONObject: message)) + [0])
        let answer = try wait { $0["id"] as? Int == id }
        if let error = answer["error"] { throw BrowserError(description: "\(method): \(error)") }
        return answer["result"] as? [String: Any] ?? [:]
    }

    private func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            guard count > 0 else { throw BrowserError(description: "the browser cannot be written to") }
            sent += count
        }
    }

    /// The first message of which `isWanted` holds; others are kept as events.
    @discardableResult
    private func wait(_ isWanted: ([String: Any]) -> Bool) throws -> [String: Any] {
        let end = Date().addingTimeInterval(Self.patience)
        while true {
            while let stop = pending.firstIndex(of: 0) {
                let message = Data(pending[..<stop])
                pending.removeSubrange(...stop)
                guard let value = try JSONSerialization.jsonObject(with: message) as? [String: Any] else {
                    continue
                }
                if value["id"] == nil { events.append(value) }
                if isWanted(value) { return value }
            }
            guard Date() < end, process.isRunning else {
                throw BrowserError(
                    description: process.isRunning
                        ? "the browser did not answer within \(Int(Self.patience)) s"
                        : "the browser ended by itself")
            }
            try receive()
        }
    }

    private func receive() throws {
        var wanted = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard poll(&wanted, 1, 200) > 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = buffer.withUnsafeMutableBytes { read(output, $0.baseAddress, $0.count) }
        if count > 0 { pending += buffer[..<count] }
    }
}
