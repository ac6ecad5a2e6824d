// The tables and functions that a parse tree names.

import Core

/// What one SELECT, INSERT, UPDATE or DELETE names; a name is qualified where the text has it so.
///
/// Source: libpg_query's JSON, whose nodes are those of PostgreSQL's `parsenodes.h`.
struct StatementNames: Sendable, Hashable {
    private(set) var read: Set<String> = []
    private(set) var written: Set<String> = []
    private(set) var functions: Set<String> = []
    /// Names that stand for a query of the statement itself.
    private(set) var commonTables: Set<String> = []
    /// `FOR UPDATE` and its like, of whichever table.
    private(set) var locksRows = false
    private var isUnderstood = true

    /// `nil` for other statements, and for several.
    init?(_ tree: Value) {
        guard case .object(let root) = tree, let statements = root["stmts"]?.elements, statements.count == 1
        else { return nil }
        walk(statements[0])
        guard isUnderstood else { return nil }
    }

    private mutating func walk(_ value: Value) {
        switch value {
        case .array(let values): for value in values { walk(value) }
        case .object(let members): for (name, child) in members { walk(child, named: name) }
        case .null, .bool, .int, .double, .string: break
        }
    }

    private mutating func walk(_ child: Value, named name: String) {
        switch name {
        case "SelectStmt": walk(child)
        case "InsertStmt", "UpdateStmt", "DeleteStmt":
            guard case .object(var members) = child,
                let target = members.removeValue(forKey: "relation").flatMap(Self.table)
            else { return isUnderstood = false }
            written.insert(target)
            walk(.object(members))
        case "RangeVar":
            guard let table = Self.table(child) else { return isUnderstood = false }
            read.insert(table)
        case "CommonTableExpr":
            guard case .object(let members) = child, let own = members["ctename"]?.text else {
                return isUnderstood = false
            }
            commonTables.insert(own)
            walk(child)
        case "FuncCall":
            guard case .object(let members) = child, let function = Self.function(members["funcname"]) else {
                return isUnderstood = false
            }
            functions.insert(function)
            walk(child)
        case "lockingClause": locksRows = true
        case "intoClause": isUnderstood = false
        default:
            // A statement of another kind.
            if name.hasSuffix("Stmt"), name.first?.isUppercase == true { isUnderstood = false }
            walk(child)
        }
    }

    private static func table(_ value: Value) -> String? {
        guard case .object(let members) = value, let name = members["relname"]?.text,
            members["catalogname"] == nil
        else { return nil }
        return members["schemaname"]?.text.map { "\($0).\(name)" } ?? name
    }

    /// Without `pg_catalog`; of another schema with it, so that it is no function of the system.
    private static func function(_ value: Value?) -> String? {
        let parts = (value?.elements ?? []).compactMap { part -> String? in
            guard case .object(let node) = part, case .object(let text)? = node["String"] else { return nil }
            return text["sval"]?.text ?? text["str"]?.text
        }
        guard let name = parts.last else { return nil }
        return parts.dropLast().allSatisfy { $0 == "pg_catalog" } ? name : parts.joined(separator: ".")
    }
}
