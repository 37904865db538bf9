import Foundation
import Reviewing
import Testing

@testable import ReviewWeb

/// Who gets in, and what everybody else gets.
@Suite struct GateTests {
    @Test(arguments: [
        ("GET", "/"), ("GET", "/review.js"), ("GET", "/counts"), ("GET", "/record/1"), ("POST", "/record/1/answer"),
        ("DELETE", "/"), ("GET", "/../../etc/passwd"), ("GET", "/nothing"), ("OPTIONS", "*"), ("GET", "/in/"),
        ("GET", "/in/0000"), ("POST", "/in/0000"), ("GET", ""), ("GET", "http://other/"),
    ])
    func `without the token there is nothing but 401`(method: String, target: String) async throws {
        let room = try await WebRoom()
        for host in [WebRoom.host, "evil.example"] {
            for cookie in [nil, "linecook-8080=", "linecook-8080=0123", "other=1"] {
                let headers = cookie.map { ["cookie": $0] } ?? [:]
                let response = await room.site.respond(to: SiteRequest(method, target, host: host, headers: headers))
                #expect(response.status == 401)
                #expect(!response.text.contains("mail"))
            }
        }
    }

    @Test func `a link opens once, and a session is over when nobody uses it`() async throws {
        let room = try await WebRoom()
        let target = "/in/\(room.people.invite("Ada"))"
        let first = await room.site.respond(to: SiteRequest("GET", target, host: WebRoom.host))
        let cookie = try #require(first.header("Set-Cookie"))
        #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"))
        #expect(await room.site.respond(to: SiteRequest("GET", target, host: WebRoom.host)).status == 401)
        let ada = try await room.enter("Ada")
        room.wait(seconds: People.patience - 1)
        #expect(await ada.get("/").status == 200)
        // The page's own look at the counts keeps nobody signed in.
        room.wait(seconds: People.patience - 1)
        #expect(await ada.get("/counts").status == 200)
        room.wait(seconds: 2)
        #expect(await ada.get("/").status == 401)
    }

    @Test func `every answer forbids framing, storing and foreign script`() async throws {
        let room = try await WebRoom()
        let ada = try await room.enter("Ada")
        for target in ["/", "/nothing", "/review.js", "/counts"] {
            let response = await ada.get(target)
            #expect(response.header("Cache-Control") == "no-store")
            let policy = try #require(response.header("Content-Security-Policy"))
            #expect(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"))
            #expect(!policy.contains("unsafe") && !policy.contains("*"))
        }
    }

    @Test func `another host, origin, method or form is refused`() async throws {
        let room = try await WebRoom()
        let number = try await room.park("mail-1", 1)
        let ada = try await room.enter("Ada")
        func status(_ request: SiteRequest) async -> Int { await room.site.respond(to: request).status }
        let cookie = ["cookie": ada.cookie]
        #expect(await status(SiteRequest("GET", "/", host: "evil.example", headers: cookie)) == 403)
        #expect(await status(SiteRequest("GET", "/", host: "127.0.0.1:8081", headers: cookie)) == 403)
        #expect(
            await status(SiteRequest("GET", "/record/\(number)/answer", host: WebRoom.host, headers: cookie)) == 405)
        for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "get"] {
            #expect(await status(SiteRequest(method, "/", host: WebRoom.host, headers: cookie)) == 405)
        }
        for headers in [["origin": "http://evil.example"], ["origin": "null"], ["origin": "https://\(WebRoom.host)"]] {
            #expect(
                try await ada.post("/record/\(number)/answer", [("word", "approve")], headers: headers).status == 403)
        }
        let foreign = ["cookie": ada.cookie, "origin": "http://\(WebRoom.host)"]
        for body in ["", "token=", "token=0000&word=approve", "%", "a=%FF"] {
            let request = SiteRequest(
                "POST", "/record/\(number)/answer", host: WebRoom.host, headers: foreign, body: Array(body.utf8))
            #expect(await status(request) == 403)
        }
        let crossSite = cookie.merging(["sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"]) { $1 }
        #expect(await status(SiteRequest("GET", "/review.js", host: WebRoom.host, headers: crossSite)) == 403)
        #expect(try room.store.counts().open == 1)
    }

    @Test(arguments: [
        "/..", "/../", "/%2e%2e/", "//", "/./", "/record/", "/record/1/", "/record/1/answer/", "/record/-1",
        "/record/+1",
        "/record/1e3", "/record/٣", "/record/99999999999999999999", "/RECORD/1", "/review.js/", "/review.js%00",
        "/record/1/../2", "/index.html", "/record/1;a=b", "\\", "*", "/in",
    ])
    func `tricks with paths find nothing`(path: String) async throws {
        let room = try await WebRoom()
        let ada = try await room.enter("Ada")
        #expect(await ada.get(path).status == 404)
    }

    @Test func `one person's form is not another's`() async throws {
        let room = try await WebRoom()
        let number = try await room.park("mail-1", 1)
        let (ada, bob) = (try await room.enter("Ada"), try await room.enter("Bob"))
        let token = try await ada.token()
        let body = "token=\(token)&word=approve&seen=00"
        let headers = ["cookie": bob.cookie, "origin": "http://\(WebRoom.host)"]
        let request = SiteRequest(
            "POST", "/record/\(number)/answer", host: WebRoom.host, headers: headers, body: Array(body.utf8))
        #expect(await room.site.respond(to: request).status == 403)
    }
}
