import Testing

@testable import Databases

/// What a query may say, and where its values go.
@Suite struct QueryTextTests {
    private func fault(_ text: String, _ dialect: QueryText.Dialect = .sqlite) -> String? {
        do throws(QueryText.Fault) {
            _ = try QueryText(text, dialect: dialect)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `names are found in their order, each once`() throws {
        let query = try QueryText(
            "SELECT a FROM t WHERE b = :low AND c < :high OR d = :low", dialect: .postgres)
        #expect(query.parameters == ["low", "high"])
        #expect(query.numbered == "SELECT a FROM t WHERE b = $1 AND c < $2 OR d = $1")
    }

    @Test func `a colon in a text, a quoted name, a comment or a cast is no name`() throws {
        let query = try QueryText(
            """
            SELECT ':a', "x:b", c::text, $$:d$$, E'it\\'s :e', -- :f
              /* :g /* :h */ */ array[1:2] FROM t WHERE i = :i;
            """, dialect: .postgres)
        #expect(query.parameters == ["i"])
        #expect(query.numbered.contains("c::text"))
        #expect(try QueryText("SELECT [a:b], `c:d` FROM t WHERE e = :e", dialect: .sqlite).parameters == ["e"])
    }

    @Test(arguments: [
        "INSERT INTO t VALUES (1)", "update t set a = 1", "DELETE FROM t", "DROP TABLE t", "PRAGMA user_version",
        "ATTACH 'x' AS y", "/* first */ REPLACE INTO t VALUES (1)",
    ])
    func `a statement that writes is refused`(_ text: String) {
        #expect(fault(text)?.hasPrefix("a query only reads") == true)
    }

    @Test func `a WITH that writes is refused, and a column of such a name is not`() {
        #expect(fault("WITH gone AS (DELETE FROM t RETURNING a) SELECT a FROM gone", .postgres) != nil)
        #expect(fault("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a") != nil)
        #expect(fault("WITH a AS (SELECT update FROM t) SELECT * FROM a") == nil)
        #expect(fault("SELECT replace(a, 'x', 'y') FROM t") == nil)
    }

    @Test func `two statements, another way to bind and what is never closed are told`() {
        #expect(fault("SELECT 1; SELECT 2")?.contains("one statement") == true)
        #expect(fault("SELECT 1; -- done\n ") == nil)
        #expect(fault("SELECT a FROM t WHERE b = ?")?.contains(":name") == true)
        #expect(fault("SELECT a FROM t WHERE b = @b")?.contains(":name") == true)
        #expect(fault("SELECT a FROM t WHERE b = $1", .postgres)?.contains(":name") == true)
        #expect(fault("SELECT 'a FROM t") == "this quote is never closed")
        #expect(fault("SELECT 1 /* a") == "this comment is never closed")
        #expect(fault("  -- nothing\n") == "the query is empty")
        #expect(fault("SELECT '{}'::jsonb ? 'a'", .postgres) == nil)
    }

    @Test func `an order is one of the whole query`() throws {
        #expect(try QueryText("SELECT a FROM t ORDER BY a", dialect: .sqlite).hasOrder)
        #expect(try !QueryText("SELECT a FROM (SELECT a FROM t ORDER BY a)", dialect: .sqlite).hasOrder)
    }

    @Test func `a query without its semicolon can stand in another`() throws {
        #expect(try QueryText(" SELECT a FROM t ; ", dialect: .sqlite).text == " SELECT a FROM t")
    }
}
