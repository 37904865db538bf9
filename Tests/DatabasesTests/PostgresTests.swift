import Calls
import Locks
import Runs
import Schemas
import TestSupport
import Testing
import Values

@testable import Databases

/// A server of the tests' own.
@Suite(.enabled(if: PostgresServer.isInstalled, "PostgreSQL's server is not installed; `make test` installs it"))
struct PostgresTests {
    private static let sample = """
        CREATE TABLE accounts(
          id bigint PRIMARY KEY, domain text UNIQUE, seats int, spend numeric(20, 4), paid boolean, since date,
          seen timestamptz, tags jsonb, raw bytea, ratio double precision, name varchar(40));
        INSERT INTO accounts VALUES
          (1, 'größe.example', 12, 12345678901.2500, true, '2026-03-01', '2026-03-01 14:30:00+02', '["a", 1]', '\\xff00',
           0.5, 'Größe & Söhne'),
          (2, 'it''s; DROP TABLE accounts; --', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        CREATE FUNCTION sneaky() RETURNS int LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO accounts(id) VALUES (99); RETURN 1; END $$;
        """

    private func query(_ text: String) throws -> QueryText { try QueryText(text, dialect: .postgres) }

    private func problem<Answer>(_ body: () throws(DatabaseProblem) -> Answer) -> DatabaseProblem? {
        do throws(DatabaseProblem) {
            _ = try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func `rows come with their types, and values are bound`() throws {
        let server = try PostgresServer()
        try server.sql(Self.sample)
        let connection = try PostgresConnection(PostgresAddress(server.address))
        let wait = PostgresWait(within: .seconds(30))

        let all = try query("SELECT * FROM accounts WHERE domain = :domain")
        #expect(
            try connection.columns(of: all, wait: wait).map(\.kind) == [
                .integer, .text, .integer, .number, .boolean, .date, .timestamp, .json, .bytes, .number, .text,
            ])
        let found = try connection.rows(all, [.string("größe.example")], atMost: 2, wait: wait)
        let seen = try #require(Timestamp(rfc3339: "2026-03-01T12:30:00Z"))
        #expect(
            found.rows == [
                [
                    .int(1), .text("größe.example"), .int(12), .decimal("12345678901.2500"), .bool(true),
                    .text("2026-03-01"), .timestamp(seen), .json("[\"a\", 1]"), .bytes(2), .double(0.5),
                    .text("Größe & Söhne"),
                ]
            ])
        let quoted = try connection.rows(
            query("SELECT id, seats FROM accounts WHERE domain = :d"), [.string("it's; DROP TABLE accounts; --")],
            atMost: 2, wait: wait)
        #expect(quoted.rows == [[.int(2), .null]])
        #expect(try connection.rows(all, [.string("' OR 1=1 --")], atMost: 2, wait: wait).rows == [])
        #expect(try connection.rows(all, [.null], atMost: 2, wait: wait).columns.count == 11)
    }

    @Test func `nothing is written, whatever a query calls`() throws {
        let server = try PostgresServer()
        try server.sql(Self.sample)
        let connection = try PostgresConnection(PostgresAddress(server.address))
        let wait = PostgresWait(within: .seconds(30))
        let writing = try query("SELECT sneaky()")
        let met = problem { () throws(DatabaseProblem) in
            try connection.rows(writing, [], atMost: 2, wait: wait).rows
        }
        #expect(met?.reason == .refused)
        #expect(met?.message.contains("read-only") == true)
        let count = try connection.rows(query("SELECT count(*) FROM accounts"), [], atMost: 2, wait: wait)
        #expect(count.rows == [[.int(2)]])
        let unknown = try query("SELECT nothing FROM accounts")
        let wrong = problem { () throws(DatabaseProblem) in try connection.columns(of: unknown, wait: wait) }
        #expect(wrong?.reason == .refused)
        #expect(wrong?.message.contains("nothing") == true)
    }

    @Test func `a query that takes too long, and one that nobody wants any more, end`() async throws {
        let server = try PostgresServer()
        let address = try PostgresAddress(server.address)
        let slow = try query("SELECT pg_sleep(600)")
        let connection = try PostgresConnection(address)
        let late = problem { () throws(DatabaseProblem) in
            try connection.rows(slow, [], atMost: 1, wait: PostgresWait(within: .milliseconds(100))).rows
        }
        #expect(late?.reason == .timedOut)
        #expect(!connection.isUsable)

        let pool = PostgresPool(address, width: 1)
        let begun = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            await pool.run { connection, stop throws(DatabaseProblem) in
                begun.continuation.yield()
                return try connection.rows(slow, [], atMost: 1, wait: PostgresWait(within: nil, unless: stop)).rows
            }
        }
        for await _ in begun.stream { break }
        task.cancel()
        #expect(await task.value == .failure(DatabaseProblem(.cancelled, "stopped")))
        // The place is free again, with a connection of its own.
        let one = try query("SELECT 1")
        let next = await pool.run { connection, stop throws(DatabaseProblem) in
            try connection.rows(
                one, [], atMost: 1, wait: PostgresWait(within: .seconds(30), unless: stop)
            ).rows
        }
        #expect(try next.get() == [[.int(1)]])
    }

    @Test func `rows are streamed one by one, and a server that goes is told`() throws {
        let server = try PostgresServer()
        let connection = try PostgresConnection(PostgresAddress(server.address))
        try connection.stream(query("SELECT i, repeat('x', 100) FROM generate_series(1, 200000) AS i"))
        let wait = PostgresWait(within: .seconds(30))
        for number in 1...1000 { #expect(try connection.next(wait)?.first == .int(Int64(number))) }
        try server.stop()
        var met: DatabaseProblem?
        var rows = 1000
        while met == nil, rows < 200_000 {
            met = problem { () throws(DatabaseProblem) in try connection.next(wait) }
            rows += 1
        }
        #expect(met?.reason == .passing)
    }

    @Test func `a connection that broke is made again, and a server that is gone is given up`() async throws {
        let server = try PostgresServer()
        let pool = try PostgresPool(PostgresAddress(server.address), width: 1)
        let caller = DatabaseCaller(
            policy: RetryPolicy(mostTries: 4, base: .milliseconds(10)), patience: 1)
        let asked = Guarded(0)
        let one = try query("SELECT 1")
        @Sendable func ask() async -> DatabaseCaller.Ending<Int64> {
            await caller.call {
                await pool.run { connection, stop throws(DatabaseProblem) in
                    asked.withLock { $0 += 1 }
                    let found = try connection.rows(
                        one, [], atMost: 1, wait: PostgresWait(within: .seconds(30), unless: stop))
                    if case .int(let number)? = found.rows.first?.first { return number }
                    return 0
                }
            }
        }
        guard case .answered(1) = await ask() else {
            Issue.record("no answer")
            return
        }
        try server.stop()
        try server.start()
        guard case .answered(1) = await ask() else {
            Issue.record("no answer after the server came back")
            return
        }
        #expect(asked.withLock { $0 } == 3)
        try server.stop()
        guard case .outOfReach(let failure) = await ask() else {
            Issue.record("a server that is gone answered")
            return
        }
        #expect(failure.cause == .unreachable)
        #expect(failure.message.contains("cannot be reached"))
    }

    @Test func `a password is shown to nobody`() throws {
        let address = try PostgresAddress("postgresql://ada:s3cretword@127.0.0.1:1/crm")
        #expect("\(address)" == "the database 'crm' at 127.0.0.1:1")
        #expect(String(reflecting: address) == "the database 'crm' at 127.0.0.1:1")
        #expect(address.hasPassword)
        #expect(address.clean("no s3cretword\n  here") == "no ••• here")
        let met = problem { () throws(DatabaseProblem) in try PostgresConnection(address, within: 2) }
        #expect(met?.reason == .unreachable)
        #expect(met?.message.contains("s3cretword") == false)
        #expect(throws: DatabaseProblem.self) { try PostgresAddress("postgresql://[") }
    }
}
