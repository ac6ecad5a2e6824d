// The page in its four looks: light and dark, wide and narrow. `scripts/screenshots` keeps what this sees.

import Foundation
import Testing

@Suite(.serialized) struct AppearanceTests {
    struct Look: Sendable, CustomTestStringConvertible {
        var name: String
        var width: Int
        var height: Int
        var dark: Bool

        var testDescription: String { name }
    }

    static let looks = [
        Look(name: "report-light-wide", width: 1280, height: 1500, dark: false),
        Look(name: "report-dark-wide", width: 1280, height: 1500, dark: true),
        Look(name: "report-light-narrow", width: 400, height: 1500, dark: false),
        Look(name: "report-dark-narrow", width: 400, height: 1500, dark: true),
    ]

    @Test(arguments: looks) func thePageFitsAndFollowsTheScheme(_ look: Look) throws {
        let environment = ProcessInfo.processInfo.environment
        let page = try environment["CONTEND_PAGE"].map { try String(contentsOfFile: $0, encoding: .utf8) }
        let browser = try Browser()
        defer { browser.close() }
        try browser.resize(width: look.width, height: look.height, dark: look.dark)
        try browser.open(try page ?? Pages.race())
        #expect(
            try browser.number("document.documentElement.scrollWidth") <= Double(look.width),
            "nothing sticks out")
        let brightness = try browser.number(
            "(c => (c[0] * 3 + c[1] * 6 + c[2]) / 10)(getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number))"
        )
        #expect(look.dark ? brightness < 60 : brightness > 200)
        let image = try browser.screenshot()
        #expect(image.count > 10_000 && image.count < 300_000)
        if let folder = environment["CONTEND_SCREENSHOTS"] {
            try image.write(to: URL(filePath: "\(folder)/\(look.name).png"))
        }
        #expect(browser.complaints == [])
    }
}
