import Foundation
import TestSupport
import Testing
import Values

/// Ten thousand requests that no browser sends, each over a socket of its own.
@Suite(.startsPrograms, .timeLimit(.minutes(30))) struct MalformedRequestTests {
    private static let count = 10_000
    /// How many are under way at once.
    private static let width = 4

    /// What came of many.
    private struct Tally: Sendable {
        var answers: [Int: Int] = [:]
        var closed = 0
        /// What should not have been.
        var wrong: [String] = []

        mutating func add(_ other: Tally) {
            answers.merge(other.answers, uniquingKeysWith: +)
            closed += other.closed
            wrong += other.wrong
        }
    }

    private static func send(
        _ count: Int, of requests: MalformedRequests, to port: Int
    ) throws -> Tally {
        var (requests, tally) = (requests, Tally())
        for _ in 0..<count {
            let attack = requests.next()
            let connection = try RawConnection(port: port)
            connection.say(attack.bytes)
            if !attack.isWhole { connection.sayNoMore() }
            let isWhole = attack.isWhole
            let heard = try connection.hear { isWhole && !HTTPReply($0).statuses.isEmpty }
            let statuses = HTTPReply(heard).statuses
            for status in statuses { tally.answers[status, default: 0] += 1 }
            if statuses.isEmpty { tally.closed += 1 }
            if !attack.statuses.isSuperset(of: statuses) || attack.isWhole && statuses.isEmpty {
                let said = String(decoding: attack.bytes.prefix(400), as: UTF8.self).debugDescription
                tally.wrong.append("\(attack.kind.rawValue): \(statuses) to \(said)")
            }
        }
        return tally
    }

    @Test func `ten thousand malformed requests are refused, change nothing, and leave it serving`() async throws {
        // A number told here brings the same requests back.
        let seed = UInt64.random(in: 0...999_999)
        let review = try await ServedReview(try await .withWaiting(4), ["--as", "Ada"], limit: 1_500)
        let link = try #require(ReviewLink(review.links["Ada"]))
        let port = link.port
        @Sendable func get(_ target: String, _ cookie: String = "") throws -> HTTPReply {
            let connection = try RawConnection(port: port)
            connection.say(
                Array(
                    "GET \(target) HTTP/1.1\r\nHost: \(link.host)\r\nCookie: \(cookie)\r\nConnection: close\r\n\r\n"
                        .utf8))
            return HTTPReply(try connection.hear())
        }
        let cookie = try #require(try get(link.target).cookie)
        let formToken = try #require(try get("/", cookie).formToken)
        let item = try #require(try await review.kitchen.queue().first)
        let visitor = MalformedRequests.Visitor(
            host: link.host, cookie: cookie, formToken: formToken, record: item["number"]?.int ?? 0,
            seen: item["seen"]?.string ?? "")

        let start = ContinuousClock.now
        let tally = try await withThrowingTaskGroup(of: Tally.self) { group in
            for lane in 0..<Self.width {
                group.addTask {
                    try await onThreadOfItsOwn {
                        let requests = MalformedRequests(visitor, seed: seed &* 1_000 &+ UInt64(lane))
                        return try Self.send(Self.count / Self.width, of: requests, to: port)
                    }
                }
            }
            return try await group.reduce(into: Tally()) { $0.add($1) }
        }
        let wrong = tally.wrong.prefix(10)
        #expect(wrong.isEmpty, "seed \(seed), \(tally.wrong.count) in all")
        // All kinds of refusals were met, so the requests reached what they were meant for.
        #expect(Set(tally.answers.keys).isSuperset(of: [400, 401, 403, 404, 405]), "seed \(seed): \(tally.answers)")
        let page = try get("/", cookie)
        #expect(page.status == 200 && page.text.contains("<strong id=\"open\">7</strong>"), "seed \(seed)")
        #expect(try await review.kitchen.queue("--state", "answered").isEmpty, "seed \(seed)")
        let ended = await review.end()
        #expect(ended.code == 3, "seed \(seed): \(ended.err)")
        let took = (ContinuousClock.now - start).formatted(
            .units(allowed: [.seconds], fractionalPart: .show(length: 1)))
        let answers = tally.answers.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
        print(
            "malformed requests: \(Self.count) in \(took); \(answers.joined(separator: ", ")); \(tally.closed) closed "
                + "without a word; seed \(seed)")
    }
}
