import Foundation
import TestSupport
import Testing
import Values

/// `send` steps against a server, a mail program and a database of the test's own.
@Suite struct SendTests {
    private let kitchen: Kitchen

    init() throws { kitchen = try Kitchen() }

    private func lay(
        _ send: String, rows: String = "1,tea,eva@example.com\n", input: String = "{csv: rows.csv, key: id}",
        beside: String = ""
    ) throws {
        try kitchen.lay([
            "recipe.yaml": """
            recipe: letters
            input: \(input)
            secrets: {crm: {env: CRM_KEY}}
            steps:
              - name: note
                set: {text: "We have {{ input.word }}"}
              - name: sent
                unattended: "only this test gets it"
                send: \(send)
                \(beside)
            output:
              - {jsonl: out.jsonl, columns: {id: record.id, status: sent.status}}

            """, "rows.csv": (send == email ? "id,word,from,message_id\n" : "id,word,from\n") + rows,
        ])
    }

    private func go(_ arguments: String...) async throws -> Finished {
        try await kitchen.linecook(
            ["run", "recipe.yaml", "--run", "run"] + arguments, environment: ["CRM_KEY": "open-sesame-now"])
    }

    private func failures() throws -> String { try kitchen.read("run/failures.csv") }
    private func counts() throws -> Value { try #require(try kitchen.report()["counts"]) }

    // MARK: http

    private func http(_ server: WebServer, more: String = "") -> String {
        "{http: {url: \"\(server.origin)/leads/{{ record.id }}\", json: {id: record.id, text: \"{{ note.text }}\", deep: {list: [1, input.word]}}, headers: {Authorization: \"Bearer {{ secrets.crm }}\"}\(more)}}"
    }

    @Test func `a request goes out once, with its body, its key and a secret that nobody else sees`() async throws {
        let server = try WebServer { _ in .page("{}", status: 201) }
        try lay(http(server))
        let ended = try await go()
        #expect(ended.code == 0, "\(ended.err)")
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(request.path == "/leads/1")
        #expect(request.body == "{\"id\":\"1\",\"text\":\"We have tea\",\"deep\":{\"list\":[1,\"tea\"]}}")
        #expect(request.headers["authorization"] == "Bearer open-sesame-now")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["idempotency-key"]?.count == 64)
        #expect(try kitchen.read("out/out.jsonl") == "{\"id\":\"1\",\"status\":201}\n")
        #expect(!(try kitchen.allBytes(below: "run").contains("open-sesame-now")))
        #expect(!(try kitchen.allBytes(below: ".linecook").contains("open-sesame-now")))
    }

    @Test func `what was sent is not sent again by another run, in whatever words`() async throws {
        let server = try WebServer { _ in .page("{}") }
        try lay(http(server))
        #expect(try await go().code == 0)
        try lay("{http: {url: \"\(server.origin)/other\", json: {words: note.text}}}")
        let ended = try await kitchen.linecook(
            ["run", "recipe.yaml", "--run", "second", "--fresh", "--no-cache"],
            environment: ["CRM_KEY": "open-sesame-now"])
        #expect(ended.code == 0, "\(ended.err)")
        #expect(server.requests.count == 1)
        #expect(try kitchen.read("out/out.jsonl") == "{\"id\":\"1\",\"status\":200}\n")
    }

    @Test func `an answer that says no is known, and attempts apply`() async throws {
        let server = try WebServer { request in
            request.path == "/leads/1"
                ? .page("no such open-sesame-now lead", status: 422) : .redirect(to: "/elsewhere")
        }
        try lay(http(server), rows: "1,tea,a@b\n2,tea,a@b\n", beside: "attempts: 2")
        #expect(try await go().code == 1)
        #expect(server.requests.count == 4)
        let told = try failures()
        #expect(told.contains("refused the request (422: no such ••• lead)"))
        #expect(told.contains("has moved to /elsewhere"))
    }

    @Test func `a server that is busy is asked again, with the same key`() async throws {
        let tries = Tries()
        let server = try WebServer { _ in
            tries.next() == 1 ? .bytes([], status: 429, headers: ["Retry-After": "0"]) : .page("{}")
        }
        try lay(http(server))
        #expect(try await go().code == 0)
        #expect(server.requests.count == 2)
        #expect(Set(server.requests.map { $0.headers["idempotency-key"] }).count == 1)
    }

    @Test(arguments: [WebServer.Reply.drop, .hang, .raw(Array("HTTP/1.1 200 OK\r\nContent-Le".utf8))])
    func `a break or a time-out after the first byte leaves it in doubt, and a person is asked`(
        reply: WebServer.Reply
    ) async throws {
        let server = try WebServer { _ in reply }
        try lay(http(server), beside: "{attempts: 5, timeout: 3s}".yamlLines)
        #expect(try await go().code == 3)
        #expect(server.requests.count == 1)
        #expect(try counts()["waiting"]?.int == 1)
        #expect(try await go().code == 3)
        #expect(server.requests.count == 1, "not sent again by itself")
    }

    @Test func `killed while it sends, it is in doubt, and never sent again by itself`() async throws {
        let server = try WebServer { $0.path == "/leads/2" ? .hang : .page("{}") }
        try lay(http(server), rows: "1,tea,a@b\n2,tea,a@b\n")
        let process = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run", "--in-flight", "1"], environment: ["CRM_KEY": "open-sesame-now"])
        await server.received(2)
        process.send(9)
        _ = await process.end()

        let ended = try await go()
        #expect(ended.code == 3, "\(ended.err)")
        let told = "1 side effect was in flight when the run ended (record 2) and may have happened; its record waits"
        #expect(ended.err.contains(told), "\(ended.err)")
        #expect(server.requests.map(\.path) == ["/leads/1", "/leads/2"])
        #expect(try counts()["done"]?.int == 1)
        #expect(try counts()["waiting"]?.int == 1)
    }

    @Test func `the status of what a person says was sent is null, for nobody saw one`() async throws {
        let server = try WebServer { _ in .drop }
        try lay(http(server))
        #expect(try await go().code == 3)
        let shown = try await kitchen.linecook("review", "run", "--show", "1", "--json")
        let seen = try #require(try JSON.parse(shown.out)["seen"]?.string)
        let said = try await kitchen.linecook(
            "review", "run", "--record", "1", "--answer", "happened", "--seen", seen)
        #expect(said.code == 0, "\(said.err)")
        let ended = try await go()
        #expect(ended.code == 0, "\(ended.err)")
        #expect(try kitchen.read("out/out.jsonl") == "{\"id\":\"1\",\"status\":null}\n")
        #expect(server.requests.count == 1)
    }

    private func runIn(_ folder: String) async throws -> Finished {
        try await kitchen.linecook(
            ["run", "recipe.yaml", "--run", folder], environment: ["CRM_KEY": "open-sesame-now"])
    }

    @Test func `what a run in another folder sent, or may have sent, when it was killed is not sent again`()
        async throws
    {
        let server = try WebServer { $0.path == "/leads/2" ? .hang : .page("{}") }
        try lay(http(server), rows: "1,tea,a@b\n2,tea,a@b\n")
        let process = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run", "--in-flight", "1"], environment: ["CRM_KEY": "open-sesame-now"])
        await server.received(2)
        process.send(9)
        _ = await process.end()

        let second = try await runIn("second")
        #expect(second.code == 3, "\(second.err)")
        let report = try kitchen.report("second")
        #expect(report["counts"]?["done"] == 1 && report["counts"]?["waiting"] == 1)
        // What the store has taken in outlives the folder; one that is gone stops nobody.
        try FileManager.default.removeItem(atPath: kitchen.path("run"))
        let third = try await runIn("third")
        #expect(third.code == 3 && !third.err.contains("warning"), "\(third.err)")
        #expect(server.requests.map(\.path) == ["/leads/1", "/leads/2"])
    }

    @Test func `what a run in another folder left in doubt waits in a later one, too`() async throws {
        let server = try WebServer { _ in .drop }
        try lay(http(server))
        #expect(try await go().code == 3)
        let second = try await runIn("second")
        #expect(second.code == 3, "\(second.err)")
        #expect(server.requests.count == 1)
    }

    @Test func `where a run lies is on the disk before its first request leaves`() async throws {
        guard Rights.has("strace") else { try Test.cancel("strace is not here") }
        let server = try WebServer { _ in .page("{}") }
        try lay(http(server))
        let ended = try await kitchen.linecook(
            ["run", "recipe.yaml", "--run", "run"], environment: ["CRM_KEY": "open-sesame-now"],
            under: ["strace", "-f", "-y", "-o", kitchen.path("trace"), "-e", "trace=fdatasync,connect"])
        if ended.code != 0, ended.err.contains("ptrace") { try Test.cancel("strace may not trace here") }
        #expect(ended.code == 0, "\(ended.err)")
        let calls = try kitchen.lines("trace")
        let begun = try #require(calls.firstIndex { $0.contains("/run/journal.sqlite-wal>") })
        let asked = try #require(calls.firstIndex { $0.contains("htons(\(server.port))") })
        #expect(begun < asked && calls[begun..<asked].contains { $0.contains("/.linecook/answers.sqlite-wal>") })
    }

    // MARK: email

    /// A mail program that keeps each letter in a file of its own.
    private func mailProgram(_ script: String = "") throws {
        _ = try kitchen.folder.writeProgram(
            "mailer", "cat > \"\(kitchen.path("letter"))-$$\"; echo \"$@\" >> \(kitchen.path("called")); \(script)")
    }

    private func letters() throws -> [String] {
        try kitchen.files(".").filter { $0.hasPrefix("letter-") }.map { try kitchen.read($0) }.sorted()
    }

    private let email = """
        {email: {to: "{{ input.from }}", from: "Help <help@example.org>", subject: "About {{ input.word }}", body: "{{ note.text }}", reply_to_record: true}, via: [./mailer, -t]}
        """

    @Test func `a letter goes to the mail program once`() async throws {
        try mailProgram()
        try lay(email, rows: "1,Tee für dich,Jürgen <j@example.com>,<1@x>\n")
        let ended = try await go()
        #expect(ended.code == 0, "\(ended.err)")
        let letter = try #require(try letters().first)
        #expect(letter.contains("To: =?UTF-8?B?SsO8cmdlbg==?= <j@example.com>\nSubject: =?UTF-8?B?"))
        #expect(letter.hasSuffix("\n\nWe have Tee f=C3=BCr dich\n"))
        #expect(letter.contains("Message-ID: <"))
        #expect(letter.contains("\nIn-Reply-To: <1@x>\nReferences: <1@x>\n"))
        #expect(try kitchen.read("called") == "-t\n")
        #expect(try kitchen.read("out/out.jsonl") == "{\"id\":\"1\",\"status\":\"sent\"}\n")
        #expect(try await go("--fresh", "--run", "second").code == 0)
        #expect(try letters().count == 1)
    }

    @Test func `no record can add a header or another recipient`() async throws {
        try mailProgram()
        try lay(
            email,
            rows:
                "1,\"x\nBcc: evil@example.com\",good@example.com,<1@x>\n2,x,\"a@example.com\nBcc: evil@example.com\",<2@x>\n3,x,\"a@example.com, evil@example.com\",<3@x>\n"
        )
        #expect(try await go().code == 1)
        let all = try letters()
        #expect(all.count == 1)
        #expect(all.first?.contains("Subject: About x Bcc: evil@example.com\n") == true)
        let head = all.first?.ranges(of: "\n\n").first.flatMap { all.first?[..<$0.lowerBound] }
        #expect(head?.contains("\nBcc:") == false)
        #expect(try counts()["failed"]?.int == 2)
    }

    @Test func `a mail program that says no is known, and one that hangs leaves it in doubt`() async throws {
        try mailProgram(
            "case $(cat \"\(kitchen.path("letter"))-$$\") in *hang*) exec sleep 600 ;; *) echo 'no route' >&2; exit 68 ;; esac"
        )
        try lay(email, rows: "1,no,a@b,<1@x>\n2,hang,a@b,<2@x>\n", beside: "timeout: 5s")
        #expect(try await go().code == 1)
        #expect(try failures().contains("the mail program 'mailer' ended with exit code 68: no route"))
        #expect(try counts()["waiting"]?.int == 1)
        #expect(try counts()["failed"]?.int == 1)
    }

    @Test func `killed while the mail program has the letter, it is in doubt`() async throws {
        try mailProgram("echo $$ > \(kitchen.path("id")); exec sleep 600")
        try lay(email, rows: "1,tea,eva@example.com,<1@x>\n")
        let process = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run"], environment: ["CRM_KEY": "open-sesame-now"])
        try await wait(for: "the letter") { [kitchen] in kitchen.size("id") > 0 }
        process.send(9)
        _ = await process.end()
        #expect(try await go().code == 3)
        #expect(try letters().count == 1)
        let id = try #require(Int32(try kitchen.read("id").trimmingCharacters(in: .whitespacesAndNewlines)))
        kill(id, SIGKILL)
    }

    @Test func `a mail program that is not there is told before anything runs`() async throws {
        try lay("{email: {to: a@example.com, subject: x, body: y}, via: [no-such-mailer]}")
        let ended = try await go()
        #expect(ended.code == 2)
        #expect(ended.err.contains("there is no mail program 'no-such-mailer'"))
    }

    // MARK: sql

    private func sql(_ statement: String) -> String {
        let script =
            "import sqlite3,sys;d=sqlite3.connect(sys.argv[1]);print(d.execute(sys.argv[2]).fetchall());d.commit()"
        return String(
            decoding: TestProgram.output(of: "python3 -c '\(script)' '\(kitchen.path("crm.sqlite"))' '\(statement)'")
                ?? [],
            as: UTF8.self)
    }

    private let row =
        "{sql: {sqlite: crm.sqlite, insert: notes, values: {lead: record.id, text: note.text, size: size(input.word)}}}"

    @Test func `a row goes into the table once, its values bound`() async throws {
        _ = sql("CREATE TABLE notes (lead TEXT, text TEXT, size INTEGER, idempotency_key TEXT UNIQUE)")
        try lay(row, rows: "1,\"x'); DROP TABLE notes; --\",a@b\n")
        let ended = try await go()
        #expect(ended.code == 0, "\(ended.err)")
        #expect(sql("SELECT lead, size, length(idempotency_key) FROM notes") == "[('1', 25, 64)]\n")
        #expect(try kitchen.read("out/out.jsonl") == "{\"id\":\"1\",\"status\":\"inserted\"}\n")
        try FileManager.default.removeItem(atPath: kitchen.path(".linecook"))
        #expect(try await go("--fresh", "--run", "second").code == 0)
        #expect(try kitchen.read("out/out.jsonl") == "{\"id\":\"1\",\"status\":\"there already\"}\n")
        #expect(sql("SELECT count(*) FROM notes") == "[(1,)]\n")
    }

    @Test(arguments: [
        ("CREATE TABLE other (a)", "has no table"), ("CREATE TABLE notes (lead, text, size)", "has no column"),
        ("CREATE TABLE notes (lead, text, size, idempotency_key)", "is not unique"), ("SELECT 1", "no "),
    ])
    func `a table that cannot tell a repetition is told before anything runs`(schema: String, message: String)
        async throws
    {
        _ = sql(schema)
        try lay(row)
        let ended = try await go()
        #expect(ended.code == 2)
        #expect(ended.err.contains(message), "\(ended.err)")
    }

    // MARK: Mistakes

    @Test(arguments: [
        (
            "{http: {url: \"https://a.example\"}, sql: {sqlite: a, insert: b, values: {c: note.text}}}",
            "'send' sends one thing"
        ),
        ("{via: [sendmail]}", "says what is sent"),
        ("{http: {url: \"ftp://a.example\"}}", "does not begin with http:// or https://"),
        ("{http: {url: \"https://a.example\", json: {a: note}}, via: [x]}", "'via' is for an e-mail"),
        ("{email: {to: \"a@b, c@d\", subject: x, body: y}}", "is not one e-mail address"),
        ("{email: {to: a@b, subject: x, body: y, reply_to_record: true}}", "needs records that are e-mails"),
        ("{email: {to: a@b, subject: \"{{ secrets.crm }}\", body: y}}", "secrets are read only in"),
        ("{http: {url: \"https://a.example\", json: {a: secrets.crm}}}", "secrets are read only in"),
        ("{http: {url: \"https://a.example\", method: GET}}", "'method' must be"),
    ])
    func `a mistake is told before the run`(send: String, message: String) async throws {
        try lay(send)
        let ended = try await kitchen.linecook("check", "recipe.yaml")
        #expect(ended.code == 2)
        #expect((ended.out + ended.err).contains(message), "\(ended.out)\(ended.err)")
    }

    @Test func `a recipe that sends must know its rows again`() async throws {
        try lay("{http: {url: \"https://a.example\"}}", input: "{csv: rows.csv}")
        let ended = try await kitchen.linecook("check", "recipe.yaml")
        #expect(ended.code == 2)
        #expect((ended.out + ended.err).contains("a recipe that sends needs `key` here"))
    }
}

extension String {
    /// The keys of a flow map as lines of a step.
    fileprivate var yamlLines: String { dropFirst().dropLast().split(separator: ", ").joined(separator: "\n    ") }
}
