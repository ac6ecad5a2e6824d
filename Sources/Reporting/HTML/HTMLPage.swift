// One complete page in one file: no network, light and dark, narrow and wide, on paper.

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
    /// Stands in the page's one column; its first element should be a `<header>`.
    public var body: HTML
    public var script = Script.keys

    /// The document, UTF-8.
    public var text: String {
        let scripts: [HTML] =
            [HTML(resource: PackageResources.page_js)]
            + (script == .timeline ? [HTML(resource: PackageResources.timeline_js)] : [])
        let page: HTML = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src \
            'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <meta name="generator" content="contend">
            <title>\(title)</title>
            <style>
            \(HTML(resource: PackageResources.page_css))
            </style>
            </head>
            <body>
            <svg class="definitions" aria-hidden="true" width="0" height="0"><defs>
            <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" \
            patternTransform="rotate(45)">
            <rect class="hatch-ground" width="6" height="6"/><rect class="hatch-line" width="2.4" \
            height="6"/></pattern>
            <pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse">
            <rect class="dots-ground" width="5" height="5"/><circle class="dots-dot" cx="2.5" cy="2.5" \
            r="1.1"/></pattern>
            <marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" \
            orient="auto-start-reverse">
            <path class="arrow-head" d="M0 0L10 5L0 10Z"/></marker>
            </defs></svg>
            \(body)
            <dialog id="keys" aria-labelledby="keys-title">
            <h2 id="keys-title">Keys</h2>
            <dl>
            <dt><kbd>n</kbd> <kbd>p</kbd></dt><dd>next and previous finding</dd>
            <dt><kbd>+</kbd> <kbd>-</kbd> <kbd>0</kbd></dt><dd>zoom the timeline in, out, and to the \
            whole</dd>
            <dt><kbd>←</kbd> <kbd>→</kbd></dt><dd>move the timeline while it has the focus</dd>
            <dt><kbd>?</kbd></dt><dd>show this</dd>
            <dt><kbd>Esc</kbd></dt><dd>close this</dd>
            </dl>
            <form method="dialog"><button>Close</button></form>
            </dialog>
            <script>
            \(scripts.joined())
            </script>
            </body>
            </html>

            """
        return page.text
    }
}

extension HTML {
    /// A style sheet or script of this folder's `Resources`, compiled into the program.
    fileprivate init(resource: [UInt8]) { self.init(rendered: String(decoding: resource, as: UTF8.self)) }
}
