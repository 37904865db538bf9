import Foundation
import TestSupport
import Testing
import Values

/// `send: {sql: …}` into a PostgreSQL server of the test's own.
@Suite(
    .startsPrograms, .timeLimit(.minutes(5)),
    .enabled(if: PostgresServer.isInstalled, "PostgreSQL's server is not installed; `make test` installs it"))
struct SendPostgresTests {
    private let kitchen: Kitchen
    private let server: PostgresServer

    init() throws {
        kitchen = try Kitchen()
        server = try PostgresServer()
    }

    private static let notes = """
        CREATE SCHEMA crm;
        CREATE TABLE crm.notes (
          id serial PRIMARY KEY, lead text NOT NULL, size smallint CHECK (size < 100), score numeric(6, 2), tags jsonb,
          seen timestamptz, paid boolean, idempotency_key text UNIQUE);
        """

    private static let row = """
        {lead: record.id, size: size(input.word), score: 2.5, tags: "input.word.split(\\"|\\")", \
        seen: 'timestamp("2026-03-01T12:30:00Z")', paid: "true"}
        """

    private func lay(_ rows: String, into table: String = "crm.notes", values: String = row, beside: String = "") throws
    {
        try kitchen.lay([
            "recipe.yaml": """
            recipe: notes
            input: {csv: rows.csv, key: id}
            secrets: {crm: {env: CRM}}
            steps:
              - name: sent
                unattended: only this test gets it
                send:
                  sql:
                    postgres: crm
                    insert: \(table)
                    values: \(values)
                \(beside)
            output:
              - {jsonl: out.jsonl, columns: {id: record.id, status: sent.status}}

            """, "rows.csv": "id,word\n" + rows,
        ])
    }

    private func go(_ arguments: String...) async throws -> Finished {
        try await kitchen.linecook(
            ["run", "recipe.yaml", "--run", "run"] + arguments,
            environment: ["CRM": server.address(password: "nevershown")])
    }

    private func counts() throws -> Value { try #require(try kitchen.report()["counts"]) }

    @Test func `rows go into the table once, their values bound, and another run sends none again`() async throws {
        try server.sql(Self.notes)
        try lay("1,\"x'); DROP TABLE crm.notes; --|$1\"\n2,tea\n")
        let ended = try await go()
        #expect(ended.code == 0, "\(ended.err)")
        let columns = "lead, size, score, tags, seen AT TIME ZONE 'UTC', paid"
        #expect(
            try server.value(of: "SELECT \(columns) FROM crm.notes ORDER BY lead")
                == """
                1|32|2.50|["x'); DROP TABLE crm.notes; --", "$1"]|2026-03-01 12:30:00|t
                2|3|2.50|["tea"]|2026-03-01 12:30:00|t
                """)
        #expect(try server.value(of: "SELECT DISTINCT length(idempotency_key) FROM crm.notes") == "64")
        #expect(
            try kitchen.lines("out/out.jsonl") == [
                #"{"id":"1","status":"inserted"}"#, #"{"id":"2","status":"inserted"}"#,
            ])
        #expect(try !kitchen.allBytes(below: "run").contains("nevershown"))

        // The folder's own memory says that both were sent, and nobody is asked.
        #expect(try await go("--fresh", "--run", "second").code == 0)
        #expect(try kitchen.lines("out/out.jsonl").allSatisfy { $0.contains("inserted") })
        // Without it the table itself knows.
        try FileManager.default.removeItem(atPath: kitchen.path(".linecook"))
        #expect(try await go("--fresh", "--run", "third").code == 0)
        #expect(try kitchen.lines("out/out.jsonl").allSatisfy { $0.contains("there already") })
        #expect(try server.value(of: "SELECT count(*) FROM crm.notes") == "2")
    }

    @Test func `a row that the table refuses fails its record by name, and the others are sent`() async throws {
        try server.sql(Self.notes)
        try lay("1,tea\n2,\(String(repeating: "long", count: 30))\n3,milk\n")
        #expect(try await go().code == 1)
        let told = try kitchen.read("run/failures.csv")
        #expect(told.contains("violates check constraint") && told.contains("request refused"), "\(told)")
        #expect(try counts()["done"] == 2 && counts()["failed"] == 1)
        #expect(try server.value(of: "SELECT string_agg(lead, ' ' ORDER BY lead) FROM crm.notes") == "1 3")
    }

    @Test(arguments: [
        ("CREATE TABLE other (a int)", "has no table 'notes'"),
        ("CREATE TABLE notes (idempotency_key text UNIQUE)", "has no column 'lead'"),
        ("CREATE TABLE notes (lead text)", "ALTER TABLE \"notes\" ADD \"idempotency_key\" text UNIQUE"),
        ("CREATE TABLE notes (lead text, idempotency_key text)", "is not unique"),
        ("CREATE TABLE notes (lead text, idempotency_key text, UNIQUE (idempotency_key, lead))", "is not unique"),
        (
            "CREATE TABLE notes (lead text, idempotency_key text); "
                + "CREATE UNIQUE INDEX ON notes (idempotency_key) WHERE lead = 'x'", "is not unique"
        ),
    ])
    func `a table that cannot tell a repetition is told before anything runs`(schema: String, message: String)
        async throws
    {
        try server.sql(schema)
        try lay("1,tea\n", into: "notes", values: "{lead: record.id}")
        // Nothing is opened to check a recipe.
        #expect(try await kitchen.linecook("check", "recipe.yaml").code == 0)
        let ended = try await go()
        #expect(ended.code == 2)
        #expect(ended.err.contains(message), "\(ended.err)")
        #expect(!kitchen.exists("run"))
    }

    @Test func `a connection that breaks on the way leaves it in doubt, and a person says what became of it`()
        async throws
    {
        try server.sql(Self.notes)
        try server.lock("crm.notes")
        try lay("1,tea\n", beside: "attempts: 5")
        let process = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run"], environment: ["CRM": server.address])
        let server = server
        try await wait(for: "the statement") { try process.hasEnded || server.waiting() == 1 }
        try server.stop()
        let ended = await process.end()
        #expect(ended.code == 3, "\(ended.err)")
        #expect(try counts()["waiting"] == 1)
        try server.start()
        #expect(try await go().code == 3)
        #expect(try server.value(of: "SELECT count(*) FROM crm.notes") == "0", "not sent again by itself")
    }

    @Test func `a statement that takes too long is in doubt as well`() async throws {
        try server.sql(Self.notes)
        try server.lock("crm.notes")
        try lay("1,tea\n", beside: "timeout: 3s")
        #expect(try await go().code == 3)
        #expect(try counts()["waiting"] == 1)
    }

    @Test func `a server that came back between two records is asked over a new connection`() async throws {
        try server.sql(Self.notes)
        try lay(
            "1,tea\n2,milk\n",
            beside: """
                about: Kept over the server's end.
                  - name: gate
                    run: {args: [./gate], repeatable: true}
                """)
        _ = try kitchen.folder.writeProgram(
            "gate",
            "[ -e \(kitchen.path("first")) ] && exit 0; touch \(kitchen.path("first")); while [ ! -e \(kitchen.path("open")) ]; do sleep 0.05; done"
        )
        let process = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run", "--in-flight", "1"], environment: ["CRM": server.address])
        try await wait(for: "the first row") { [kitchen] in process.hasEnded || kitchen.exists("first") }
        try server.stop()
        try server.start()
        try kitchen.write("open", "")
        let ended = await process.end()
        #expect(ended.code == 0, "\(ended.err)")
        #expect(try server.value(of: "SELECT count(*) FROM crm.notes") == "2")
    }

    @Test(arguments: [
        ("{postgres: crm, sqlite: a, insert: b, values: {c: record.id}}", "'sql' names one database"),
        ("{insert: b, values: {c: record.id}}", "'sql' names one database"),
        ("{postgres: nowhere, insert: b, values: {c: record.id}}", "there is no secret 'nowhere'"),
        ("{postgres: 'host=a password=b', insert: b, values: {c: record.id}}", "a password never stands in a recipe"),
        ("{postgres: crm, insert: '{{ input.word }}', values: {c: record.id}}", "'insert'"),
    ])
    func `a mistake is told before the run`(sql: String, message: String) async throws {
        try lay("1,tea\n")
        let recipe = try kitchen.read("recipe.yaml")
        let start = try #require(recipe.range(of: "      sql:")).lowerBound
        let end = try #require(recipe.range(of: "output:")).lowerBound
        try kitchen.write("recipe.yaml", recipe[..<start] + "      sql: \(sql)\n" + recipe[end...])
        let ended = try await kitchen.linecook("check", "recipe.yaml")
        #expect(ended.code == 2 && (ended.out + ended.err).contains(message), "\(ended.out)\(ended.err)")
    }
}
