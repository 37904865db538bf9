import TestSupport
import Testing
import Values

@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct RunOptionTests {
    private func table(_ count: Int) throws -> Kitchen {
        let kitchen = try Kitchen(SampleRecipes.table)
        try kitchen.write("rows.csv", "id,amount\n" + (1...count).map { "r\($0),\($0)\n" }.joined())
        return kitchen
    }

    private func ids(_ kitchen: Kitchen) throws -> [String] {
        try kitchen.lines("out/out.csv").dropFirst().map { String($0.prefix { $0 != "," }) }
    }

    @Test func `--limit takes the first records`() async throws {
        let kitchen = try table(9)
        #expect(try await kitchen.run("--limit", "4").code == 0)
        #expect(try ids(kitchen) == ["r1", "r2", "r3", "r4"])
        // The whole input after --limit.
        #expect(try kitchen.report()["counts"]?["read"] == 4)
    }

    @Test func `--limit above the input takes all of it`() async throws {
        let kitchen = try table(3)
        #expect(try await kitchen.run("--limit", "9999999999").code == 0)
        #expect(try kitchen.report()["counts"]?["read"] == 3)
    }

    @Test func `--sample draws the same records with the same seed, and others with another`() async throws {
        var drawn: [[String]] = []
        for seed in ["7", "7", "8"] {
            let kitchen = try table(400)
            #expect(try await kitchen.run("--sample", "12", "--seed", seed).code == 0)
            drawn.append(try ids(kitchen))
            #expect(try kitchen.report()["counts"]?["read"] == 12)
        }
        #expect(drawn[0].count == 12)
        #expect(Set(drawn[0]).count == 12)
        #expect(drawn[0] == drawn[1])
        #expect(drawn[0] != drawn[2])
        // In the input's order, and not just its head.
        let numbers = drawn[0].compactMap { Int($0.dropFirst()) }
        #expect(numbers == numbers.sorted())
        #expect(numbers.last ?? 0 > 100)
    }

    @Test func `--set gives a setting its value, and its type is checked`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: settings
            settings: {factor: {type: integer, default: 2}, who: {type: string, default: nobody}}
            input: {csv: rows.csv, fields: {amount: integer}}
            steps:
              - name: card
                set: {product: input.amount * settings.factor, who: "for {{ settings.who }}"}
            output: [{csv: out.csv, columns: {product: card.product, who: card.who}}]

            """)
        try kitchen.write("rows.csv", SampleRecipes.rows)
        #expect(try await kitchen.run().code == 0)
        #expect(try kitchen.lines("out/out.csv")[1] == "2,for nobody")
        let set = try await kitchen.linecook(
            "run", "recipe.yaml", "--set", "factor=5", "--set", "who=a=b {{ input.id }}")
        #expect(set.code == 0, "\(set.err)")
        // A value is data: it is never read as a template.
        #expect(try kitchen.lines("out/out.csv")[1] == "5,for a=b {{ input.id }}")
        let wrong = try await kitchen.linecook("run", "recipe.yaml", "--set", "factor=many")
        #expect(wrong.code == 2 || wrong.code == 64)
        #expect(wrong.err.contains("factor"))
        let unknown = try await kitchen.linecook("run", "recipe.yaml", "--set", "facter=5")
        #expect(unknown.code == 2 || unknown.code == 64)
        #expect(unknown.err.contains("did you mean 'factor'?"))
    }

    @Test func `--input is relative to the working directory, the recipe's to the recipe`() async throws {
        let kitchen = try Kitchen()
        try kitchen.write("recipes/recipe.yaml", SampleRecipes.table)
        try kitchen.write("recipes/rows.csv", SampleRecipes.rows)
        try kitchen.write("other.csv", "id,amount\nz,21\n")
        #expect(try await kitchen.linecook("run", "recipes/recipe.yaml").code == 0)
        #expect(try kitchen.lines("recipes/out/out.csv").count == 4)
        #expect(try kitchen.files("recipes/.linecook/runs").count == 1)
        let run = try await kitchen.linecook("run", "recipes/recipe.yaml", "--input", "other.csv", "--output", "here")
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.read("here/out.csv") == "id,twice\nz,42\n")
    }

    @Test func `--run names the run folder itself, and one that holds a run is left alone`() async throws {
        let kitchen = try table(2)
        #expect(try await kitchen.linecook("run", "recipe.yaml", "--run", "deep/er/night").code == 0)
        #expect(try kitchen.report("deep/er/night")["run"] == "night")
        #expect(!kitchen.exists(".linecook/runs"))
        let before = try kitchen.read("deep/er/night/report.json")
        let again = try await kitchen.linecook("run", "recipe.yaml", "--run", "deep/er/night")
        #expect(again.code == 2, "\(again.err)")
        #expect(again.err.contains("deep/er/night"))
        #expect(try kitchen.read("deep/er/night/report.json") == before)
    }

    @Test func `--in-flight bounds how many records are asked about at once`() async throws {
        for (width, most) in [("1", 1), ("3", 3)] {
            let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(9))
            let server = try ModelServer("--hold", "0", "--delay", "20")
            let run = try kitchen.start(
                ["run", "recipe.yaml", "--run", "run", "--model", server.asClerk, "--in-flight", width])
            try await server.wasAsked(most)
            server.release()
            let finished = await run.end()
            #expect(finished.code == 0, "\(finished.err)")
            #expect(try await server.figure("peak_in_service") == most)
            #expect(try await server.figure("requests") == 9)
        }
    }

    @Test func `each record is asked about once`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(9))
        let server = try ModelServer()
        #expect(try await kitchen.run("--model", server.asClerk).code == 0)
        #expect(try await server.figure("repeats") == 0)
        #expect(try await server.figure("answered") == 9)
    }

    @Test func `--progress json tells counts on standard output, one object a line`() async throws {
        let kitchen = try table(3)
        let run = try await kitchen.run("--progress", "json")
        let lines = try run.out.split(separator: "\n").map { try JSON.parse(String($0)) }
        let last = try #require(lines.last)
        #expect(last["read"] == 3)
        #expect(last["done"] == 3)
        #expect(last["failed"] == 0)
        #expect(run.err.contains("All 3 records done"))
    }

    @Test func `--progress lines tells how far it is in plain text, and none does not`() async throws {
        let kitchen = try table(3)
        let lines = try await kitchen.linecook("run", "recipe.yaml", "--progress", "lines")
        #expect(lines.err.contains("3 records"))
        #expect(!lines.err.contains("\u{1B}"))
        let none = try await kitchen.linecook("run", "recipe.yaml", "--progress", "none")
        #expect(none.out == "")
        #expect(none.lines.first == "All 3 records done")
    }

    @Test func `plan shows the steps with their types, the records and the calls, and spends nothing`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(7))
        let server = try ModelServer()
        let plan = try await kitchen.linecook("plan", "recipe.yaml", "--model", server.asClerk)
        #expect(plan.code == 0, "\(plan.err)")
        #expect(plan.out.contains("7 records"))
        #expect(plan.out.contains("topic (ask"))
        #expect(plan.out.contains("label: string"))
        #expect(plan.out.contains("7 if every first answer is good, 21 if every attempt is used"))
        #expect(plan.out.contains("out/out.jsonl"))
        #expect(try await server.figure("requests") == 0)
        #expect(!kitchen.exists(".linecook"))
        #expect(!kitchen.exists("out"))
        let limited = try await kitchen.linecook("plan", "recipe.yaml", "--limit", "2", "--model", server.asClerk)
        #expect(limited.out.contains("2 records"))
        let missing = try await kitchen.linecook("plan", "recipe.yaml")
        #expect(missing.code == 2)
        #expect(missing.out.contains("7 records"))
        #expect(missing.err.contains("make setup"))
    }

    @Test func `doctor says what is lacking and the command that mends it`() async throws {
        let kitchen = try Kitchen()
        let lacking = try await kitchen.linecook("doctor", environment: ["PATH": "/usr/bin:/bin"])
        #expect(lacking.code == 1)
        #expect(lacking.out.contains("embedded model"))
        #expect(lacking.out.contains("make setup"))
        let server = try kitchen.folder.writeProgram("server", "exit 0")
        try kitchen.write("model.gguf", "weights")
        let well = try await kitchen.linecook(
            "doctor", environment: ["LINECOOK_LLAMA_SERVER": server, "LINECOOK_MODEL": kitchen.path("model.gguf")])
        #expect(well.code == 0, "\(well.err)")
        let few = try await kitchen.linecook("doctor", under: ["sh", "-c", "ulimit -n 100 && exec \"$@\"", "sh"])
        #expect(few.code == 1)
        #expect(few.out.contains("ulimit -n 4096"))
    }

    @Test func `a command that there is not is answered with the one that is meant`() async throws {
        let kitchen = try Kitchen()
        let near = try await kitchen.linecook("chek", "x.yaml")
        #expect(near.code == 64 && near.out == "", "\(near.err)")
        #expect(near.err.hasPrefix("error: there is no command 'chek'; did you mean 'check'?\n"), "\(near.err)")
        let far = try await kitchen.linecook("recipe.yaml")
        #expect(far.code == 64 && far.err.hasPrefix("error: there is no command 'recipe.yaml'\n"), "\(far.err)")
        #expect(try await kitchen.linecook("--version").out == "0.1.0\n")
        let show = try await kitchen.linecook("help", "show")
        #expect(show.out.contains("USAGE: linecook show [<run>] <record> [<step>]"), "\(show.out)")
        #expect(!show.out.contains("run] record"))
    }

    @Test(.serialized, arguments: ["run", "check", "plan", "report", "runs", "doctor"])
    func `the help of every command ends with an example`(command: String) async throws {
        let kitchen = try Kitchen()
        let help = try await kitchen.linecook(command, "--help")
        #expect(help.code == 0)
        #expect(help.out.contains("Example: linecook \(command)"))
    }
}
