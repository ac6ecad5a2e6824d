// What statements touch, told by PostgreSQL's own parser and by the catalogue of a real server.

import Core
import Foundation
import Testing

@testable import Clusters
@testable import Scenarios

@Suite struct FootprintTests {
    private static let schema = """
        CREATE TABLE images (id int PRIMARY KEY, name text UNIQUE, status text DEFAULT 'active');
        CREATE TABLE members (id serial PRIMARY KEY, image int REFERENCES images ON DELETE CASCADE);
        CREATE TABLE notes (member int REFERENCES members, text text);
        CREATE TABLE audit (line text, at timestamptz DEFAULT now());
        CREATE VIEW active AS SELECT * FROM images WHERE status = 'active';
        CREATE TABLE watched (id int);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER note BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION note();
        CREATE FUNCTION price() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE TABLE priced (id int, price int DEFAULT price());
        CREATE TABLE ruled (id int);
        CREATE RULE none AS ON INSERT TO ruled DO INSTEAD NOTHING;
        CREATE TABLE guarded (id int);
        ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
        CREATE TABLE parts (id int) PARTITION BY RANGE (id);
        CREATE SEQUENCE shared;
        CREATE TABLE one (id int DEFAULT nextval('shared'));
        CREATE TABLE two (id int DEFAULT nextval('shared'));
        CREATE SCHEMA other;
        CREATE TABLE other.audit (line text);
        CREATE TABLE other.lone (line text);
        """

    /// Reads what each statement touches on a server that has the tables above.
    private func read<Result: Sendable>(
        after change: String = "", _ body: @escaping @Sendable (PostgresFootprints) -> Result
    ) async throws -> Result {
        let place = try Workplace()
        defer { place.remove() }
        let cluster = try await Cluster.start(
            place.scenario(replicas: 1, database: .postgresql(settings: [:], url: nil)) { service in
                service.files = [FileTemplate(path: template("url"), text: template("${database.url}"))]
            }, options: place.options()
        ) { _ in }
        let url = place.text("url")
        let result = try await onOwnThread { () throws(ClusterError) in
            let connection = try PostgresConnection(url)
            defer { connection.close() }
            try connection.run(Self.schema + change)
            return body(PostgresFootprints(try PostgresParser.load(), try PostgresCatalogue(connection)))
        }
        #expect(await cluster.stop().isEmpty)
        return result
    }

    @Test func aStatementTouchesItsTablesAndThoseThatItsKeysReach() async throws {
        let expected: [String: Footprint] = [
            "SELECT * FROM images WHERE id = $1": Footprint(reads: ["public.images"]),
            "SELECT 1": Footprint(),
            "SELECT count(*), lower(name) FROM images JOIN members ON image = images.id GROUP BY 2":
                Footprint(
                    reads: ["public.images", "public.members"]),
            "SELECT * FROM images FOR UPDATE": Footprint(
                reads: ["public.images"], locks: ["public.images"]),
            "SELECT i.id FROM images AS i WHERE EXISTS (SELECT FROM notes) FOR SHARE OF i": Footprint(
                reads: ["public.images", "public.notes"], locks: ["public.images", "public.notes"]),
            "INSERT INTO members (image) VALUES ($1)": Footprint(
                writes: ["public.members"], locks: ["public.images", "public.notes"]),
            "DELETE FROM images WHERE id = 7": Footprint(
                writes: ["public.images", "public.members"],
                locks: ["public.images", "public.members", "public.notes"]),
            "UPDATE notes SET text = m.image FROM members AS m WHERE m.id = member": Footprint(
                reads: ["public.members"], writes: ["public.notes"], locks: ["public.members"]),
            "WITH old AS (DELETE FROM notes RETURNING member) SELECT * FROM old, images": Footprint(
                reads: ["public.images"], writes: ["public.notes"], locks: ["public.members"]),
            "INSERT INTO images SELECT 1, 'a' WHERE NOT EXISTS (SELECT FROM members) ON CONFLICT DO NOTHING":
                Footprint(
                    reads: ["public.members"], writes: ["public.images", "public.members"],
                    locks: ["public.images", "public.members", "public.notes"]),
            "TABLE other.lone": Footprint(reads: ["other.lone"]),
            "SELECT * FROM lone": Footprint(reads: ["other.lone"]),
            "SELECT pg_catalog.count(*) FROM public.audit": Footprint(reads: ["public.audit"]),
        ]
        let found = try await read { reader in
            Dictionary(uniqueKeysWithValues: expected.keys.map { ($0, reader.footprint(of: $0)) })
        }
        for (statement, footprint) in expected { #expect(found[statement] == footprint, "\(statement)") }
    }

    @Test func whatDoesMoreThanItsWordsSayIsNotKnown() async throws {
        let statements = [
            "SELECT * FROM active", "INSERT INTO watched VALUES (1)", "INSERT INTO priced VALUES (1)",
            "INSERT INTO ruled VALUES (1)", "SELECT * FROM guarded", "SELECT * FROM parts",
            "INSERT INTO one VALUES (1)", "SELECT * FROM audit", "SELECT * FROM nowhere",
            "SELECT price() FROM images", "SELECT nextval('shared')", "SELECT pg_advisory_lock(1)",
            "SELECT other.count(id) FROM images", "SELECT id INTO copy FROM images",
            "WITH images AS (SELECT 1) SELECT * FROM images", "SELECT 1; SELECT 2", "CALL note()",
            "COMMIT", "SET x = 1", "EXECUTE plan(1)", "TRUNCATE images", "LOCK TABLE images",
            "MERGE INTO images USING members ON image = images.id WHEN MATCHED THEN DELETE",
            "DECLARE c CURSOR FOR SELECT * FROM images", "SELECT * FROM pg_class", "SELECT FROM WHERE",
            "SELECT table_to_xml('images', true, true, '')",
        ]
        let known = try await read { reader in statements.filter { reader.footprint(of: $0) != nil } }
        #expect(known.isEmpty)
    }

    /// A level for all transactions, or functions that run without being called by name.
    @Test(arguments: [
        """
        DO $$ BEGIN EXECUTE format(
            'ALTER ROLE %I SET default_transaction_isolation = serializable', current_user); END $$
        """,
        "CREATE FUNCTION hold(images) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        """
        CREATE FUNCTION same(text, int) RETURNS bool LANGUAGE sql AS 'SELECT true';
        CREATE OPERATOR === (LEFTARG = text, RIGHTARG = int, FUNCTION = same)
        """,
        """
        CREATE TYPE pair AS (a int, b int);
        CREATE FUNCTION as_pair(text) RETURNS pair LANGUAGE sql AS 'SELECT ROW(1, 1)::pair';
        CREATE CAST (text AS pair) WITH FUNCTION as_pair(text)
        """,
        "CREATE DOMAIN small AS int CHECK (VALUE < price() + 9)", "CREATE EXTENSION IF NOT EXISTS citext",
    ])
    func nothingIsKnownWhereMoreMayRunThanAStatementSays(change: String) async throws {
        let known = try await read(after: change) { $0.footprint(of: "SELECT * FROM images") }
        #expect(known == nil)
    }

    @Test func twoStatementsConflictWhereOneDisturbsTheOther() {
        let reader = Footprint(reads: ["a"])
        let locker = Footprint(reads: ["a"], locks: ["a"])
        let writer = Footprint(writes: ["a"])
        let pairs: [(Footprint, Footprint, Bool)] = [
            (reader, reader, false), (reader, locker, false), (reader, writer, true), (locker, locker, true),
            (locker, writer, true), (writer, writer, true), (writer, Footprint(reads: ["b"]), false),
        ]
        for (one, other, conflicts) in pairs {
            #expect(one.conflicts(with: other) == conflicts)
            #expect(other.conflicts(with: one) == conflicts)
        }
    }
}
