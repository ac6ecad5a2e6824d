// One complete page in one file: no network, light and dark, narrow and wide, on paper.

import Mustache

/// A document that needs nothing but itself.
///
/// Its Content-Security-Policy forbids every request; style sheet and script are embedded.
public struct HTMLPage: Sendable {
    /// What drives a page beside the style sheet.
    public enum Script: Sendable {
        /// Copy buttons, and keys that move between the elements of class `stop`.
        case keys
        /// Those, and the timelines.
        case timeline
    }

    public var title: String
    public var body: HTML
    public var script: Script

    /// `body` stands in the page's one column; its first element should be a `<header>`.
    public init(title: String, body: HTML, script: Script = .keys) {
        self.title = title
        self.body = body
        self.script = script
    }

    /// The document, UTF-8.
    public func text() throws(ReportError) -> String {
        let scripts =
            script == .keys
            ? [PackageResources.page_js] : [PackageResources.page_js, PackageResources.timeline_js]
        return try PageTemplate.page.render([
            "title": HTML(escaping: title), "style": PageTemplate.text(PackageResources.page_css),
            "body": body,
            "script": scripts.map(PageTemplate.text).joined(),
        ]).text
    }
}

/// The templates of this folder's `Resources`, compiled into the program.
enum PageTemplate {
    case page, report, finding

    /// Values are markup already: templates place them with three braces.
    func render(_ values: [String: HTML]) throws(ReportError) -> HTML {
        do {
            // Parsed each time: rendering is far more work, and the parsed form cannot be shared.
            let template = try MustacheTemplate(string: Self.text(source).text)
            return HTML(rendered: template.render(values.compactMapValues { $0.isEmpty ? nil : $0.text }))
        } catch {
            throw ReportError(.template, "our own template for the report is broken: \(error)")
        }
    }

    private var source: [UInt8] {
        switch self {
        case .page: PackageResources.page_mustache
        case .report: PackageResources.report_mustache
        case .finding: PackageResources.finding_mustache
        }
    }

    static func text(_ resource: [UInt8]) -> HTML {
        HTML(rendered: String(decoding: resource, as: UTF8.self))
    }
}
