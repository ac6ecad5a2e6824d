// What a reader can do with a report, in a real browser: move, zoom, filter; and what a service cannot do
// to it.

import Checking
import Core
import Foundation
import Histories
import Reporting
import Testing

@testable import RunStore

@Suite(.serialized) struct ReportPageTests {
    private func page(_ text: String, _ body: (Browser) throws -> Void) throws {
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(text)
        try body(browser)
        #expect(browser.complaints == [])
        #expect(browser.requests == [], "a page asks nobody for anything")
    }

    @Test func nAndPMoveBetweenFindingsWithVisibleFocus() throws {
        try page(try Pages.race()) { (browser) throws in
            let focused = "document.activeElement.id"
            try browser.press("n")
            #expect(try browser.text(focused) == "finding-1")
            #expect(try browser.text("getComputedStyle(document.activeElement).outlineStyle") == "solid")
            try browser.press("n")
            try browser.press("n")
            try browser.press("n")
            #expect(try browser.text(focused) == "finding-3", "the last one stays")
            try browser.press("p")
            #expect(try browser.text(focused) == "finding-2")
            let top = try browser.number("document.activeElement.getBoundingClientRect().top")
            #expect(top >= 0 && top < 200, "it is scrolled into view")
        }
    }

    @Test func theQuestionMarkShowsTheKeys() throws {
        try page(try Pages.race()) { (browser) throws in
            let isOpen = "document.getElementById('keys').open"
            #expect(try !browser.truth(isOpen))
            try browser.press("?")
            #expect(try browser.truth(isOpen))
        }
    }

    @Test func theTimelineZoomsWithKeysButtonsAndWheelAndCanBeDragged() throws {
        try page(try Pages.race()) { (browser) throws in
            let span = "Number(document.getElementById('timeline-frame').dataset.span)"
            let from = "Number(document.getElementById('timeline-frame').dataset.from)"
            let whole = try browser.number(span)
            try browser.press("+")
            #expect(try (browser.number(span) / whole * 2).rounded() == 1)
            _ = try browser.evaluate("document.getElementById('timeline-in').click()")
            #expect(try (browser.number(span) / whole * 4).rounded() == 1)
            try browser.press("0")
            #expect(try browser.number(span) == whole)
            _ = try browser.evaluate(
                "document.getElementById('timeline-frame').scrollIntoView({ block: 'center' })")
            let middle =
                "(r => r.top + r.height / 2)(document.getElementById('timeline-frame').getBoundingClientRect())"
            let y = try browser.number(middle)
            try browser.wheel(x: 600, y: y, by: -120)
            try browser.wheel(x: 600, y: y, by: -120)
            #expect(try browser.number(span) < whole)
            let before = try browser.number(from)
            try browser.drag(from: (700, y), to: (760, y))
            #expect(try browser.number(from) < before, "dragging to the right shows what was earlier")
        }
    }

    @Test func theTimelineShowsOnlyWhatTheFiltersLetThrough() throws {
        try page(try Pages.race()) { (browser) throws in
            func choose(_ control: String, _ value: String) throws -> Double {
                _ = try browser.evaluate(
                    "(c => { c.value = '\(value)'; c.dispatchEvent(new Event('change')); })(document.getElementById('timeline-\(control)'))"
                )
                return try browser.number("Number(document.getElementById('timeline-frame').dataset.shown)")
            }
            #expect(try choose("outcome", "") == 6)
            #expect(try choose("outcome", "unknown") == 1)
            #expect(try browser.number("document.querySelectorAll('.bar.open').length") == 2)
            #expect(try choose("outcome", "") == 6)
            #expect(try choose("operation", "rename") == 3)
            #expect(try choose("replica", "2") == 1)
            #expect(try choose("operation", "") == 1)
            #expect(try choose("replica", "") == 6)
            #expect(try choose("client", "0") == 3)
        }
    }

    @Test func aBarTellsItsRequestsWhenItHasTheFocus() throws {
        try page(try Pages.race()) { (browser) throws in
            _ = try browser.evaluate(
                "document.querySelector('.bar.example').dispatchEvent(new FocusEvent('focus'))")
            let told = try browser.text("document.getElementById('timeline-detail').textContent")
            #expect(told.contains("rename by client 0") && told.contains("PATCH /v2/images/\(Pages.key)"))
        }
    }

    @Test func whatAServiceAnswersNeverRuns() throws {
        let attack =
            "</pre></script><script>window.attacked = true</script><img src=x onerror='window.attacked = true'>"
        var material = Pages.material(Pages.history(rounds: 2, excerpt: attack), findings: [])
        var finding = Pages.finding(1, Pages.history(rounds: 1))
        finding.title = attack
        finding.key = Pages.key
        finding.story = [attack]
        finding.example = Pages.history(rounds: 1, excerpt: attack).operations.map { operation in
            var operation = operation
            operation.captures["note"] = .string(attack)
            return operation
        }
        material.report.judgement.findings = [finding]
        material.report.notices = [attack]
        material.scenarioText = attack
        material.logs = [LogFile(source: .replica(0), text: "2026-11-26 11:00:00.006 \(attack)")]
        material.origin = WallClockOrigin(unixNanoseconds: 1_795_690_800_000_000_000, utcOffsetSeconds: 0)
        for operation in material.history?.operations.indices ?? 0..<0 {
            material.history?.operations[operation].requests[0].target = "/\(attack)"
        }
        try page(HTMLReport(material).text) { (browser) throws in
            let isShown = try browser.truth("document.body.textContent.includes('window.attacked')")
            #expect(isShown, "it is shown as text")
            #expect(try !browser.truth("window.attacked === true"))
            #expect(try browser.number("document.querySelectorAll('img').length") == 0)
        }
    }

    @Test func withoutScriptTheStoriesAndATableInsteadOfTheTimelineAreThere() throws {
        let browser = try Browser()
        defer { browser.close() }
        try browser.withoutScript()
        try browser.open(try Pages.race())
        #expect(try browser.number("document.querySelectorAll('.finding').length") == 3)
        #expect(try browser.number("document.querySelectorAll('noscript table tbody tr').length") == 6)
        #expect(try browser.number("document.querySelectorAll('.chart svg').length") > 4)
    }

    /// About a million operations; what is asserted is the work and the size, not the time.
    @Test func aMillionOperationsOpenAsASmallPage() throws {
        let history = Pages.history(rounds: 200_000)
        #expect(history.operations.count == 1_200_000)
        let text = HTMLReport(Pages.material(history, findings: [Pages.finding(1, history)])).text
        #expect(text.utf8.count < 1_000_000)
        try page(text) { (browser) throws in
            let bars = try browser.number("document.querySelectorAll('.bar').length")
            #expect(bars == 12)
            #expect(try browser.truth("document.getElementById('tested').textContent.includes('800,000')"))
            #expect(try browser.number("document.querySelectorAll('*').length") < 6_000)
        }
    }
}
