// Text becomes markup safely, whatever it holds.

import Testing

@testable import Reporting

@Suite struct HTMLTests {
    @Test func whatIsInterpolatedIsEscaped() {
        let hostile = "<script>alert(\"1\" & '2')</script>"
        let html: HTML = "<b title=\"\(hostile)\">\(hostile)</b>"
        #expect(html.text.components(of: "<") == 2)
        #expect(html.text.contains("&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)"))
    }

    /// A combining mark makes another character of `<`, and the browser does not care.
    @Test(arguments: ["<\u{338}img>", "<\u{200D}img>", "<\u{FE0F}img>", "\u{0}<img>"])
    func aMarkBehindAnAngleBracketDoesNotHideIt(text: String) {
        #expect(!HTML(escaping: text).text.unicodeScalars.contains("<"))
    }

    @Test func controlsAndWhatReordersTextAreShown() {
        #expect(HTML(escaping: "a\u{0}b\u{1B}[31m\u{7F}").text == "a␀b␛[31m␡")
        #expect(
            HTML(escaping: "\u{202E}exe\u{2066}\u{FEFF}\u{85}").text == "⟨U+202E⟩exe⟨U+2066⟩⟨U+FEFF⟩⟨U+0085⟩")
        #expect(HTML(escaping: "tab\tline\nÄ 漢 👩‍👩‍👧").text == "tab\tline\nÄ 漢 👩‍👩‍👧")
    }

    @Test func jsonInAScriptElementCannotEndIt() {
        let html = HTML.script(json: "{\"a\":\"</script><!-- & \u{2028}\u{2029}\"}")
        #expect(html.text == "{\"a\":\"\\u003c/script\\u003e\\u003c!-- \\u0026 \\u2028\\u2029\"}")
    }

    @Test func aCharacterOfAMillionMarksIsCut() {
        let text = "a" + String(repeating: "\u{301}", count: 1_000_000)
        #expect(text.count == 1)
        #expect(HTML.cut(text, to: 100).unicodeScalars.count == 101)
        #expect(HTML.cut("short", to: 5) == "short")
    }

    @Test func aPageForbidsTheNetworkAndIsComplete() throws {
        let page = HTMLPage(title: "a < b", body: "<header class=\"page\"></header>").text
        #expect(page.hasPrefix("<!doctype html>"))
        #expect(page.contains("default-src 'none'"))
        #expect(page.contains("<title>a &lt; b</title>"))
        #expect(
            !page.contains("http://")
                || page.components(of: "http://") == page.components(of: "http://www.w3.org"))
        #expect(!page.contains("https://"))
    }

    @Test func theScriptsStayUnderAThousandLinesAndEvaluateNothing() {
        let scripts = [PackageResources.page_js, PackageResources.timeline_js].map {
            String(decoding: $0, as: UTF8.self)
        }
        #expect(
            scripts.reduce(0) { $0 + $1.split(separator: "\n", omittingEmptySubsequences: false).count }
                < 1_000)
        for word in [
            "eval(", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "fetch(",
            "XMLHttpRequest",
        ] {
            #expect(!scripts.contains { $0.contains(word) }, "\(word)")
        }
    }
}

extension String {
    /// How often a text occurs.
    func components(of part: String) -> Int { ranges(of: part).count }
}
