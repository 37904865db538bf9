import Foundation
import TestSupport
import Testing
import Values

/// Secrets that were written into a recipe, where only their places belong.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct SecretPlaceTests {
    private func recipe(models: String = "{w: local}", head: String = "", step: String = "set: {a: record.id}")
        -> String
    {
        """
        recipe: secrets
        models: \(models)
        \(head)
        input: {csv: rows.csv, key: id}
        steps:
          - name: it
            \(step)
        output: [{csv: out.csv, columns: {id: record.id}}]

        """
    }

    private func kitchen(_ recipe: String) throws -> Kitchen {
        let kitchen = try Kitchen(recipe)
        try kitchen.write("rows.csv", "id\na\n")
        return kitchen
    }

    private static let hosted = "provider: openai, url: https://a.example/v1, model: m"

    @Test(arguments: [
        "models: {w: {\(hosted), key: sk-abc1234567890}}",
        "models: {w: {\(hosted), api_key: sk-abc1234567890}}",
        "models: {w: {\(hosted), key: {env: sk-abc1234567890}}}",
        "secrets: {crm: sk-abc1234567890}",
        "secrets: {crm: {value: sk-abc1234567890}}",
        "secrets: {crm: {env: sk-abc1234567890}}",
    ])
    func `no command tells a secret with the mistake that put it into a recipe`(head: String) async throws {
        let kitchen = try kitchen(recipe(models: "{}", head: head).replacing("models: {}\n", with: ""))
        for words in [
            ["check"], ["check", "--format", "json"], ["plan"], ["run"], ["run", "--progress", "json"], ["doctor"],
        ] {
            let told = try await kitchen.linecook([words[0], "recipe.yaml"] + words.dropFirst())
            #expect(told.code == (words[0] == "doctor" ? 1 : 2), "\(words): \(told.err)")
            #expect(!(told.out + told.err).contains("1234567890"), "\(words): \(told.out)\(told.err)")
            #expect(
                (told.out + told.err).contains("never stands in a recipe") || head.contains("value")
                    || head.contains("api_key"))
        }
    }
}
