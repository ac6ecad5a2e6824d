// What a statement for PostgreSQL touches: its parse tree, and what the catalogue says of its tables.

import Core
import DatabaseProxy

/// Remembers what it has read, by the text without values: values do not say which tables are touched.
final class PostgresFootprints: FootprintReader {
    private let parser: PostgresParser
    private let catalogue: PostgresCatalogue
    private let known = Locked<[String: Footprint?]>([:])

    init(_ parser: PostgresParser, _ catalogue: PostgresCatalogue) {
        self.parser = parser
        self.catalogue = catalogue
    }

    func footprint(of statement: PendingStatement) -> Footprint? {
        guard let source = statement.source else { return nil }
        if let known = known.withLock({ $0[statement.text] }) { return known }
        let footprint = footprint(of: source)
        known.withLock { $0[statement.text] = .some(footprint) }
        return footprint
    }

    func footprint(of source: String) -> Footprint? {
        parser.tree(of: source).flatMap(StatementNames.init).flatMap(catalogue.footprint)
    }
}
