// What the tables of a database do beside holding rows, as far as it says whether two statements conflict.

import Core

/// Tables that do nothing but hold rows and check keys, and functions that do nothing but calculate.
struct PostgresCatalogue: Sendable {
    private struct Table: Sendable {
        var isPlain: Bool
        /// Tables with a foreign key from or to it.
        var neighbours: Set<String> = []
        /// Tables that are written when this one is.
        var cascades: Set<String> = []
    }

    /// By `schema.name`.
    private var tables: [String: Table] = [:]
    /// `schema.name` by name alone.
    private var qualified: [String: [String]] = [:]
    private let functions: Set<String>
    /// Transactions see what is committed before each statement, unless they say something else; and nothing
    /// but what a statement calls by name runs a function of a user.
    private let isPlain: Bool

    init(_ connection: PostgresConnection) throws(ClusterError) {
        isPlain = try connection.run(Self.plainness).first?.first == "t"
        functions = Set(try connection.run(Self.pureFunctions).compactMap { $0[0] })
        for row in try connection.run(Self.allTables) {
            guard let schema = row[0], let name = row[1] else { continue }
            tables["\(schema).\(name)"] = Table(isPlain: row[2] == "t")
            qualified[name, default: []].append("\(schema).\(name)")
        }
        for row in try connection.run(Self.foreignKeys) {
            guard let child = row[0], let parent = row[1] else { continue }
            tables[child]?.neighbours.insert(parent)
            tables[parent]?.neighbours.insert(child)
            if row[2] == "t" { tables[parent]?.cascades.insert(child) }
        }
    }

    /// What a statement with these names touches; `nil` where it may be more than they say.
    func footprint(of names: StatementNames) -> Footprint? {
        guard isPlain, names.functions.isSubset(of: functions) else { return nil }
        var footprint = Footprint()
        for name in names.read {
            if names.commonTables.contains(name) {
                guard qualified[name] == nil else { return nil }
                continue
            }
            guard let table = plain(name) else { return nil }
            footprint.reads.insert(table)
        }
        if names.locksRows { footprint.locks = footprint.reads }
        var waiting: [String] = []
        for name in names.written {
            guard let table = plain(name) else { return nil }
            waiting.append(table)
        }
        while let next = waiting.popLast() {
            guard let table = tables[next], table.isPlain else { return nil }
            guard footprint.writes.insert(next).inserted else { continue }
            footprint.locks.formUnion(table.neighbours)
            waiting += table.cascades
        }
        return footprint
    }

    private func plain(_ name: String) -> String? {
        let names = tables[name] != nil ? [name] : qualified[name] ?? []
        guard names.count == 1, tables[names[0]]?.isPlain == true else { return nil }
        return names[0]
    }

    /// Operators, casts, types, domains with checks, and functions of a row that can be written as a column.
    private static let plainness = """
        SELECT current_setting('default_transaction_isolation') = 'read committed' AND NOT EXISTS (
            SELECT FROM pg_db_role_setting, unnest(setconfig) AS setting
            WHERE setting LIKE 'default_transaction_isolation=%')
        AND NOT EXISTS (SELECT FROM pg_operator WHERE oid >= 16384)
        AND NOT EXISTS (SELECT FROM pg_cast WHERE oid >= 16384)
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE oid >= 16384 AND contypid <> 0)
        AND NOT EXISTS (SELECT FROM pg_type WHERE oid >= 16384 AND typtype = 'b' AND typelem = 0)
        AND NOT EXISTS (
            SELECT FROM pg_proc AS p JOIN pg_type AS t ON t.oid = ANY (proargtypes)
            WHERE p.oid >= 16384 AND typtype = 'c')
        """

    /// Of the system, in every form that has the name; some that are volatile touch nothing.
    private static let pureFunctions = """
        SELECT proname FROM pg_proc JOIN pg_namespace AS n ON n.oid = pronamespace GROUP BY proname
        HAVING proname NOT LIKE '%xml%' AND bool_and(
            nspname = 'pg_catalog'
            AND (provolatile <> 'v' OR proname IN ('random', 'gen_random_uuid', 'clock_timestamp')))
        """

    /// Plain is a table without triggers, rules, policies and partitions, which calls no function of a user,
    /// and takes numbers from no sequence of another.
    private static let allTables = """
        SELECT nspname, relname,
            relkind = 'r' AND NOT relhasrules AND NOT relrowsecurity
            AND NOT EXISTS (SELECT FROM pg_inherits WHERE c.oid IN (inhrelid, inhparent))
            AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal)
            AND NOT EXISTS (
                SELECT FROM pg_depend AS d WHERE refclassid = 'pg_proc'::regclass AND refobjid >= 16384 AND (
                    classid = 'pg_attrdef'::regclass
                        AND EXISTS (SELECT FROM pg_attrdef WHERE oid = d.objid AND adrelid = c.oid)
                    OR classid = 'pg_constraint'::regclass
                        AND EXISTS (SELECT FROM pg_constraint WHERE oid = d.objid AND conrelid = c.oid)
                    OR classid = 'pg_class'::regclass AND (d.objid = c.oid
                        OR EXISTS (SELECT FROM pg_index WHERE indexrelid = d.objid AND indrelid = c.oid))))
            AND NOT EXISTS (
                SELECT FROM pg_attrdef AS a
                JOIN pg_depend AS own ON own.classid = 'pg_attrdef'::regclass AND own.objid = a.oid
                JOIN pg_class AS s ON own.refclassid = 'pg_class'::regclass AND s.oid = own.refobjid
                JOIN pg_depend AS other ON other.classid = 'pg_attrdef'::regclass
                    AND other.refclassid = 'pg_class'::regclass AND other.refobjid = s.oid
                WHERE a.adrelid = c.oid AND s.relkind = 'S' AND other.objid <> a.oid)
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'v', 'm', 'f', 'p')
            AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
        """

    /// From, to, and whether a change of the second is a change of the first.
    private static let foreignKeys = """
        SELECT format('%s.%s', cn.nspname, c.relname), format('%s.%s', pn.nspname, p.relname),
            confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd')
        FROM pg_constraint
        JOIN pg_class AS c ON c.oid = conrelid JOIN pg_namespace AS cn ON cn.oid = c.relnamespace
        JOIN pg_class AS p ON p.oid = confrelid JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
        WHERE contype = 'f'
        """
}
