import Foundation
import TestSupport
import Testing

/// Recipes that several tests run.
enum SampleRecipes {
    /// Asks nobody: doubles an amount of `rows.csv` and writes it every way there is.
    static let table = """
        recipe: double
        input: {csv: rows.csv, key: id, fields: {id: string, amount: integer}}
        steps:
          - name: twice
            set: {amount: input.amount * 2, label: "{{ input.id }} twice"}
        output:
          - csv: out.csv
            columns: {id: input.id, twice: twice.amount}
          - jsonl: out.jsonl
          - json: out.json
            columns: {id: input.id, twice: twice.amount}

        """

    static let rows = "id,amount\na,1\nb,2\nc,3\n"

    /// Asks one question about every document of `docs`.
    static let ask = """
        recipe: sort
        models: {clerk: local}
        input: {folder: docs, match: "*.md"}
        steps:
          - name: topic
            ask:
              model: clerk
              prompt: "{{ input.text }}"
              answer: {label: string <= 40, urgent: boolean}
        output:
          - jsonl: out.jsonl
            columns: {path: input.path, label: topic.label}

        """

    /// Two questions a document, and a plain step that fails some of them.
    static let two = """
        recipe: two
        models: {clerk: local}
        input: {folder: docs, match: "*.md"}
        steps:
          - name: long
            check: [{rule: size(input.text) > 40, because: too short}]
          - name: topic
            ask: {model: clerk, prompt: "{{ input.text }} What is it about?", answer: {label: string <= 40}}
          - name: title
            ask: {model: clerk, prompt: "{{ input.text }} {{ topic.label }}: a title?", answer: {title: string <= 60}}
        output:
          - {jsonl: out.jsonl, columns: {path: input.path, label: topic.label, title: title.title}}
          - {csv: out.csv, columns: {path: input.path, title: title.title}}

        """

    /// The document `number` with `[fault …]` in it, if any.
    static func document(_ number: Int, _ fault: String = "") -> String {
        "# Letter \(number)\n\nThe heating of flat \(number) has been cold since Monday. \(fault)\n"
    }

    /// `d01.md` and so on, whole and harmless.
    static func documents(_ count: Int) -> [String: String] {
        var documents: [String: String] = [:]
        for number in 1...count { documents["d\(number < 10 ? "0" : "")\(number).md"] = document(number) }
        return documents
    }

    /// The same and one that ``two`` finds too short.
    static func documentsAndShort(_ count: Int) -> [String: String] {
        var documents = documents(count)
        documents["short.md"] = "No.\n"
        return documents
    }
}

extension Kitchen {
    /// What ``SampleRecipes/two`` wrote.
    func outputsOfTwo() throws -> [String] { try ["out/out.jsonl", "out/out.csv"].map { try read($0) } }
}

extension CommandProcess {
    /// Ctrl-C while a server holds what is in flight: that is answered once the run knows of the stop.
    func stop(_ server: ModelServer, by signal: Int32 = SIGINT) async throws {
        send(signal)
        try #require(await says("stopping: finishing what is in flight"))
        server.release()
    }
}

extension ModelServer {
    /// What `--model` takes to let this server stand for the recipe's `clerk`.
    var asClerk: String { "clerk=\(url)#test" }

    /// One of the figures that it counts.
    func figure(_ name: String) async throws -> Int {
        let stats = try await httpGet(origin + "/stats")
        let start = try #require(stats.range(of: "\"\(name)\":")).upperBound
        return try #require(Int(stats[start...].prefix { $0.isNumber }))
    }

    /// Waits until it has been asked so often.
    func wasAsked(_ times: Int) async throws {
        let end = ContinuousClock.now + .seconds(240)
        while try await figure("requests") < times {
            guard ContinuousClock.now < end else { throw NeverCame(what: "request \(times)", limit: 240) }
        }
    }
}
