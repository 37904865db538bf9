import Calls
import TestSupport
import Testing

@testable import Transport

@Suite struct WebURLTests {
    @Test(arguments: [
        ("https://Example.COM", "https://example.com/"),
        ("http://example.com:80/a b?q=ü#part", "http://example.com/a%20b?q=%C3%BC"),
        ("https://example.com.:8443/x", "https://example.com:8443/x"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("HTTP://1.2.3.4?x", "http://1.2.3.4/?x"),
    ])
    func `an address is read as browsers read it`(text: String, url: String) throws {
        #expect("\(try WebURL(text))" == url)
    }

    @Test(arguments: [
        "", "example.com", "ftp://example.com/", "file:///etc/passwd", "http://", "http://a b/", "http://user@host/",
        "http://host:0/", "http://host:99999/", "http://host:x/", "http://[::1", "http://[nothing]/",
        "http://münchen.de/",
        "http://a\r\nb/", "javascript://x/", "http:// /",
    ])
    func `what is no address of a page is refused`(text: String) {
        #expect(throws: WebURL.Mistake.self) { try WebURL(text) }
    }

    @Test(arguments: [
        ("/x", "http://h/x"), ("x?y", "http://h/a/x?y"), ("?y", "http://h/a/b?y"), ("//other/z", "http://other/z"),
        ("https://other/", "https://other/"), ("../../../x", "http://h/x"), ("./", "http://h/a/"),
        ("", "http://h/a/b?c"),
    ])
    func `a redirect leads on from where it stands`(location: String, url: String) throws {
        #expect("\(try WebURL("http://h/a/b?c").following(location))" == url)
    }

    @Test func `a redirect to another kind of address is refused`() {
        #expect(throws: WebURL.Mistake.self) { try WebURL("http://h/").following("file:///etc/passwd") }
        #expect(throws: WebURL.Mistake.self) { try WebURL("http://h/").following("javascript:alert(1)") }
    }
}

@Suite struct AllowListTests {
    private func list(_ entries: String...) throws -> AllowList {
        AllowList(try entries.map { text throws(WebURL.Mistake) in try AllowList.Entry(text) })
    }

    @Test(arguments: [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1", "2001::1", "fec0::1",
    ])
    func `an address of this machine, a house or a link is not public`(address: String) throws {
        #expect(try #require(IPAddress(address)).isPublic == false)
    }

    @Test(arguments: [
        "1.1.1.1", "172.32.0.1", "100.128.0.1", "198.20.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8",
    ])
    func `any other address is public`(address: String) throws {
        #expect(try #require(IPAddress(address)).isPublic)
    }

    @Test func `a pattern names hosts and their ports`() throws {
        let list = try list("*.example.com", "other.org:8080", "[::1]", "10.0.0.7")
        func allows(_ url: String) throws -> Bool { list.allows(try WebURL(url)) }
        #expect(try allows("https://www.example.com/"))
        #expect(try allows("http://a.b.EXAMPLE.com:99/"))
        #expect(
            try !allows("https://example.com/") && !allows("https://badexample.com/")
                && !allows("https://example.com.evil/"))
        #expect(try allows("http://other.org:8080/"))
        #expect(try !allows("http://other.org/"))
        #expect(try allows("http://[::1]:80/"))
        #expect(try allows("http://10.0.0.7/"))
        #expect(try !allows("http://10.0.0.8/"))
    }

    @Test func `a star never leads to an address that is not public, whatever the name`() throws {
        let inside = try #require(IPAddress("10.0.0.7"))
        let outside = try #require(IPAddress("1.1.1.1"))
        let url = try WebURL("http://www.example.com/")
        #expect(try list("*").allows(url, at: outside))
        #expect(try !list("*").allows(url, at: inside))
        #expect(try !list("*.example.com").allows(url, at: inside))
        #expect(try list("www.example.com").allows(url, at: inside))
        #expect(try list("*", "10.0.0.7").allows(url, at: inside))
        #expect(try !list("10.0.0.7").allows(url, at: inside), "the name itself is not allowed")
        #expect(try !list("*", "10.0.0.7:81").allows(url, at: inside))
    }

    @Test(arguments: ["http://example.com", "example.com/path", "a*b.com", "*com", "", "*.", "exa mple.com", "**"])
    func `what is no host is refused`(text: String) {
        #expect(throws: WebURL.Mistake.self) { try AllowList.Entry(text) }
    }

    @Test func `where requests go instead is said by host, address and port`() throws {
        let one = try #require(HostOverride("WWW.example.com=127.0.0.1:8080"))
        #expect(one.host == "www.example.com" && "\(one.address)" == "127.0.0.1" && one.port == 8080 && !one.isPlain)
        #expect(HostOverride("*=http://[::1]:80")?.isPlain == true)
        for wrong in [
            "a", "a=", "=127.0.0.1:1", "a=127.0.0.1", "a=host:80", "a=127.0.0.1:0", "a=127.0.0.1:x", "a=[::1]",
        ] {
            #expect(HostOverride(wrong) == nil, "\(wrong)")
        }
    }
}

@Suite struct WebClientTests {
    private func get(
        _ url: String, allow: [String] = ["127.0.0.1"], overrides: [HostOverride] = [],
        timeout: Swift.Duration = .seconds(600),
        limit: Int = 1 << 20
    ) async throws -> HTTPReply {
        let client = WebClient(overrides: overrides)
        let allow = AllowList(try allow.map { text throws(WebURL.Mistake) in try AllowList.Entry(text) })
        do {
            let reply = try await client.get(
                WebURL(url), headers: ["X-Mine": "yes"], allow: allow, timeout: timeout, bodyLimit: limit)
            await client.close()
            return reply
        } catch {
            await client.close()
            throw error
        }
    }

    @Test func `a page is asked for by its host and comes whole`() async throws {
        let server = try WebServer { .page("You asked for \($0.path) of \($0.headers["host"] ?? "")") }
        let reply = try await get("\(server.origin)/a?b=c")
        #expect(reply.status == 200)
        #expect(String(decoding: reply.body, as: UTF8.self) == "You asked for /a?b=c of 127.0.0.1:\(server.port)")
        #expect(server.requests.first?.headers["x-mine"] == "yes")
    }

    @Test func `an override leads to another address, and the host stays what it is`() async throws {
        let server = try WebServer { .page($0.headers["host"] ?? "") }
        let override = try #require(HostOverride("*=http://127.0.0.1:\(server.port)"))
        let reply = try await get("https://www.example.com/", allow: ["*"], overrides: [override])
        #expect(String(decoding: reply.body, as: UTF8.self) == "www.example.com")
    }

    @Test(arguments: [
        "http://localhost:1/", "http://127.1:1/", "http://2130706433:1/", "http://[::1]:1/", "http://0x7f000001:1/",
    ])
    func `a name of this machine in whatever form is not reached by a star`(url: String) async throws {
        await #expect {
            _ = try await get(url, allow: ["*"])
        } throws: { error in
            guard case .unsendable(let why)? = error as? HTTPFault else { return false }
            return why.contains("no public address") || why.contains("no host")
        }
    }

    @Test func `a host that nobody named is not asked`() async throws {
        let server = try WebServer { _ in .page("") }
        await #expect(throws: HTTPFault.unsendable("'127.0.0.1' is no host that `allow` names")) {
            try await get(server.origin, allow: ["127.0.0.2"])
        }
        #expect(server.requests.isEmpty)
    }

    @Test func `a body longer than its bound is refused, packed or not`() async throws {
        let zeros = try #require(Self.packedZeros)
        let server = try WebServer { request in
            request.path == "/packed"
                ? .bytes(zeros, headers: ["Content-Encoding": "gzip"]) : .bytes(Array(repeating: 65, count: 2_000_000))
        }
        for path in ["/packed", "/plain"] {
            await #expect(throws: HTTPFault.tooLong(limit: 1 << 20)) { try await get(server.origin + path) }
        }
        #expect(try await get(server.origin + "/packed", limit: 3 << 20).body.count == 2 << 20)
    }

    /// Two MB of nothing in some two KB.
    private static let packedZeros = TestProgram.output(of: "head -c 2097152 /dev/zero | gzip -9")

    @Test func `an answer without a body may say how it would be packed`() async throws {
        let server = try WebServer { _ in
            .bytes([], status: 302, headers: ["Content-Encoding": "gzip", "Location": "/there"])
        }
        let reply = try await get(server.origin)
        #expect(reply.status == 302 && reply.body.isEmpty && reply.headers["location"] == "/there")
        #expect(server.requests.count == 1)
    }

    @Test func `a page that never comes ends at its time`() async throws {
        let server = try WebServer { _ in .hang }
        await #expect {
            _ = try await get(server.origin, timeout: .milliseconds(200))
        } throws: { error in
            // On a busy machine not even the request is out by then.
            guard case .timedOut? = error as? HTTPFault else { return false }
            return true
        }
    }

    @Test func `a page that breaks off in its middle is no page`() async throws {
        let server = try WebServer { _ in .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".utf8)) }
        await #expect {
            _ = try await get(server.origin)
        } throws: { error in
            guard case .broken? = error as? HTTPFault else { return false }
            return true
        }
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\nX-\u{1}: a\r\n\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n"])
    func `an answer that is no HTTP is told apart from a connection that broke`(answer: String) async throws {
        let server = try WebServer { _ in .raw(Array(answer.utf8)) }
        await #expect {
            _ = try await get(server.origin)
        } throws: { error in
            guard case .malformed? = error as? HTTPFault else { return false }
            return true
        }
        // A model's server that writes such a thing is asked again, as before.
        await #expect {
            _ = try await NetworkTransport().send(
                HTTPRequest(url: server.origin), timeout: .seconds(20), bodyLimit: 1 << 20)
        } throws: { error in
            guard case .broken? = error as? HTTPFault else { return false }
            return true
        }
    }

    @Test func `nobody there and a broken connection are told apart`() async throws {
        let server = try WebServer { _ in .drop }
        await #expect(throws: HTTPFault.broken("the connection was closed")) { try await get(server.origin) }
        await #expect {
            _ = try await get("http://127.0.0.1:1/")
        } throws: { error in
            guard case .unreachable(let why)? = error as? HTTPFault else { return false }
            return why.contains("127.0.0.1:1")
        }
    }

    @Test func `who waits for a page can be told to stop`() async throws {
        let server = try WebServer { _ in .hang }
        let task = Task { try await get(server.origin, timeout: .seconds(600)) }
        await server.received(1)
        task.cancel()
        await #expect(throws: HTTPFault.cancelled) { try await task.value }
    }
}
