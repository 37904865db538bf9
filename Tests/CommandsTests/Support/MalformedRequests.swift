import TestSupport

/// Requests as broken programs and people with bad intent send them, each with what may be answered.
struct MalformedRequests {
    struct Attack {
        var kind: Kind
        var bytes: [UInt8]
        /// What an answer may be.
        var statuses: Set<Int>
        /// Whether the server has all that it needs, so that it has to answer; otherwise it may just close.
        var isWhole = true
    }

    enum Kind: String, CaseIterable {
        /// Requests in good order without the token.
        case token
        /// With the token, but one thing is wrong.
        case path, host, origin, form, method
        /// No HTTP, or hardly.
        case line, header, garbage, changed
        /// Cut short.
        case truncated, halves
    }

    /// Of somebody who is signed in, so that nothing but what is meant to is wrong.
    struct Visitor: Sendable {
        /// `127.0.0.1:8080`
        var host: String
        var cookie: String
        var formToken: String
        /// A record that waits, and the hash of what it shows.
        var record: Int64
        var seen: String
    }

    private let visitor: Visitor
    private var draws: Draws

    init(_ visitor: Visitor, seed: UInt64) {
        self.visitor = visitor
        draws = Draws(seed: seed)
    }

    mutating func next() -> Attack {
        let kind = one(of: Kind.allCases)
        switch kind {
        case .token: return Attack(kind: kind, bytes: withoutToken(), statuses: [401])
        case .path: return Attack(kind: kind, bytes: get(path()), statuses: [404])
        case .host: return Attack(kind: kind, bytes: foreignHost(), statuses: [403])
        case .origin: return Attack(kind: kind, bytes: foreignOrigin(), statuses: [403])
        case .form: return Attack(kind: kind, bytes: foreignForm(), statuses: [403])
        case .method: return Attack(kind: kind, bytes: otherMethod(), statuses: [405])
        case .line: return refused(kind, line())
        case .header: return refused(kind, brokenHeader())
        case .garbage: return refused(kind, bytes(Int.random(in: 1...2_000, using: &draws)))
        case .changed: return refused(kind, changed(withoutToken(nearly: false)))
        case .truncated: return refused(kind, truncated())
        case .halves: return refused(kind, withoutToken() + cut(approval()))
        }
    }

    private func refused(_ kind: Kind, _ bytes: [UInt8]) -> Attack {
        Attack(kind: kind, bytes: bytes, statuses: Set(400..<500), isWhole: false)
    }

    // MARK: Parts

    private mutating func one<Thing>(of things: [Thing]) -> Thing {
        things[Int.random(in: 0..<things.count, using: &draws)]
    }

    private mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &draws) }
    }

    private mutating func word(_ signs: String = "abcdefghijklmnopqrstuvwxyz0123456789", _ count: Int = 12) -> String {
        let signs = Array(signs)
        return String((0..<count).map { _ in one(of: signs) })
    }

    private func request(_ method: String, _ path: String, _ headers: [String], _ body: String? = nil) -> [UInt8] {
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        let head = (["\(method) \(path) HTTP/1.1"] + headers + length).joined(separator: "\r\n")
        return Array((head + "\r\n\r\n" + (body ?? "")).utf8)
    }

    private var own: [String] { ["Host: \(visitor.host)", "Cookie: \(visitor.cookie)"] }
    private var ownOrigin: [String] { own + ["Origin: http://\(visitor.host)"] }
    private var approvalForm: String { "token=\(visitor.formToken)&word=approve&seen=\(visitor.seen)" }

    private func get(_ path: String) -> [UInt8] { request("GET", path, own) }

    /// In good order, and it would count.
    private func approval() -> [UInt8] {
        request("POST", "/record/\(visitor.record)/answer", ownOrigin, approvalForm)
    }

    private var pages: [String] { ["/", "/counts", "/review.js", "/record/\(visitor.record)"] }

    private var forms: [String] {
        ["/record/\(visitor.record)/answer", "/record/\(visitor.record)/undo", "/rule", "/rule/approve"]
    }

    // MARK: One thing is wrong

    /// - Parameter nearly: whether a cookie may be one sign away from the right one.
    private mutating func withoutToken(nearly: Bool = true) -> [UInt8] {
        let method = one(of: ["GET", "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND"])
        let target = one(
            of: pages + forms + [path(), "*", "http://evil.example/", "/in/", "/in/\(word("0123456789abcdef", 64))"])
        let host = one(of: [visitor.host, visitor.host, "evil.example", ""])
        let (right, name) = (visitor.cookie, visitor.cookie.prefix { $0 != "=" })
        let cookies = [
            "", "Cookie: \(name)=", "Cookie: \(name)=\(word("0123456789abcdef", 64))",
            "Authorization: Bearer \(word())",
        ]
        let near = [
            "Cookie: \(right)0", "Cookie: \(right.dropLast())", "Cookie: x\(right)", "Cookie: \(right.uppercased())",
            "Cookie: \(name) \(right.dropFirst(name.count))",
        ]
        let cookie = one(of: nearly ? cookies + near : cookies)
        let headers = ["Host: \(host)", "Origin: http://\(visitor.host)"] + (cookie.isEmpty ? [] : [cookie])
        return request(method, target, headers, method == "POST" ? approvalForm : nil)
    }

    private mutating func path() -> String {
        one(of: [
            "/..", "/../", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//", "/./", "/record/", "/record/1/",
            "/record/\(visitor.record)/", "/record/\(visitor.record)/answer/", "/record/-1", "/record/+1",
            "/record/1e3",
            "/record/0x1", "/record/99999999999999999999", "/RECORD/\(visitor.record)", "/review.js/", "/review.js%00",
            "/record/1/../\(visitor.record)", "/index.html", "/record/\(visitor.record);a=b", "/in", "/.git/config",
            "//\(visitor.host)/", "/record/%31", "/counts/..", "/rule/approve/all",
            String(repeating: "/a", count: Int.random(in: 1...500, using: &draws)), "/\(word())", "/record/\(word())",
        ])
    }

    private mutating func foreignHost() -> [UInt8] {
        let port = visitor.host.split(separator: ":").last ?? ""
        let (good, evil) = ("Host: \(visitor.host)", "Host: evil.example")
        let all: [[String]] = [
            [evil], ["Host: evil.example:\(port)"], ["Host: 127.0.0.1"], ["Host: 127.0.0.1:1"], ["Host: localhost"],
            ["\(good).evil.example"], ["Host: 127.0.0.1.:\(port)"], ["Host: evil.example@\(visitor.host)"], ["Host: "],
            ["\(good), evil.example"], [good, evil], [evil, good], [good, good], [],
        ]
        return request("GET", one(of: pages), one(of: all) + ["Cookie: \(visitor.cookie)"])
    }

    private mutating func foreignOrigin() -> [UInt8] {
        let all: [[String]] = [
            ["Origin: http://evil.example"], ["Origin: null"], ["Origin: https://\(visitor.host)"], ["Origin: "],
            ["Origin: http://\(visitor.host).evil.example"], ["Origin: http://127.0.0.1"], ["Origin: \(visitor.host)"],
            ["Origin: http://\(visitor.host)/"], ["Origin: http://evil.example", "Origin: http://\(visitor.host)"],
            [], ["Sec-Fetch-Site: same-site"], ["Sec-Fetch-Site: none"], ["Sec-Fetch-Site: cross-site"],
            ["Referer: http://\(visitor.host)/"],
        ]
        return request("POST", one(of: forms), own + one(of: all), approvalForm)
    }

    private mutating func foreignForm() -> [UInt8] {
        let token = visitor.formToken
        let rest = "&word=approve&seen=\(visitor.seen)"
        let all: [String] = [
            "", "token=", rest, "token=\(token)0\(rest)", "token=\(token.dropLast())\(rest)",
            "token=\(word("0123456789abcdef", 64))\(rest)", "token=\(token.uppercased())A\(rest)",
            "token=x&token=\(token)\(rest)", "Token=\(token)\(rest)", "token[]=\(token)\(rest)",
            "token=\(token)%\(rest)",
            "token=\(token)&note=%FF\(rest)", "{\"token\": \"\(token)\"}",
            "\(String(repeating: "a=b&", count: 2_000))token=\(token)\(rest)",
        ]
        let path = one(of: forms)
        return request("POST", one(of: [path, "\(path)?token=\(token)"]), ownOrigin, one(of: all))
    }

    private mutating func otherMethod() -> [UInt8] {
        let method = one(of: ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "PURGE", "LOCK"])
        if one(of: [true, false]) { return request(method, one(of: pages + forms), ownOrigin) }
        return one(of: [
            request("POST", one(of: pages), ownOrigin, approvalForm), request("GET", one(of: forms), ownOrigin),
        ])
    }

    // MARK: Hardly HTTP

    private mutating func line() -> [UInt8] {
        let rest = "\r\nHost: \(visitor.host)\r\n\r\n"
        let all: [String] = [
            "GET\(rest)", "GET /\(rest)", "GET / HTTP/9.9\(rest)", "GET / HTTP/1.1x\(rest)",
            "get / HTTP/1.1\(rest)",
            "GET  /  HTTP/1.1\(rest)", "GET / /counts HTTP/1.1\(rest)", "GET /\t HTTP/1.1\(rest)",
            "GET / HTTP/1.0\r\n\r\n", "GET /\r\n\r\n", "\r\n\r\n\r\n", "\n\n\nGET / HTTP/1.1\n\n",
            "GET \\ HTTP/1.1\(rest)",
            "GET /\u{0} HTTP/1.1\(rest)", "GET /\u{7F}é HTTP/1.1\(rest)",
            "\(word().uppercased()) / HTTP/1.1\(rest)",
            "GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\(rest)", "GET / HTTP/1.1\rHost: x\r\r",
            String(repeating: "X", count: Int.random(in: 1...5_000, using: &draws)),
            "CONNECT \(visitor.host) HTTP/1.1\(rest)",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{3}\u{3}",
            "HTTP/1.1 200 OK\(rest)",
        ]
        return Array(one(of: all).utf8)
    }

    private mutating func brokenHeader() -> [UInt8] {
        let count = Int.random(in: 1...3_000, using: &draws)
        let all: [[String]] = [
            ["Cookie : \(visitor.cookie)"], ["no colon"], [": x"], ["X: a\u{0}b"], ["X: a\rb"], [" folded: x"],
            ["X: \(String(repeating: "y", count: 40 * count))"], (0..<count).map { "X-\($0): y" },
            ["Cookie: \(String(repeating: "a=b; ", count: count))"], ["X\u{E9}: y"], ["Content-Length: -1"],
            ["Content-Length: 1\(word("0123456789", 30))"], ["Content-Length: five"],
            ["Content-Length: 5", "Content-Length: 6"],
            ["Content-Length: 5", "Transfer-Encoding: chunked"], ["Transfer-Encoding: gzip, chunked"],
            ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], ["Transfer-Encoding: xchunked"],
            ["Expect: 100-continue", "Content-Length: 5"], ["Expect: nothing"],
            ["Upgrade: h2c", "Connection: Upgrade"],
            ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: eA=="], ["Connection: close, \(word())"],
        ]
        let body = one(of: [
            "", "hello", "zz\r\n", "5\r\nhello\r\n", "fffffffffffffffff\r\n", "5;\(word())\r\nhello\r\n0\r\n\r\n",
        ])
        return request(one(of: ["GET", "POST"]), one(of: pages + forms), ["Host: \(visitor.host)"] + one(of: all))
            + Array(body.utf8)
    }

    private mutating func changed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...8, using: &draws) {
            let place = Int.random(in: 0..<bytes.count, using: &draws)
            switch Int.random(in: 0..<3, using: &draws) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &draws)
            case 1: bytes.insert(UInt8.random(in: 0...255, using: &draws), at: place)
            default: if bytes.count > 1 { bytes.remove(at: place) }
            }
        }
        return bytes
    }

    // MARK: Cut short

    private mutating func cut(_ bytes: [UInt8]) -> [UInt8] {
        Array(bytes.prefix(Int.random(in: 1..<bytes.count, using: &draws)))
    }

    /// An approval that would count if all of it had come.
    private mutating func truncated() -> [UInt8] {
        let path = "/record/\(visitor.record)/answer"
        let (form, count) = (approvalForm, approvalForm.utf8.count)
        switch Int.random(in: 0..<4, using: &draws) {
        case 0:
            let more = count + Int.random(in: 1...100_000_000, using: &draws)
            return request("POST", path, ownOrigin + ["Content-Length: \(more)"]) + Array(form.utf8)
        case 1:
            let chunk = String(count, radix: 16) + "\r\n\(form)\r\n"
            return request("POST", path, ownOrigin + ["Transfer-Encoding: chunked"]) + Array(chunk.utf8)
        default: return cut(approval())
        }
    }
}
