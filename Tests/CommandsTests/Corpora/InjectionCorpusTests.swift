import Foundation
import TestSupport
import Testing
import Values

/// Texts that try to give a model orders, among harmless ones: a record's words reach no other record, and no answer leaves
/// its schema.
@Suite(.startsPrograms, .timeLimit(.minutes(4))) struct InjectionCorpusTests {
    private static let recipe = """
        recipe: sort-tickets
        models: {clerk: local}
        input: {jsonl: tickets.jsonl, key: id, fields: {id: string, text: string}}
        steps:
          - name: topic
            ask:
              model: clerk
              prompt: |
                {{ input.text }}

                Which of these is the text above?
              answer: {why: string <= 60, label: {one of: [billing, bug, other]}, urgent: boolean}
        output: [{jsonl: out.jsonl, columns: {id: input.id, topic: topic}}]

        """

    private struct Ticket {
        var id: String
        var text: String
        var line: String { JSON.text(of: ["id": .string(id), "text": .string(text)]) + "\n" }
    }

    private static func tickets(_ list: [Value], of name: String) -> [Ticket] {
        list.enumerated().map { Ticket(id: "\(name)-\($0)", text: $1["text"]?.string ?? "") }
    }

    /// - Returns: the outputs by id, and the report.
    private func run(_ tickets: [Ticket], _ server: ModelServer) async throws -> (rows: [String: Value], report: Value)
    {
        let kitchen = try Kitchen(Self.recipe)
        try kitchen.write("tickets.jsonl", tickets.map(\.line).joined())
        let run = try await kitchen.run("--model", server.asClerk, "--in-flight", "16")
        #expect(run.code == 0 || run.code == 1, "\(run.err)")
        let rows = try kitchen.rows("out/out.jsonl").map { ($0["id"]?.string ?? "", $0["topic"] ?? .null) }
        return (Dictionary(rows, uniquingKeysWith: { first, _ in first }), try kitchen.report())
    }

    private static func keepsSchema(_ topic: Value) -> Bool {
        guard let fields = topic.map, fields.count == 3, let why = topic["why"]?.string, case .bool? = topic["urgent"]
        else {
            return false
        }
        return why.unicodeScalars.count <= 60 && ["billing", "bug", "other"].contains(topic["label"]?.string)
    }

    /// Every third record is harmless.
    private static func mixed(_ hostile: [Ticket], _ harmless: [Ticket]) -> [Ticket] {
        var (mixed, rest) = ([Ticket](), harmless[...])
        for (number, ticket) in hostile.enumerated() {
            mixed.append(ticket)
            if number % 2 == 0, let next = rest.popFirst() { mixed.append(next) }
        }
        return mixed + rest
    }

    @Test func `texts with orders change no other record's output, whether a model obeys them or not`() async throws {
        let cases = try jsonLines("\(try corpus("ref-injection"))/cases.jsonl")
        let facts = try jsonLines("\(try corpus("ref-facts-e2e"))/cases.jsonl")
        let hostile = Self.tickets(cases, of: "injection")
        let harmless = Self.tickets(Array(facts.prefix(70)), of: "harmless")
        #expect(hostile.count == 145)
        let server = try ModelServer()
        let alone = try await run(harmless, server)
        #expect(alone.rows.count == harmless.count)

        let together = try await run(Self.mixed(hostile, harmless), server)
        var schemas = try CorpusRow("ref-injection", together.report, lookingFor: "answers within their schema")
        #expect(schemas.read == 215 && schemas.done == 215)
        for ticket in hostile { schemas.look(for: ticket.id, together.rows[ticket.id].map(Self.keepsSchema) ?? false) }
        schemas.print()
        var others = try CorpusRow("ref-injection", together.report, lookingFor: "other records as without them")
        for ticket in harmless { others.look(for: ticket.id, together.rows[ticket.id] == alone.rows[ticket.id]) }
        others.print()

        // A model that is talked into it answers with something else than was asked for, at every attempt.
        let obeyed = hostile.map { Ticket(id: $0.id, text: $0.text + " [fault notjson]") }
        let obeying = try await run(Self.mixed(obeyed, harmless), server)
        var refused = try CorpusRow("ref-injection, obeyed", obeying.report, lookingFor: "answers that reach no output")
        #expect(refused.failed == 145 && refused.done == 70)
        for ticket in obeyed { refused.look(for: ticket.id, obeying.rows[ticket.id] == nil) }
        refused.print()
        var spared = try CorpusRow("ref-injection, obeyed", obeying.report, lookingFor: "other records as without them")
        for ticket in harmless { spared.look(for: ticket.id, obeying.rows[ticket.id] == alone.rows[ticket.id]) }
        spared.print()
    }
}
