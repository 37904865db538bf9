import Synchronization
import TestSupport
import Testing
import Values

/// `fetch` steps against a web server of the test's own.
@Suite struct FetchTests {
    private let kitchen: Kitchen

    init() throws { kitchen = try Kitchen() }

    private func recipe(
        url: String = "\"https://{{ input.domain }}/\"", allow: String = "[\"*\"]", more: String = "",
        beside: String = "", head: String = ""
    ) -> String {
        """
        recipe: pages
        input: {csv: rows.csv, key: domain}
        \(head)
        steps:
          - name: page
            fetch: {url: \(url), allow: \(allow)\(more)}
            \(beside)
        output:
          - jsonl: out.jsonl
            columns: {id: record.id, status: page.?status.orValue(0), text: 'page.?text.orValue("")', type: 'page.?headers["content-type"].orValue("")'}

        """
    }

    private func lay(_ recipe: String, domains: String...) throws {
        try kitchen.lay(["recipe.yaml": recipe, "rows.csv": "domain\n" + domains.map { "\($0)\n" }.joined()])
    }

    @Test func `a page's text, status and headers can be read`() async throws {
        let server = try WebServer { request in
            request.path == "/"
                ? .page(
                    "<title>T</title><h1>We sell tea</h1><script>no</script><p>in \(request.headers["host"] ?? "")</p>")
                : .page("gone", status: 404)
        }
        try lay(recipe(), domains: "tea.example", "coffee.example")
        let ended = try await kitchen.run("--resolve", "*=http://127.0.0.1:\(server.port)")
        #expect(ended.code == 0, "\(ended.err)")
        #expect(
            try kitchen.read("out/out.jsonl") == """
                {"id":"tea.example","status":200,"text":"We sell tea\\n\\nin tea.example","type":"text/html; charset=utf-8"}
                {"id":"coffee.example","status":200,"text":"We sell tea\\n\\nin coffee.example","type":"text/html; charset=utf-8"}

                """)
    }

    @Test func `a page that is not there is an answer, and a rule can say that it is none`() async throws {
        let server = try WebServer { _ in .page("<p>No such page", status: 404) }
        let resolve = "*=http://127.0.0.1:\(server.port)"
        try lay(recipe(), domains: "a.example")
        #expect(try await kitchen.run("--resolve", resolve).code == 0)
        #expect(try kitchen.read("out/out.jsonl").contains("\"status\":404,\"text\":\"No such page\""))

        try lay(
            recipe(beside: "expect: [{rule: page.status == 200, because: the page is not there}]"), domains: "a.example"
        )
        let ended = try await kitchen.run("--fresh", "--run", "second", "--resolve", resolve)
        #expect(ended.code == 1)
        #expect(try kitchen.read("second/failures.csv").contains("the page is not there"))
    }

    @Test func `a page is read over TLS from a server that is trusted, and from no other`() async throws {
        let trusted = try TLSServer(host: "tea.example", page: "<h1>Tea</h1>", in: kitchen.folder.path)
        let stranger = try TLSServer(host: "coffee.example", page: "<h1>Coffee</h1>", in: kitchen.folder.path)
        // The third has the right certificate of another host.
        try lay(recipe(), domains: "tea.example", "coffee.example", "cake.example")
        let ended = try await kitchen.run(
            "--resolve", "tea.example=127.0.0.1:\(trusted.port)",
            "--resolve", "coffee.example=127.0.0.1:\(stranger.port)",
            "--resolve", "cake.example=127.0.0.1:\(trusted.port)",
            environment: ["SSL_CERT_FILE": trusted.certificate])
        #expect(ended.code == 1, "\(ended.err)")
        let rows = try kitchen.lines("out/out.jsonl")
        #expect(
            rows.count == 1 && rows[0].contains("\"id\":\"tea.example\",\"status\":200,\"text\":\"Tea\""), "\(rows)")
        let failures = try kitchen.lines("run/failures.jsonl").map { try JSON.parse($0) }
        #expect(failures.map { $0["record"]?.string } == ["coffee.example", "cake.example"])
        for failure in failures {
            #expect(failure["message"]?.string?.contains("certificate") == true, "\(failure)")
        }
    }

    @Test func `a redirect is followed within the allow list, and a key does not follow to another site`() async throws
    {
        let server = try WebServer { request in
            switch (request.headers["host"], request.path) {
            case ("a.example", "/"): .redirect(to: "/second")
            case ("a.example", "/second"): .redirect(to: "https://b.example/third")
            case ("b.example", "/third"): .page("key: \(request.headers["x-key"] ?? "none")")
            case ("c.example", _): .redirect(to: "http://169.254.169.254/latest/meta-data")
            case ("d.example", _): .redirect(to: "file:///etc/passwd")
            default: .redirect(to: "/again")
            }
        }
        try lay(
            recipe(
                allow: "[\"*.example\"]", more: ", headers: {X-Key: \"{{ secrets.site }}\"}",
                beside: "otherwise: flag", head: "secrets: {site: {env: SITE_KEY}}"),
            domains: "a.example", "c.example", "d.example", "e.example")
        let ended = try await kitchen.linecook(
            ["run", "recipe.yaml", "--run", "run"]
                + ["a", "b", "c", "d", "e"].flatMap { ["--resolve", "\($0).example=http://127.0.0.1:\(server.port)"] },
            environment: ["SITE_KEY": "hidden-key-of-the-site"])
        #expect(ended.code == 0, "\(ended.err)")
        #expect(try kitchen.lines("out/out.jsonl")[0].contains("key: none"))
        #expect(server.requests.first?.headers["x-key"] == "hidden-key-of-the-site")
        let flags = try kitchen.allBytes(below: "run")
        #expect(flags.contains("'169.254.169.254' is no host that `allow` names"))
        #expect(flags.contains("which does not begin with http:// or https://"))
        #expect(flags.contains("leads on and on"))
        #expect(!flags.contains("hidden-key-of-the-site"))
        #expect(!(try kitchen.allBytes(below: ".linecook").contains("hidden-key-of-the-site")))
    }

    @Test func `a private host is asked only where it is allowed by its own name`() async throws {
        let server = try WebServer { _ in .page("inside") }
        try lay(recipe(url: "\"http://{{ input.domain }}:\(server.port)/\""), domains: "127.0.0.1", "localhost")
        let refused = try await kitchen.run()
        #expect(refused.code == 1)
        #expect(server.requests.isEmpty)
        #expect(try kitchen.read("run/failures.csv").contains("no public address"))

        try lay(
            recipe(url: "\"http://{{ input.domain }}:\(server.port)/\"", allow: "[\"127.0.0.1\", \"*\"]"),
            domains: "127.0.0.1")
        #expect(try await kitchen.run("--fresh", "--run", "second").code == 0)
        #expect(server.requests.count == 1)
    }

    @Test func `a record that names another host than it should does not get there`() async throws {
        let server = try WebServer { _ in .page("") }
        try lay(
            recipe(url: "\"https://{{ input.domain }}.example.com/\"", allow: "[\"*.example.com\"]"),
            domains: "evil.test/?", "evil.test#", "user@evil.test", "a b", "good")
        let ended = try await kitchen.run(
            "--resolve", "*.example.com=127.0.0.1:1", "--resolve", "good.example.com=http://127.0.0.1:\(server.port)")
        #expect(ended.code == 1)
        #expect(server.requests.map { $0.headers["host"] } == ["good.example.com"])
        #expect(try kitchen.report()["counts"]?["failed"]?.int == 4)
    }

    @Test func `text is kept, and what is no text is refused by its type`() async throws {
        let server = try WebServer { request in
            switch request.headers["host"] {
            case "json.example": .page("{\"a\": \"ü\"}", type: "application/json")
            case "latin.example": .bytes([0x63, 0xE9], headers: ["Content-Type": "text/plain; charset=iso-8859-1"])
            case "image.example": .bytes([0x89, 0x50, 0x4E, 0x47, 0], headers: ["Content-Type": "image/png"])
            default: .bytes([0, 1, 2, 3])
            }
        }
        try lay(
            recipe(beside: "otherwise: flag"), domains: "json.example", "latin.example", "image.example",
            "bytes.example")
        let ended = try await kitchen.run("--resolve", "*=http://127.0.0.1:\(server.port)")
        #expect(ended.code == 0, "\(ended.err)")
        let lines = try kitchen.lines("out/out.jsonl")
        #expect(lines[0].contains("{\\\"a\\\": \\\"ü\\\"}") && lines[1].contains("\"text\":\"cé\""))
        #expect(lines[2].contains("\"status\":0") && lines[3].contains("\"status\":0"))
        let journal = try kitchen.allBytes(below: "run")
        #expect(journal.contains("is image/png; 'fetch' reads HTML and other text only"))
        #expect(journal.contains("is no text; 'fetch' reads HTML and other text only"))
    }

    @Test func `an overloaded server is asked again, and a host that is not there fails its own records alone`()
        async throws
    {
        let tries = Tries()
        let server = try WebServer { _ in
            tries.next() < 3 ? .bytes([], status: 503, headers: ["Retry-After": "0"]) : .page("at last")
        }
        try lay(recipe(), domains: "busy.example", "127.0.0.1.invalid")
        let ended = try await kitchen.run("--resolve", "busy.example=http://127.0.0.1:\(server.port)")
        #expect(ended.code == 1)
        #expect(server.requests.count == 3)
        #expect(try kitchen.read("out/out.jsonl").contains("at last"))
        #expect(try kitchen.report()["counts"]?["failed"]?.int == 1)
    }

    @Test func `a page that is too large is unreadable, and one that is no HTTP malformed, and neither is asked again`()
        async throws
    {
        let server = try WebServer { request in
            request.headers["host"] == "large.example"
                ? .bytes(Array(repeating: UInt8(ascii: "a"), count: 9 << 20), headers: ["Content-Type": "text/plain"])
                : .raw(Array("HTTP/1.1 200 OK\r\nX-\u{1}: a\r\nContent-Length: 2\r\n\r\nhi".utf8))
        }
        try lay(recipe(), domains: "large.example", "odd.example")
        let ended = try await kitchen.run("--resolve", "*=http://127.0.0.1:\(server.port)")
        #expect(ended.code == 1, "\(ended.err)")
        #expect(server.requests.count == 2)
        let failures = try #require(try kitchen.report()["failures"]?.list)
        let messages = Dictionary(
            uniqueKeysWithValues: failures.map { ($0["cause"]?.string ?? "", $0["example"]?["message"]?.string ?? "") })
        #expect(
            messages["unreadable"] == "https://large.example/ is larger than 8 MB, the most that 'fetch' reads",
            "\(messages)")
        #expect(
            messages["malformed"]?.hasPrefix("what https://odd.example/ answered is no HTTP") == true, "\(messages)")
    }

    @Test func `what was fetched is kept when the run is gone on with`() async throws {
        let server = try WebServer { request in
            request.headers["host"] == "slow.example" ? .hang : .page("here")
        }
        try lay(recipe(), domains: "quick.example", "slow.example")
        let resolve = "*=http://127.0.0.1:\(server.port)"
        let process = try kitchen.start(["run", "recipe.yaml", "--run", "run", "--resolve", resolve])
        await server.received(2)
        process.send(9)
        _ = await process.end()

        let second = try WebServer { _ in .page("second") }
        let ended = try await kitchen.run("--resolve", "*=http://127.0.0.1:\(second.port)")
        #expect(ended.code == 0, "\(ended.err)")
        #expect(second.requests.count <= 2 && second.requests.contains { $0.headers["host"] == "slow.example" })
        #expect(try kitchen.lines("out/out.jsonl").count == 2)
    }

    @Test(arguments: [
        ("fetch: {url: \"https://a.example/\"}", "'fetch' needs 'allow'"),
        ("fetch: {url: \"https://a.example/\", allow: []}", "'allow' names no host"),
        ("fetch: {url: \"https://a.example/\", allow: \"https://a.example\"}", "is no host; write the host alone"),
        ("fetch: {url: \"https://a.example/\", allow: \"a*\"}", "has a '*' that does not stand for whole names"),
        ("fetch: {url: \"https://a.example/\", allow: \"*\", headers: {Host: b}}", "is set by the request itself"),
        (
            "fetch: {url: \"https://a.example/\", allow: \"*\", headers: {\"a b\": c}}",
            "is no name that a header can have"
        ),
        ("fetch: {url: \"https://{{ secrets.k }}/\", allow: \"*\"}", "secrets are read only in headers"),
        ("fetch: {url: \"https://a.example/\", allow: \"*\", headers: {A: \"{{ secrets.no }}\"}}", "no"),
    ])
    func `a mistake is told before the run`(step: String, message: String) async throws {
        try kitchen.lay([
            "recipe.yaml": """
            recipe: pages
            input: {csv: rows.csv, key: domain}
            secrets: {k: {env: KEY}}
            steps:
              - name: page
                \(step)

            """, "rows.csv": "domain\na\n",
        ])
        let ended = try await kitchen.linecook("check", "recipe.yaml")
        #expect(ended.code == 2 && (ended.out + ended.err).contains(message), "\(ended.out)\(ended.err)")
    }

    @Test func `a secret that is not there is told before anything runs`() async throws {
        try lay(
            recipe(more: ", headers: {A: \"{{ secrets.k }}\"}", head: "secrets: {k: {env: NO_SUCH_KEY}}"),
            domains: "a.example")
        let ended = try await kitchen.run()
        #expect(ended.code == 2)
        #expect(ended.err.contains("the secret 'k' is not set: the environment has no NO_SUCH_KEY"))
    }
}

/// Counts.
final class Tries: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
