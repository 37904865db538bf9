import Digests
import Journaling
import Locks
import Reviewing
import Runs
import Testing
import Values

@testable import ReviewWeb

/// A site over a journal in memory, and people who ask for its pages.
struct WebRoom {
    let journal = MemoryJournal()
    let store: ReviewStore
    let site: ReviewSite
    let people = People()
    private let clock = Guarded(Timestamp(seconds: 1_700_000_000))

    static let host = "127.0.0.1:8080"

    init() async throws {
        let clock = clock
        store = ReviewStore(journal) { clock.withLock { $0 } }
        site = ReviewSite(
            store, people: people, at: .init(scheme: "http", hosts: [Self.host, "localhost:8080"], port: 8080),
            recipe: "reply <b>", run: "reply-1"
        ) { clock.withLock { $0 } }
        let outline = RunOutline(
            recipe: "reply", recipePath: "reply.yaml", input: "mails",
            steps: [.init(name: "approval", kind: "review", answered: true)])
        try await journal.begin(
            RunStart(
                id: "reply-1", at: Timestamp(seconds: 1_700_000_000), recipeText: [], outline: outline,
                plan: SHA256Digest(of: "plan"), options: [:]))
    }

    func wait(seconds: Int64) { clock.withLock { $0.seconds += seconds } }

    @discardableResult
    func park(_ record: String, _ ordinal: Int, body: String = "Dear Bob", deadline: Int64? = nil) async throws -> Int64
    {
        let now = Timestamp(seconds: 1_700_000_000)
        let wait = Wait(
            .review, record: record, step: "approval", since: now,
            deadline: deadline.map { Timestamp(seconds: now.seconds + $0) }, question: "Send this reply?",
            shown: [
                .init("input.text", "They said that nobody answers the phone."),
                .init("draft", ["body": .string(body)]),
            ],
            fields: [.init("draft.body", .string(body), schema: ["type": "string", "maxLength": 40])],
            choices: [.approve, .reject])
        try await journal.append([
            JournalEntry(
                ordinal: ordinal, step: 0, kind: .waiting, at: now, key: SHA256Digest(of: wait.body), body: wait.body)
        ])
        return try #require(try journal.reader().waits().last { $0.ordinal == ordinal }?.number)
    }

    /// Follows a link, as a browser does.
    func enter(_ name: String) async throws -> Browser {
        let response = await site.respond(to: SiteRequest("GET", "/in/\(people.invite(name))", host: Self.host))
        #expect(response.status == 200)
        let cookie = try #require(response.header("Set-Cookie"))
        return Browser(site: site, cookie: String(cookie.prefix { $0 != ";" }))
    }

    struct Browser {
        let site: ReviewSite
        var cookie: String

        func get(_ target: String) async -> SiteResponse {
            await site.respond(to: SiteRequest("GET", target, host: WebRoom.host, headers: ["cookie": cookie]))
        }

        /// Of every form of the session.
        func token() async throws -> String {
            let session = String(cookie.drop { $0 != "=" }.dropFirst())
            return try #require(site.people.session(session, at: site.now(), keeps: false)).formToken
        }

        func post(_ target: String, _ fields: [(String, String)], headers: [String: String] = [:]) async throws
            -> SiteResponse
        {
            let all = [("token", try await token())] + fields
            let body = all.map { "\(FormFields.encoded($0.0))=\(FormFields.encoded($0.1))" }.joined(separator: "&")
            let own = ["cookie": cookie, "origin": "http://\(WebRoom.host)"].merging(headers) { $1 }
            return await site.respond(
                to: SiteRequest(
                    "POST", target, host: WebRoom.host, headers: own, body: Array(body.utf8), peer: "127.0.0.1"))
        }
    }
}

extension SiteResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
