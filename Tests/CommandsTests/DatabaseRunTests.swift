import Foundation
import TestSupport
import Testing
import Values

/// Recipes that look records up, and read them from databases.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct DatabaseRunTests {
    private static let accounts = """
        CREATE TABLE accounts(id INTEGER PRIMARY KEY, domain TEXT UNIQUE, owner TEXT, plan TEXT);
        INSERT INTO accounts VALUES
          (1, 'acme.example', 'Ada', 'pro'), (2, 'größe.example', 'Bo & Co', 'free'),
          (3, 'it''s.example', NULL, 'team');
        """

    private static let leads = """
        domain,name
        acme.example,Acme
        größe.example,"Größe, GmbH"
        nobody.example,Nobody
        it's.example,It's

        """

    private static func recipe(_ rows: String, more: String = "") -> String {
        """
        recipe: leads
        models: {clerk: local}
        input: {csv: leads.csv, key: domain}
        steps:
          - name: account
            lookup:
              sqlite: crm.sqlite
              query: SELECT id, owner, plan FROM accounts WHERE domain = :domain
              with: {domain: input.domain}
              rows: \(rows)
        \(more)
        output:
          - csv: out.csv
            keep: input
            columns: {plan: 'account.?plan.orValue("none")'}

        """
    }

    private func kitchen(_ recipe: String) throws -> Kitchen {
        let kitchen = try Kitchen(recipe)
        try kitchen.write("leads.csv", Self.leads)
        try SQLiteFile.run(Self.accounts, on: kitchen.path("crm.sqlite"))
        return kitchen
    }

    // MARK: lookup

    @Test func `each record gets its row, and one without a row goes on`() async throws {
        let kitchen = try kitchen(Self.recipe("{at most one: {owner: string or null, plan: string}}"))
        let finished = try await kitchen.run()
        #expect(finished.code == 0, "\(finished.err)")
        #expect(
            try kitchen.lines("out/out.csv") == [
                "domain,name,plan", "acme.example,Acme,pro", "größe.example,\"Größe, GmbH\",free",
                "nobody.example,Nobody,none", "it's.example,It's,team",
            ])
        let step = try #require(try kitchen.report()["steps"]?.list?.first)
        #expect(step["attempts"] == 4)
        #expect(step["done"] == 4)
    }

    @Test func `a record whose row breaks the contract fails by name, and the others are done`() async throws {
        let kitchen = try kitchen(Self.recipe("{one: {owner: string, plan: string}}"))
        #expect(try await kitchen.run().code == 1)
        #expect(try kitchen.lines("out/out.csv").count == 3)
        let failures = try kitchen.report()["failures"]?.list ?? []
        #expect(Set(failures.compactMap { $0["cause"]?.string }) == ["no row", "schema"])
        #expect(try kitchen.read("run/failures.csv").contains("domain = \"\"nobody.example\"\""))
    }

    @Test func `check opens no database, and plan tells what does not fit`() async throws {
        let kitchen = try kitchen(Self.recipe("{one: {planned: string, plan: string}}"))
        #expect(try await kitchen.linecook("check", "recipe.yaml").code == 0)
        let planned = try await kitchen.linecook("plan", "recipe.yaml")
        #expect(planned.code == 2)
        #expect(planned.err.contains("the query has no column 'planned'"))
        #expect(try await kitchen.run().code == 2)
        #expect(!kitchen.exists("run"))
    }

    @Test func `what was looked up stays what it was when the run is gone on with`() async throws {
        let more = """
              - name: note
                ask: {model: clerk, prompt: "{{ input.name }} has {{ account.plan }}", answer: {text: string <= 40}}
            """
        let recipe = Self.recipe("{at most one: {plan: string}}", more: more)
            .replacingOccurrences(of: "{{ account.plan }}", with: "{{ account.?plan.orValue(\\\"none\\\") }}")
        let kitchen = try kitchen(recipe)
        let server = try ModelServer("--hold", "0")
        let running = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run", "--model", server.asClerk, "--in-flight", "4"])
        try await server.wasAsked(4)
        running.send(SIGKILL)
        #expect(await running.end().code == 137)
        server.release()
        // By now the database says something else, and so would the prompts.
        try SQLiteFile.run("UPDATE accounts SET plan = 'changed'", on: kitchen.path("crm.sqlite"))
        let finished = try await kitchen.run("--model", server.asClerk)
        #expect(finished.code == 0, "\(finished.err)")
        #expect(
            try kitchen.lines("out/out.csv").dropFirst().map { $0.split(separator: ",").last } == [
                "pro", "free", "none", "team",
            ])
    }

    @Test func `a database that is gone before the run stops it, and fails no record`() async throws {
        let kitchen = try kitchen(Self.recipe("{one: {plan: string}}"))
        try kitchen.write("crm.sqlite", String(repeating: "this is no database\n", count: 100))
        let finished = try await kitchen.run()
        #expect(finished.code == 2)
        #expect(finished.err.contains("no SQLite database"))
    }

    @Test func `a keyed CSV file is a lookup, too`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: prices
            input: {csv: orders.csv}
            steps:
              - name: price
                lookup:
                  {csv: prices.csv, key: sku, with: {sku: input.sku}, rows: {one: {price: number, note: string or null}}}
                otherwise: flag
            output: [{csv: out.csv, keep: input, columns: {price: 'price.?price.orValue(0.0)'}}]

            """)
        try kitchen.write("orders.csv", "sku\nA-1\n007\nC-3\n")
        try kitchen.write("prices.csv", "note,price,sku\n,12.5,A-1\n\"two\nlines\",3,007\n")
        #expect(try await kitchen.run().code == 0)
        #expect(try kitchen.lines("out/out.csv") == ["sku,price", "A-1,12.5", "007,3.0", "C-3,0.0"])
        #expect(try kitchen.report()["counts"]?["flagged"] == 1)
    }

    // MARK: Inputs

    @Test func `the rows of a SQLite query are records with ids and types`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: rows
            input:
              sqlite: crm.sqlite
              query: SELECT domain, owner, id FROM accounts ORDER BY id
              key: domain
            steps: [{name: next, set: {id: input.id + 1, owner: input.?owner.orValue("nobody")}}]
            output: [{jsonl: out.jsonl, columns: {id: next.id, owner: next.owner, record: record.id}}]

            """)
        try SQLiteFile.run(
            Self.accounts + "INSERT INTO accounts VALUES (4, NULL, 'x', 'y');", on: kitchen.path("crm.sqlite"))
        let planned = try await kitchen.linecook("plan", "recipe.yaml")
        #expect(planned.out.contains("4 records"), "\(planned.out)")
        #expect(try await kitchen.run().code == 1)
        #expect(
            try kitchen.lines("out/out.jsonl") == [
                #"{"id":2,"owner":"Ada","record":"acme.example"}"#,
                #"{"id":3,"owner":"Bo & Co","record":"größe.example"}"#,
                #"{"id":4,"owner":"nobody","record":"it's.example"}"#,
            ])
        #expect(try kitchen.read("run/failures.csv").contains("the key 'domain' is no text or whole number"))
    }

    @Test(.enabled(if: PostgresServer.isInstalled, "PostgreSQL's server is not installed; `make test` installs it"))
    func `PostgreSQL gives the records and answers their lookups, and out of reach stops the run`() async throws {
        let server = try PostgresServer()
        try server.sql(
            """
            CREATE TABLE leads(domain text PRIMARY KEY, employees int);
            INSERT INTO leads SELECT 'company-' || i || '.example', nullif(i % 7, 0) FROM generate_series(1, 300) AS i;
            CREATE TABLE accounts(domain text PRIMARY KEY, spend numeric(12, 2), tags jsonb);
            INSERT INTO accounts
              SELECT 'company-' || i || '.example', i * 1.25, '["a"]' FROM generate_series(1, 300, 2) AS i;
            """)
        let kitchen = try Kitchen(
            """
            recipe: crm
            secrets: {crm: {env: CRM}}
            input:
              postgres: {env: CRM}
              query: SELECT domain, employees FROM leads ORDER BY domain
              key: domain
              fields: {employees: integer or null}
            steps:
              - name: account
                lookup:
                  postgres: crm
                  query: SELECT spend, tags FROM accounts WHERE domain = :domain
                  with: {domain: input.domain}
                  rows: {at most one: {spend: string, tags: [string]}}
            output:
              - csv: out.csv
                keep: input
                columns: {spend: 'account.?spend.orValue("")'}

            """)
        let environment = ["CRM": server.address(password: "nevershown")]
        #expect(try await kitchen.linecook("check", "recipe.yaml").code == 0)
        let planned = try await kitchen.linecook(["plan", "recipe.yaml"], environment: environment)
        #expect(planned.code == 0, "\(planned.err)")
        #expect(planned.out.contains("300 records"))
        let finished = try await kitchen.run(environment: environment)
        #expect(finished.code == 0, "\(finished.err)")
        let lines = try kitchen.lines("out/out.csv")
        #expect(lines.count == 301)
        #expect(lines.contains("company-3.example,3,3.75"))
        #expect(lines.contains("company-14.example,,"))
        #expect(try !kitchen.allBytes(below: "run").contains("nevershown"))

        let doctor = try await kitchen.linecook(["doctor", "recipe.yaml"], environment: environment)
        #expect(doctor.out.contains("answers"), "\(doctor.out)")

        // Without the environment nothing runs; without the server the input cannot be read.
        let unset = try await kitchen.linecook("plan", "recipe.yaml")
        #expect(unset.code == 2)
        #expect(unset.err.contains("'CRM' is not set"))
        try server.stop()
        let gone = try await kitchen.linecook(["run", "recipe.yaml", "--run", "gone"], environment: environment)
        #expect(gone.code == 2)
        #expect(gone.err.contains("cannot be reached"))
        #expect(!gone.err.contains("nevershown"))
    }
}
