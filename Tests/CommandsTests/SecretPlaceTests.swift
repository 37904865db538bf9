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

    @Test(arguments: [
        ("fetch: {url: 'https://u:hunter2@x.example/a', allow: '*'}", "names neither a user nor a password"),
        ("fetch: {url: 'https://hunter2@x.example/{{ input.id }}', allow: '*'}", "names neither a user nor a password"),
        (
            "fetch: {url: 'https://x.example/', allow: '*', headers: {Authorization: Bearer hunter2}}",
            "write `Authorization: \"Bearer {{ secrets.NAME }}\"`"
        ),
        (
            "fetch: {url: 'https://x.example/', allow: '*', headers: {Cookie: 'id=hunter2'}}",
            "write `Cookie: \"{{ secrets.NAME }}\"`"
        ),
        (
            "{send: {http: {url: 'https://x.example/', headers: {x-api-key: hunter2}}}, unattended: a test}",
            "write `x-api-key: \"{{ secrets.NAME }}\"`"
        ),
        ("{send: {http: {url: 'https://u:hunter2@x.example/'}}, unattended: a test}", "neither a user nor a password"),
        (
            "lookup: {postgres: 'postgresql://u:hunter2@x.example/d', query: SELECT 1 AS a, rows: {one: {a: integer}}}",
            "a password never stands"
        ),
    ])
    func `a secret in an address or a header is refused, and not told`(step: String, words: String) async throws {
        // A step in braces brings its own keys.
        let text = step.hasPrefix("{") ? String(step.dropFirst().dropLast()) : step
        let lines = text.replacing("}, unattended", with: "}\n    unattended")
        let kitchen = try kitchen(recipe(step: lines))
        for command in ["check", "plan", "run"] {
            let told = try await kitchen.linecook(command, "recipe.yaml")
            #expect(told.code == 2, "\(told.err)")
            #expect(told.err.contains(words), "\(told.err)")
            #expect(!told.err.contains("hunter2"), "\(told.err)")
        }
    }

    @Test func `a header with a secret by reference, and one without a secret, pass`() async throws {
        let step = """
            fetch:
                  url: "https://x.example/{{ input.id }}?mail=a@b.example"
                  allow: "*"
                  headers: {Authorization: "Bearer {{ secrets.site }}", Cookie: "id={{ secrets.site }}; lang=en", Accept: text/html, X-Api-Key: "{{ input.id }}"}
            """
        let kitchen = try kitchen(recipe(head: "secrets: {site: {env: SITE_KEY}}", step: step))
        let told = try await kitchen.linecook("check", "recipe.yaml")
        #expect(told.code == 0, "\(told.err)")
    }
}
