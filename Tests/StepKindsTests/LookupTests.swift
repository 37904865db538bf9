import Runs
import Steps
import TestSupport
import Testing
import Values

/// `lookup`.
@Suite struct LookupTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try SQLiteFile.run(
            """
            CREATE TABLE accounts(id INTEGER PRIMARY KEY, domain TEXT, owner TEXT, seats INT, paid BOOLEAN, odd);
            INSERT INTO accounts VALUES
              (1, 'größe.example', 'Ada', 12, 1, 'x'), (2, 'two.example', NULL, 3, 0, 7),
              (3, 'twin.example', 'Bo', 1, 1, 1.5), (4, 'twin.example', 'Cy', 2, 0, NULL),
              (5, 'it''s; DROP TABLE accounts; --', 'Di', 5, 1, 'y');
            """, on: folder.path + "/crm.sqlite")
        _ = try folder.write(
            "prices.csv",
            "sku,price,name\r\nA-1,12.50,\"Lamp, small\"\r\n007,3,Bolt\r\nB-2,1,One\r\nB-2,2,Two\r\n,9,No key\r\n")
    }

    private func bench(_ text: String, opens: Bool = true) throws -> Bench {
        try Bench(text, in: folder.path, opensDatabases: opens)
    }

    /// The answer to what a text asks; the question is made of it.
    private func answer(_ text: String, about: String) async throws -> Reading {
        let step = try bench(text).asking()
        try await step.prepare()
        let question = try step.question(for: Bench.row(about), about: Bench.record(), attempt: Attempt())
        switch await step.perform(question, in: StepContext(record: Bench.record())) {
        case .answered(let answer): return step.read(answer, to: question)
        case let other:
            Issue.record("\(other)")
            throw Bench.NotPrepared(errors: [])
        }
    }

    private func reply(_ text: String, about: String, size: Int64 = 3) async throws -> Reply {
        let step = try bench(text).asking()
        try await step.prepare()
        let row = Bench.row(about, size: size)
        let question = try step.question(for: row, about: Bench.record(), attempt: Attempt())
        return await step.perform(question, in: StepContext(record: Bench.record()))
    }

    private func value(_ text: String, about: String) async throws -> Value? {
        guard case .value(let value) = try await answer(text, about: about) else { return nil }
        return value
    }

    private func failure(_ text: String, about: String) async throws -> Failure? {
        guard case .unusable(let failure) = try await answer(text, about: about) else { return nil }
        return failure
    }

    private static func byDomain(_ rows: String) -> String {
        """
        lookup:
          sqlite: crm.sqlite
          query: SELECT id, owner, seats, paid, odd FROM accounts WHERE domain = :domain ORDER BY id
          with: {domain: input.text}
          rows: \(rows)
        """
    }

    // MARK: Rows

    @Test func `one row is the answer, with the types that rows names`() async throws {
        let text = Self.byDomain("{one: {id: integer, owner: string or null, paid: boolean, seats: number}}")
        #expect(
            try bench(text).step?.answer.description
                == "{id: integer, owner: string or null, paid: boolean, seats: number}")
        #expect(
            try await value(text, about: "größe.example") == ["id": 1, "owner": "Ada", "paid": true, "seats": 12.0])
        #expect(try await value(text, about: "two.example")?["owner"] == .null)
    }

    @Test func `no row and two rows are told apart`() async throws {
        let one = Self.byDomain("{one: {id: integer}}")
        let none = try await failure(one, about: "nobody.example")
        #expect(none?.cause == .noRow)
        #expect(none?.message.contains("domain = \"nobody.example\"") == true)
        #expect(try await failure(one, about: "twin.example")?.cause == .manyRows)

        let atMostOne = Self.byDomain("{at most one: {id: integer}}")
        #expect(try bench(atMostOne).step?.answer.description == "{id: integer} or null")
        #expect(try await value(atMostOne, about: "nobody.example") == .null)
        #expect(try await value(atMostOne, about: "two.example") == ["id": 2])
        #expect(try await failure(atMostOne, about: "twin.example")?.cause == .manyRows)

        let many = Self.byDomain("{many: {id: integer}}")
        #expect(try bench(many).step?.answer.description == "list of {id: integer}")
        #expect(try await value(many, about: "nobody.example") == [])
        #expect(try await value(many, about: "twin.example") == [["id": 3], ["id": 4]])
    }

    @Test func `a value of another type is a failure that names the column`() async throws {
        let failure = try await failure(Self.byDomain("{one: {odd: integer}}"), about: "größe.example")
        #expect(failure?.cause == .schema)
        #expect(failure?.message.contains("'odd'") == true)
        let null = try await self.failure(Self.byDomain("{one: {owner: string}}"), about: "two.example")
        #expect(null?.message.contains("'owner'") == true)
    }

    @Test func `what a record holds is bound and never read as SQL`() async throws {
        let text = Self.byDomain("{many: {id: integer}}")
        #expect(try await value(text, about: "it's; DROP TABLE accounts; --") == [["id": 5]])
        #expect(try await value(text, about: "' OR 1=1 --") == [])
        #expect(try await value(text, about: ":domain") == [])
    }

    @Test func `a file on this machine answers at once, and equal questions have one identity`() throws {
        let step = try bench(Self.byDomain("{one: {id: integer}}")).asking()
        #expect(step.answersAtOnce)
        #expect(!step.isShared)
        func question(_ text: String) throws -> Question {
            try step.question(for: Bench.row(text), about: Bench.record(), attempt: Attempt())
        }
        let asked = try question("two.example")
        let answer = try #require(step.answerAtOnce(asked))
        guard case .value(let value) = step.read(answer, to: asked) else {
            Issue.record("no value")
            return
        }
        #expect(value == ["id": 2])
        #expect(try question("two.example").key == asked.key)
        #expect(try question("twin.example").key != asked.key)
        let other = try bench(Self.byDomain("{one: {id: integer}}")).asking().sharing(step)
        #expect(other.answerAtOnce(asked) != nil)
    }

    // MARK: CSV

    private static let byKey = """
        lookup: {csv: prices.csv, key: sku, with: {sku: input.text}, rows: {at most one: {price: number, name: string}}}
        """

    @Test func `a CSV file is asked by its key, byte for byte`() async throws {
        #expect(try await value(Self.byKey, about: "A-1") == ["price": 12.5, "name": "Lamp, small"])
        #expect(try await value(Self.byKey, about: "007")?["name"] == "Bolt")
        #expect(try await value(Self.byKey, about: "7") == .null)
        #expect(try await value(Self.byKey, about: "a-1") == .null)
        #expect(try await value(Self.byKey, about: "") == .null)
        #expect(try await failure(Self.byKey, about: "B-2")?.cause == .manyRows)
    }

    @Test func `a row of a CSV file that cannot be read fails who asks for it, and nobody else`() async throws {
        let bad = "A-1,cheap,Lamp\nB-2,1,One\nB-2,,Two\nC-3,4,Vase, blue\nD-4\n,nothing,No key\n2,5,Book\n"
        _ = try folder.write("prices.csv", "sku,price,name\n\(bad)")
        for (key, words) in [
            ("A-1", "line 2 of prices.csv, column 'price': "), ("B-2", "line 4 of prices.csv, column 'price': "),
            ("C-3", "line 5 of prices.csv has 4 cells, the header has 3"), ("D-4", "line 6 of prices.csv has 1 cell"),
        ] {
            guard case .failed(let failure, _) = try await reply(Self.byKey, about: key) else {
                Issue.record("\(key) does not fail")
                continue
            }
            #expect(failure.cause == .schema && failure.message.contains(words), "\(failure)")
        }
        #expect(try await value(Self.byKey, about: "2")?["name"] == "Book")
        // The broken row without a key is asked for by nobody, not by its number either.
        #expect(try await value(Self.byKey, about: "6") == .null)
        #expect(try await value(Self.byKey, about: "") == .null)
    }

    @Test func `the broken row of a key that is a number is asked for by the number`() async throws {
        _ = try folder.write("prices.csv", "sku,price\n007,cheap\n8,1\n")
        let text = """
            lookup: {csv: prices.csv, key: sku, with: {sku: input.size}, rows: {at most one: {sku: integer, price: number}}}
            """
        guard case .failed(let failure, _) = try await reply(text, about: "", size: 7) else {
            Issue.record("7 does not fail")
            return
        }
        #expect(failure.cause == .schema)
        guard case .answered = try await reply(text, about: "", size: 8) else {
            Issue.record("8 fails")
            return
        }
    }

    @Test func `a quote that is never closed ends the run before its first record`() async throws {
        _ = try folder.write("prices.csv", "sku,price,name\nA-1,1,\"Lamp\nB-2,2,Vase\n")
        let step = try bench(Self.byKey).asking()
        await #expect(throws: Failure.self) { try await step.prepare() }
    }

    // MARK: Mistakes

    @Test(arguments: [
        ("INSERT INTO accounts VALUES (9)", "a query only reads"),
        ("DELETE FROM accounts WHERE domain = :domain", "a query only reads"),
        ("SELECT 1; DROP TABLE accounts", "one statement"),
        ("SELECT id FROM accounts WHERE domain = :domian", "':domian' has no value"),
        ("SELECT id FROM accounts", "the query has no ':domain'"),
        ("SELECT id FROM accounts WHERE domain = ?", "write it as `:name`"),
        ("input.text", "never comes from a record"),
        ("\"SELECT id FROM accounts WHERE domain = '{{ input.text }}'\"", "'{{' has no meaning here"),
        ("SELECT id FROM acounts WHERE domain = :domain", "no such table"),
        ("SELECT owner FROM accounts WHERE domain = :domain", "the query has no column 'id'"),
        ("SELECT domain AS id FROM accounts WHERE domain = :domain", "the column 'id' is text"),
    ])
    func `a query that cannot be meant is an error of the plan`(query: String, message: String) throws {
        let errors = try bench(
            """
            lookup:
              sqlite: crm.sqlite
              query: \(query)
              with: {domain: input.text}
              rows: {one: {id: integer}}
            """
        ).errors
        #expect(errors.contains { $0.contains(message) }, "\(errors)")
    }

    @Test(arguments: [
        ("{sqlite: none.sqlite, query: SELECT 1 AS a, rows: {one: {a: integer}}}", "there is no file"),
        ("{query: SELECT 1 AS a, rows: {one: {a: integer}}}", "one place to look"),
        ("{sqlite: crm.sqlite, csv: prices.csv, key: sku, rows: {one: {a: integer}}}", "one place to look"),
        ("{sqlite: crm.sqlite, rows: {one: {a: integer}}}", "needs a query"),
        ("{sqlite: crm.sqlite, key: id, query: SELECT 1 AS a, rows: {one: {a: integer}}}", "means nothing beside"),
        ("{sqlite: crm.sqlite, query: SELECT 1 AS a, rows: {one: {a: integer}, many: {a: integer}}}", "says once"),
        ("{sqlite: crm.sqlite, query: SELECT 1 AS a, rows: {one: integer}}", "fields have names here"),
        ("{sqlite: crm.sqlite, query: 'SELECT :a AS a', with: {a: input}, rows: {one: {a: any}}}", "one value"),
        ("{csv: prices.csv, with: {sku: input.text}, rows: {one: {price: number}}}", "`key: COLUMN`"),
        ("{csv: prices.csv, key: skew, with: {skew: input.text}, rows: {one: {price: number}}}", "no column 'skew'"),
        ("{csv: prices.csv, key: sku, with: {sku: input.text}, rows: {one: {cost: number}}}", "no column 'cost'"),
        (
            "{csv: prices.csv, key: sku, with: {price: input.text}, rows: {one: {price: number}}}",
            "name the `key` column"
        ),
        ("{postgres: crm, query: SELECT 1 AS a, rows: {one: {a: integer}}}", "there is no secret 'crm'"),
        (
            "{postgres: {env: LINECOOK_TEST_UNSET}, query: SELECT 1 AS a, rows: {one: {a: integer}}}",
            "'LINECOOK_TEST_UNSET' is not set"
        ),
        (
            "{postgres: 'postgresql://ada:secret@db/crm', query: SELECT 1 AS a, rows: {one: {a: integer}}}",
            "a password never stands in a recipe"
        ),
    ])
    func `a lookup that cannot be meant is an error of the plan`(body: String, message: String) throws {
        let errors = try bench("lookup: \(body)").errors
        #expect(errors.contains { $0.contains(message) }, "\(errors)")
    }

    @Test func `without leave nothing is opened, and what the text alone shows is told`() throws {
        let text = """
            lookup:
              sqlite: crm.sqlite
              query: SELECT nothing FROM nowhere WHERE a = :a
              rows: {one: {id: integer}}
            """
        #expect(try bench(text, opens: false).errors.contains { $0.contains("':a' has no value") })
        #expect(try bench(Self.byDomain("{one: {nothing: integer}}"), opens: false).errors == [])
        #expect(
            try bench(
                "lookup: {postgres: {env: LINECOOK_TEST_UNSET}, query: SELECT 1 AS a, rows: {one: {a: integer}}}",
                opens: false
            ).errors == [])
    }
}
