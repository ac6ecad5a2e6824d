// PostgreSQL's own parser, as libpg_query has it.

import CLibpq
import Core
import Glibc
import Histories

/// Gives the parse tree of a statement; loaded from the system's library, as few machines have it.
struct PostgresParser: Sendable {
    private typealias Parse = @convention(c) (UnsafePointer<CChar>) -> contend_parse_result
    private typealias Free = @convention(c) (contend_parse_result) -> Void

    private static let file = "libpg_query.so"

    private let parse: Parse
    private let free: Free

    static func load() throws(ClusterError) -> PostgresParser {
        guard let library = dlopen(file, RTLD_NOW | RTLD_LOCAL),
            let parse = dlsym(library, "pg_query_parse"),
            let free = dlsym(library, "pg_query_free_parse_result")
        else {
            throw ClusterError(
                .database,
                "PostgreSQL's parser \(file) is not installed (libpg-query-dev on Debian and Ubuntu)")
        }
        // The library's header says what these symbols are; the shapes are the same in its versions 13 to 17.
        return PostgresParser(
            parse: unsafeBitCast(parse, to: Parse.self), free: unsafeBitCast(free, to: Free.self))
    }

    /// The tree as libpg_query writes it; `nil` where the text is not understood.
    func tree(of statement: String) -> Value? {
        let result = parse(statement)
        defer { free(result) }
        guard result.error == nil, let tree = result.parse_tree else { return nil }
        return try? JSON.parse(UnsafeRawBufferPointer(start: tree, count: strlen(tree)))
    }
}
