import Foundation
import TestSupport
import Testing

/// The page that the language was drawn on: what it shows passes, as far as it can be taken as it stands.
@Suite(.startsPrograms, .timeLimit(.minutes(2))) struct LanguageDesignTests {
    /// The page's text; nil where it is not there.
    private static var page: String? {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let told = ProcessInfo.processInfo.environment["LINECOOK_DESIGN"].map { [URL(filePath: $0)] }
        let places = told ?? ["../shared/design", "../../shared/design"].map { root.appending(path: $0) }
        return places.lazy.compactMap { try? String(contentsOf: $0.appending(path: "recipes.md"), encoding: .utf8) }
            .first
    }

    /// Each `…` of a recipe that stands for something, with what it is filled in with, in order.
    private static let fillings: [String: [(String, String)]] = [
        "enrich-leads": [
            ("What does this company do? …", "What does this company do? Copy the sentence that says it.")
        ],
        "reply-to-support": [
            (#"prompt: "…""#, #"prompt: "{{ input.text }} What is it about?""#),
            (#"prompt: "…""#, #"prompt: "{{ input.text }} It is about {{ topic.label }}. Draft a reply.""#),
        ],
        "review-content": [(#"prompt: "…""#, #"prompt: "{{ input.text.truncate(5000) }} Is it friendly?""#)],
        "models": [
            ("provider: local | openai | anthropic", "provider: openai"), ("url: …", "url: https://models.example/v1"),
            ("model: …", "model: small-2"),
        ],
    ]

    /// Around the page's keys that are no recipe by themselves.
    private static let rest = """
        recipe: models
        input: {csv: ../fixtures/leads.csv, key: domain}
        steps:
          - name: line
            ask: {model: writer, prompt: "A line on {{ input.domain }}, in {{ settings.tone }} words."}
          - name: page
            fetch:
              url: https://crm.example/
              allow: crm.example
              headers: {Authorization: "Bearer {{ secrets.crm }}"}

        """

    /// The blocks of YAML, each filled in, by the recipe's name.
    private static func recipes(of page: String) throws -> [(name: String, text: String)] {
        try page.components(separatedBy: "```yaml\n").dropFirst().map { block in
            var text = try #require(block.components(separatedBy: "```").first)
            if !text.contains("recipe: ") { text = rest + text }
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("recipe: ") })
            let name = String(line.dropFirst("recipe: ".count))
            for (hole, filling) in fillings[name] ?? [] {
                let place = try #require(text.range(of: hole), "\(name): \(hole)")
                text.replaceSubrange(place, with: filling)
            }
            return (name, text)
        }
    }

    @Test func `every block of it, filled in, passes check`() async throws {
        guard let page = Self.page else { try Test.cancel("the page of the language's design is not here") }
        let recipes = try Self.recipes(of: page)
        #expect(
            recipes.map(\.name).sorted() == [
                "enrich-leads", "models", "reply-to-support", "review-content", "summarise-documents",
            ])
        let kitchen = try Kitchen()
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "fixtures").path
        try FileManager.default.createSymbolicLink(
            atPath: kitchen.path("fixtures"), withDestinationPath: fixtures)
        for (name, text) in recipes {
            #expect(!text.contains("…"), "\(name)")
            try kitchen.write("recipes/\(name).yaml", text)
            let check = try await kitchen.linecook("check", "recipes/\(name).yaml")
            #expect(check.code == 0, "\(name): \(check.err)")
        }
    }
}
