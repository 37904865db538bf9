import Foundation
import TestSupport
import Testing
import Values

/// Where the review pages are reached: over TLS with a certificate, and under a name that people type.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct ReviewAddressTests {
    private static let hasOpenSSL = TestProgram.output(of: "command -v openssl")?.isEmpty == false

    private func openssl(_ kitchen: Kitchen, _ words: String) async throws -> Finished {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return try await CommandProcess(
            ["sh", "-c", "exec openssl \(words)"], in: kitchen.folder.path, environment: ["PATH": path], limit: 60
        ).end()
    }

    /// A certificate that vouches for itself, with its key.
    private func certify(_ kitchen: Kitchen, _ file: String, for name: String) async throws {
        let made = try await openssl(
            kitchen,
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=\(name) "
                + "-addext subjectAltName=DNS:\(name) -keyout \(file).key -out \(file).pem")
        try #require(made.code == 0, "\(made.err)")
    }

    private static func request(
        _ method: String, _ target: String, host: String, _ headers: [String] = [], body: String = ""
    ) -> String {
        (["\(method) \(target) HTTP/1.1", "Host: \(host)", "Content-Length: \(body.utf8.count)", "Connection: close"]
            + headers).joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    /// What is answered over TLS to somebody who trusts one certificate.
    private func ask(
        _ kitchen: Kitchen, _ port: Int, _ request: String, trusting file: String = "own"
    ) async throws -> HTTPReply {
        try kitchen.write("request", request)
        let ended = try await openssl(
            kitchen,
            "s_client -quiet -connect 127.0.0.1:\(port) -servername review.example -verify_hostname review.example "
                + "-CAfile \(file).pem -verify_return_error <request")
        #expect(!ended.hung)
        return HTTPReply(Array(ended.out.utf8))
    }

    @Test(.enabled(if: hasOpenSSL, "the program openssl is not installed"))
    func `with a certificate others can come, over TLS and no other way`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        try await certify(kitchen, "own", for: "review.example")
        try await certify(kitchen, "other", for: "review.example")
        let held = try HeldPort()
        defer { withExtendedLifetime(held) {} }
        let port = held.number
        let site = "review.example:\(port)"
        let review = try await ServedReview(
            kitchen,
            [
                "--as", "Ada", "--listen", "0.0.0.0:\(port)", "--site", site, "--certificate", "own.pem", "--key",
                "own.key",
            ]
        )
        #expect(review.links["Ada"]?.hasPrefix("https://\(site)/in/") == true, "\(review.links)")
        let link = try #require(ReviewLink(review.links["Ada"]))
        func get(_ target: String, host: String, _ headers: [String] = []) async throws -> HTTPReply {
            try await ask(kitchen, port, Self.request("GET", target, host: host, headers))
        }

        // Who does not trust the certificate, or speaks no TLS, learns nothing, and uses no link up.
        let entering = Self.request("GET", link.target, host: site)
        #expect(try await ask(kitchen, port, entering, trusting: "other").status == 0)
        let plain = try await onThreadOfItsOwn {
            let connection = try RawConnection(port: port)
            connection.say(Array(entering.utf8))
            connection.sayNoMore()
            return HTTPReply(try connection.hear())
        }
        #expect(plain.status == 0 && !plain.text.contains("mails"))

        #expect(try await get("/", host: site).status == 401)
        let welcome = try await get(link.target, host: site)
        #expect(welcome.status == 200, "\(welcome.text)")
        #expect(welcome.text.contains("Path=/; HttpOnly; SameSite=Strict; Secure\r\n"))
        let cookie = "Cookie: \(try #require(welcome.cookie))"
        let page = try await get("/", host: site, [cookie])
        #expect(page.status == 200 && page.text.contains("mails/101.eml"))
        for host in ["127.0.0.1:\(port)", "0.0.0.0", "review.example", "evil.example:\(port)"] {
            #expect(try await get("/", host: host, [cookie]).status == 403)
        }

        let item = try #require(try await kitchen.queue().first)
        let form = "token=\(page.formToken ?? "")&word=approve&seen=\(item["seen"]?.string ?? "")"
        func approve(from origin: String) async throws -> Int {
            let target = "/record/\(item["number"]?.int ?? 0)/answer"
            let headers = [cookie, "Origin: \(origin)"]
            return try await ask(
                kitchen, port, Self.request("POST", target, host: site, headers, body: form)
            ).status
        }
        #expect(try await approve(from: "http://\(site)") == 403)
        #expect(try await kitchen.queue("--state", "answered").isEmpty)
        #expect(try await approve(from: "https://\(site)") == 303)
        let said = try #require(try await kitchen.queue("--state", "answered").first?["said"])
        #expect(said["by"] == "Ada" && said["from"] == "127.0.0.1")
        #expect(await review.end().code == 3)
    }

    @Test(
        .enabled(if: hasOpenSSL, "the program openssl is not installed"),
        arguments: ["other.key", "none.key", "own.pem"])
    func `a certificate without its key is told and serves nobody`(key: String) async throws {
        let kitchen = try await Kitchen.withWaiting()
        try await certify(kitchen, "own", for: "review.example")
        try await certify(kitchen, "other", for: "review.example")
        let ended = try await kitchen.linecook(
            "review", "run", "--web", "--as", "Ada", "--certificate", "own.pem", "--key", key)
        #expect(
            ended.code == 64 && ended.err.contains("error: the certificate own.pem with the key \(key) cannot be used"))
        #expect(!ended.err.contains("/in/"))
    }

    @Test func `a name that people type is answered to, beside those of this machine`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let held = try HeldPort()
        defer { withExtendedLifetime(held) {} }
        let port = held.number
        let review = try await ServedReview(
            kitchen, ["--as", "Ada", "--listen", "127.0.0.1:\(port)", "--site", "Review.Example:8080"])
        let link = try #require(ReviewLink(review.links["Ada"]))
        #expect(link.host == "review.example:8080")
        func ask(_ request: String) async throws -> HTTPReply {
            try await onThreadOfItsOwn {
                let connection = try RawConnection(port: port)
                connection.say(Array(request.utf8))
                return HTTPReply(try connection.hear())
            }
        }
        let welcome = try await ask(Self.request("GET", link.target, host: "review.example:8080"))
        #expect(welcome.status == 200 && !welcome.text.contains("; Secure"))
        let cookie = "Cookie: \(try #require(welcome.cookie))"
        for (host, status) in [
            ("review.example:8080", 200), ("REVIEW.example:8080", 200), ("127.0.0.1:\(port)", 200),
            ("localhost:\(port)", 200), ("review.example", 403), ("review.example:\(port)", 403),
        ] {
            #expect(try await ask(Self.request("GET", "/", host: host, [cookie])).status == status, "\(host)")
        }
        let page = try await ask(Self.request("GET", "/", host: "review.example:8080", [cookie]))
        // A form counts where it stood, and not at another name of the same site.
        for (origin, status) in [("http://127.0.0.1:\(port)", 403), ("http://review.example:8080", 200)] {
            let request = Self.request(
                "POST", "/rule", host: "review.example:8080", [cookie, "Origin: \(origin)"],
                body: "token=\(page.formToken ?? "")&rule=true")
            #expect(try await ask(request).status == status)
        }
        #expect(await review.end().code == 3)
    }
}
