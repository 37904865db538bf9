import TestSupport
import Testing
import Values

/// Several models at one step, and passages that are quoted, through the whole program.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct AskTogetherTests {
    private func recipe(_ ask: String) -> String {
        """
        recipe: together
        models: {small: local, large: local}
        input: {csv: rows.csv, key: id}
        steps:
          - name: topic
            ask:
        \(ask.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n"))
            attempts: 2
        output: {jsonl: out.jsonl, columns: {id: input.id, label: topic.label}}

        """
    }

    @Test func `the next model is asked where the first cannot be reached, or has used up its attempts`() async throws {
        let kitchen = try Kitchen(
            recipe("model: small\nfallback: large\nprompt: \"{{ input.id }}\"\nanswer: {label: string <= 40}"))
        try kitchen.write("rows.csv", "id\na\nb\n")
        // One that gives no usable answer, and one that does.
        let (broken, whole) = (try ModelServer("--fault", "notjson=100"), try ModelServer())
        let models = ["--model", "small=\(broken.url)#s", "--model", "large=\(whole.url)#l"]
        let run = try await kitchen.linecook(["run", "recipe.yaml", "--run", "run"] + models)
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.lines("out/out.jsonl").count == 2)
        #expect(try await [broken.figure("requests"), whole.figure("requests")] == [4, 2])
        // What the second model said is kept under its own name: nobody is asked again.
        let again = try await kitchen.linecook(["run", "recipe.yaml", "--run", "second"] + models)
        #expect(again.code == 0)
        #expect(try await [broken.figure("requests"), whole.figure("requests")] == [4, 2])
    }

    @Test func `equal questions are one request, and are paid once, with --no-cache as without it`() async throws {
        let server = try ModelServer("--delay", "5")
        let kitchen = try Kitchen(
            recipe("model: small\nprompt: \"What is this?\"\nanswer: {label: string <= 40}")
                .replacing("small: local", with: "small: {provider: openai, url: \"\(server.url)\", model: s}"))
        try kitchen.write("rows.csv", "id\n" + (1...400).map { "\($0)\n" }.joined())
        let run = try await kitchen.run("--in-flight", "8")
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.lines("out/out.jsonl").count == 400)
        #expect(try await server.figure("requests") == 1)
        let anew = try await kitchen.linecook([
            "run", "recipe.yaml", "--run", "second", "--no-cache", "--in-flight", "8",
        ])
        #expect(anew.code == 0, "\(anew.err)")
        #expect(try await server.figure("requests") == 2)
    }

    @Test func `a model that nobody can reach stops no run that has another one`() async throws {
        let kitchen = try Kitchen(
            recipe("model: small\nfallback: [large]\nprompt: \"{{ input.id }}\"\nanswer: {label: string <= 40}"))
        try kitchen.write("rows.csv", "id\na\nb\n")
        let whole = try ModelServer()
        let run = try await kitchen.run(
            "--model", "small=http://127.0.0.1:1/v1#s", "--model", "large=\(whole.url)#l")
        #expect(run.code == 0, "\(run.err)")
        #expect(try await whole.figure("requests") == 2)
    }
}
