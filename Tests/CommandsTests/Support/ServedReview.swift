import Foundation
import TestSupport
import Testing
import Values

extension Kitchen {
    /// With a run in which so many reviews wait, then an answer to settle, a doubt, and hostile text.
    static func withWaiting(_ count: Int = 3) async throws -> Kitchen {
        let kitchen = try Kitchen()
        try kitchen.write("run/recipe.yaml", "recipe: reply-to-support\n")
        let made = try await CommandProcess(
            [TestProgram.path("review-room"), kitchen.path("run"), String(count)], in: kitchen.folder.path,
            environment: [:]
        ).end()
        #expect(made.code == 0, "\(made.err)")
        return kitchen
    }

    /// What waits in its run, or was answered: one object for each record.
    func queue(_ words: String...) async throws -> [Value] {
        let list = try await linecook(["review", "run", "--list", "--json"] + words)
        #expect(list.code == 0, "\(list.err)")
        return try list.out.split(separator: "\n").map { try JSON.parse(String($0)) }
    }
}

/// `linecook review --web` beside a test, over a run in which records wait.
final class ServedReview: Sendable {
    let kitchen: Kitchen
    let process: CommandProcess
    /// By the names of people.
    let links: [String: String]

    struct NotServed: Error {
        var said: String
    }

    /// - Parameters:
    ///   - words: of `--web`, with an `--as` at least.
    ///   - limit: how many seconds a person may stay.
    init(_ kitchen: Kitchen, _ words: [String], limit: TimeInterval = 240) async throws {
        self.kitchen = kitchen
        process = try kitchen.start(["review", "run", "--web"] + words, limit: limit)
        guard await process.says("Each link opens once") else { throw NotServed(said: process.errors) }
        var links: [String: String] = [:]
        for line in process.errors.split(separator: "\n") {
            let parts = line.split(separator: " ")
            if parts.count == 2, parts[1].contains("/in/") { links[String(parts[0].dropLast())] = String(parts[1]) }
        }
        self.links = links
    }

    deinit { if !process.hasEnded { process.send(SIGKILL) } }

    /// Ends the pages as a person does.
    func end() async -> Finished {
        process.send(SIGINT)
        return await process.end()
    }
}

/// A link of `linecook review --web`, taken apart.
struct ReviewLink {
    /// `127.0.0.1:8080`
    var host: String
    /// What is to be asked for: `/in/…`
    var target: String

    init?(_ link: String?) {
        guard let parts = link?.split(separator: "/", maxSplits: 2), parts.count == 3 else { return nil }
        host = String(parts[1])
        target = "/\(parts[2])"
    }

    var port: Int { host.split(separator: ":").last.flatMap { Int($0) } ?? 0 }
}

/// What a server said to one request.
struct HTTPReply {
    var text: String

    init(_ bytes: [UInt8]) { text = String(decoding: bytes, as: UTF8.self) }

    /// 0 where it said nothing of HTTP.
    var status: Int { statuses.first ?? 0 }

    /// Of everything that it said, one request after another.
    var statuses: [Int] {
        text.components(separatedBy: "HTTP/1.").dropFirst().filter { $0.utf8.count >= 5 }.map {
            Int($0.dropFirst(2).prefix(3)) ?? 0
        }
    }

    /// Name and value of the cookie that came with it.
    var cookie: String? { text(after: "set-cookie: ", before: ";") }

    /// What every form of the page carries.
    var formToken: String? { text(after: "name=\"token\" value=\"", before: "\"") }

    private func text(after start: String, before end: String) -> String? {
        guard let start = text.range(of: start, options: .caseInsensitive),
            let end = text.range(of: end, range: start.upperBound..<text.endIndex)
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }
}
