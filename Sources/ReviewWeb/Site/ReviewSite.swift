internal import Digests
internal import Dispatch
internal import Journaling
internal import Pages
package import Reviewing
package import Values

/// The review pages of one run: who may ask for what, and what is answered. Knows no network.
///
/// The order of the checks is a promise: without a session there is nothing but 401, whatever is asked for.
package struct ReviewSite: Sendable {
    /// Where the site is reached.
    package struct Address: Hashable, Sendable {
        /// `http` or `https`
        package var scheme: String
        /// What a `Host` may be: `127.0.0.1:8080`.
        package var hosts: [String]
        /// Of the cookie, so that two sites of one machine have two.
        package var port: Int

        package init(scheme: String, hosts: [String], port: Int) {
            self.scheme = scheme
            self.hosts = hosts
            self.port = port
        }
    }

    let store: ReviewStore
    package let people: People
    package let address: Address
    /// The recipe's name and the run's, for titles.
    let recipe: String
    let run: String
    let now: @Sendable () -> Timestamp
    /// Reading blocks on the file for milliseconds, which no thread of the server's should.
    private let reading = DispatchQueue(label: "linecook.review.reading")

    package init(
        _ store: ReviewStore, people: People, at address: Address, recipe: String, run: String,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.people = people
        self.address = address
        self.recipe = recipe
        self.run = run
        self.now = now
    }

    /// Bytes of a body; a form of ours is smaller.
    package static let longestBody = 4 << 20

    var cookieName: String { "linecook-\(address.port)" }

    package func respond(to request: SiteRequest) async -> SiteResponse {
        var response: SiteResponse
        do {
            response = try await answer(request)
        } catch {
            // Nobody is told more than that: the words may hold what a record holds.
            response = page(500, "This did not work", "The journal of the run cannot be read or written: \(error)")
        }
        harden(&response)
        return response
    }

    private func answer(_ request: SiteRequest) async throws -> SiteResponse {
        if request.path.hasPrefix("/in/") { return enter(request) }
        let keeps = request.path != "/counts"
        guard let token = request.cookie(cookieName), let session = people.session(token, at: now(), keeps: keeps)
        else {
            return page(
                401, "This link is needed first",
                "Open the link that 'linecook review --web' printed for you. A link can be followed once; start the command "
                    + "again for a new one.")
        }
        guard address.hosts.contains(request.host.lowercased()) else {
            return SiteResponse(403, text: "this site does not answer to that host")
        }
        guard request.headers["sec-fetch-site"] != "cross-site" || request.headers["sec-fetch-mode"] == "navigate"
        else {
            return SiteResponse(403, text: "another site has nothing to ask here")
        }
        guard let route = Route(request.path) else { return page(404, "Nothing is here", "No page has this address.") }
        guard request.method == route.method else {
            var refused = SiteResponse(405, text: "only \(route.method) is answered here")
            refused.headers.append(("Allow", route.method))
            return refused
        }
        let visit = Visit(site: self, name: session.name, formToken: session.formToken, request: request)
        guard route.method == "POST" else { return try await visit.show(route) }
        guard isFromHere(request) else { return SiteResponse(403, text: "a form of another site is not taken") }
        guard let fields = FormFields(request.body),
            fields["token"].map({ SHA256Digest(of: $0) }) == SHA256Digest(of: session.formToken)
        else { return SiteResponse(403, text: "this form is not one of yours; load the page again") }
        return try await visit.take(fields, route)
    }

    /// Uses a link. The page goes on to the queue by itself: after a redirect from another site, a strict cookie would not
    /// be sent.
    private func enter(_ request: SiteRequest) -> SiteResponse {
        let refusal = page(
            401, "This link does not open",
            "It was used before, or is not complete. Start 'linecook review --web' again for a new one.")
        guard request.method == "GET", address.hosts.contains(request.host.lowercased()),
            let session = people.enter(String(request.path.dropFirst("/in/".count)), at: now())
        else { return refusal }
        var response = page(200, "Welcome", "The queue opens in a moment.", link: "Open the queue")
        let secure = address.scheme == "https" ? "; Secure" : ""
        response.headers.append(("Set-Cookie", "\(cookieName)=\(session); Path=/; HttpOnly; SameSite=Strict\(secure)"))
        response.headers.append(("Refresh", "0; url=/"))
        return response
    }

    /// Browsers name where a form stood; what names nothing is no browser of ours.
    private func isFromHere(_ request: SiteRequest) -> Bool {
        guard let origin = request.headers["origin"] else { return request.headers["sec-fetch-site"] == "same-origin" }
        return origin.lowercased() == "\(address.scheme)://\(request.host.lowercased())"
    }

    private func harden(_ response: inout SiteResponse) {
        response.headers += [
            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        if response.header("Content-Security-Policy") == nil {
            response.headers.append(("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"))
        }
    }

    func page(_ status: Int, _ page: Page) -> SiteResponse {
        var response = SiteResponse(status, type: "text/html; charset=utf-8", Array(page.text.utf8))
        response.headers.append(
            ("Content-Security-Policy", page.contentSecurityPolicy + "; frame-ancestors 'none'"))
        return response
    }

    private func page(_ status: Int, _ title: String, _ message: String, link: String? = nil) -> SiteResponse {
        page(status, NoticePage(title: title, message: message, link: link).page)
    }

    func read<Answer: Sendable>(_ work: @escaping @Sendable () throws -> Answer) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            reading.async { @Sendable in continuation.resume(with: Result { try work() }) }
        }
    }
}

/// The addresses of the site. Anything else, however it is written, is none.
enum Route: Hashable {
    case queue, counts, script
    case record(Int64), answer(Int64), undo(Int64)
    case rule, approveByRule

    init?(_ path: String) {
        switch path {
        case "/": self = .queue
        case "/counts": self = .counts
        case "/review.js": self = .script
        case "/rule": self = .rule
        case "/rule/approve": self = .approveByRule
        default:
            var parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            guard parts.count >= 3, parts.removeFirst().isEmpty, parts.removeFirst().elementsEqual("record".utf8) else {
                return nil
            }
            let digits = parts.removeFirst()
            guard (1...18).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int64(String(decoding: digits, as: UTF8.self))
            else { return nil }
            switch parts.map({ String(decoding: $0, as: UTF8.self) }) {
            case []: self = .record(number)
            case ["answer"]: self = .answer(number)
            case ["undo"]: self = .undo(number)
            default: return nil
            }
        }
    }

    var method: String {
        switch self {
        case .queue, .counts, .script, .record: "GET"
        case .answer, .undo, .rule, .approveByRule: "POST"
        }
    }
}
