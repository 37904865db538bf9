import Foundation
import TestSupport
import Testing
import Values

/// `cache` shows the kept answers and forgets old ones; it never makes a run that is not over pay again.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct CacheTests {
    private func finished(_ server: ModelServer, _ count: Int = 6) async throws -> Kitchen {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(count))
        let run = try await kitchen.linecook("run", "recipe.yaml", "--model", server.asClerk)
        #expect(run.code == 0, "\(run.err)")
        return kitchen
    }

    @Test func `--no-cache asks anew also where an earlier run lay in the same folder`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(4))
        let server = try ModelServer()
        for number in 1...3 {
            let run = try await kitchen.run("--model", server.asClerk, "--no-cache")
            #expect(run.code == 0, "\(run.err)")
            #expect(try await server.figure("requests") == number * 4)
            try FileManager.default.removeItem(atPath: kitchen.path("run"))
        }
    }

    @Test func `it tells answers, runs, bytes, oldest and newest`() async throws {
        let kitchen = try await finished(try ModelServer())
        let cache = try await kitchen.linecook("cache")
        #expect(cache.code == 0, "\(cache.err)")
        #expect(cache.out.hasPrefix(".linecook/answers.sqlite: 6 answers of 1 run, "), "\(cache.out)")
        #expect(cache.out.contains(", given from "))
        let value = try JSON.parse(try await kitchen.linecook("cache", "--json").out)
        #expect(value["answers"] == 6)
        #expect(value["runs"] == 1)
        #expect((value["bytes"]?.int ?? 0) > 4096)
        #expect(value["oldest"]?.string?.hasSuffix("Z") == true)
        #expect(value["forgotten"] == 0)
    }

    @Test func `what is younger stays, what is older is forgotten and asked again by later runs`() async throws {
        let server = try ModelServer()
        let kitchen = try await finished(server)
        let young = try await kitchen.linecook("cache", "--older-than", "30d", "--to", "100MB")
        #expect(young.code == 0, "\(young.err)")
        #expect(young.out.contains("6 answers of 1 run"))
        #expect(!young.out.contains("forgot"))
        let small = try await kitchen.linecook("cache", "--to", "0KB")
        #expect(small.code == 0, "\(small.err)")
        #expect(small.out.contains("0 answers of 1 run"), "\(small.out)")
        #expect(small.out.contains("forgot 6 answers"))
        #expect(small.out.contains("without any answer; to have none, delete the file"), "\(small.out)")
        #expect(try await kitchen.linecook("run", "recipe.yaml", "--model", server.asClerk).code == 0)
        #expect(try await server.figure("requests") == 12)
        // Deleted, it is built again from the journals.
        try FileManager.default.removeItem(atPath: kitchen.path(".linecook/answers.sqlite"))
        #expect(try await kitchen.linecook("run", "recipe.yaml", "--model", server.asClerk).code == 0)
        #expect(try await server.figure("requests") == 12)
    }

    @Test func `answers of a run that was killed count at once`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(12))
        let server = try ModelServer("--hold", "3")
        let run = try kitchen.start(["run", "recipe.yaml", "--model", server.asClerk, "--in-flight", "1"])
        try await server.wasAsked(4)
        run.send(SIGKILL)
        #expect(await run.end().code == 137)
        let value = try JSON.parse(try await kitchen.linecook("cache", "--json").out)
        #expect((value["answers"]?.int ?? 0) >= 2, "\(value)")
    }

    @Test func `a store that fails when the run is over costs a warning, and no report`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: ["a.md": SampleRecipes.document(1, "[fault hold]")])
        let server = try ModelServer()
        let run = try kitchen.start(["run", "recipe.yaml", "--run", "run", "--model", server.asClerk])
        try await server.wasAsked(1)
        try SQLiteFile.run("DROP TABLE answer", on: kitchen.path(".linecook/answers.sqlite"))
        server.release()
        let ended = await run.end()
        #expect(ended.code == 0, "\(ended.err)")
        let warning = "warning: other runs do not find the answers of this one yet: the store of answers "
        #expect(ended.err.contains(warning) && ended.err.contains("delete it"), "\(ended.err)")
        #expect(try kitchen.report()["counts"]?["done"] == 1)
    }

    @Test func `answers of a run that is not over stay`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(12))
        let server = try ModelServer("--hold", "3")
        let run = try kitchen.start(["run", "recipe.yaml", "--model", server.asClerk, "--in-flight", "1"])
        try await server.wasAsked(4)
        try await run.stop(server)
        #expect(await run.end().code == 130)
        let cache = try await kitchen.linecook("cache", "--older-than", "0s", "--to", "0B")
        #expect(cache.out.contains("what is left is of runs that are not over"), "\(cache.out)")
        try kitchen.write("recipe.yaml", SampleRecipes.ask.replacing("label: topic.label", with: "about: topic.label"))
        #expect(try await kitchen.linecook("resume").code == 0)
        #expect(try await server.figure("requests") == 12)
    }

    @Test func `stores one folder down are found, and where there is none that is said`() async throws {
        let kitchen = try Kitchen()
        let none = try await kitchen.linecook("cache")
        #expect(none.code == 0)
        #expect(none.err.contains("no kept answers lie in .linecook here or one folder down"))
        let server = try ModelServer()
        try kitchen.write("recipes/recipe.yaml", SampleRecipes.ask)
        try kitchen.write("recipes/docs/a.md", SampleRecipes.document(1))
        #expect(try await kitchen.linecook("run", "recipes/recipe.yaml", "--model", server.asClerk).code == 0)
        let cache = try await kitchen.linecook("cache")
        #expect(cache.out.hasPrefix("recipes/.linecook/answers.sqlite: 1 answer of 1 run, "), "\(cache.out)")
    }

    @Test(arguments: ["no store of answers", ""])
    func `a store that is damaged or another program's is named, with the mend, and left alone`(text: String)
        async throws
    {
        let kitchen = try Kitchen()
        try kitchen.write(".linecook/answers.sqlite", text.isEmpty ? "SQLite format 3\0cut" : text)
        let before = try kitchen.read(".linecook/answers.sqlite")
        let cache = try await kitchen.linecook("cache")
        #expect(cache.code == 2, "\(cache.out)\(cache.err)")
        #expect(cache.err.contains("delete it, it is built again from the journals of the runs"), "\(cache.err)")
        #expect(try kitchen.read(".linecook/answers.sqlite") == before)
    }

    @Test func `a store of another version is named, with the mend, and no run begins or goes on with it`() async throws
    {
        let server = try ModelServer()
        let kitchen = try await finished(server, 2)
        let path = kitchen.path(".linecook/answers.sqlite")
        // `user_version` stands at byte 60 of the file.
        let file = try FileHandle(forUpdating: URL(filePath: path))
        try file.seek(toOffset: 60)
        try file.write(contentsOf: Data([0, 0, 0, 9]))
        try file.close()
        let cache = try await kitchen.linecook("cache", "--to", "1MB")
        #expect(cache.code == 2, "\(cache.out)\(cache.err)")
        let message = "is not a store of answers that this version of Linecook knows; delete it"
        #expect(cache.err.contains(message))
        let runs = try kitchen.files(".linecook/runs")
        for words in [
            ["run", "recipe.yaml", "--model", server.asClerk], ["resume", runs[0]], ["diff", "recipe.yaml"],
        ] {
            let refused = try await kitchen.linecook(words)
            #expect(refused.code == 2 && refused.err.contains(message), "\(words): \(refused.code) \(refused.err)")
        }
        #expect(try kitchen.files(".linecook/runs") == runs)
        #expect(try await server.figure("requests") == 2)
    }

    @Test(arguments: [
        (["--older-than", "soon"], "--older-than takes a time such as 12h, 30d or 8w, not 'soon'"),
        (["--to=-1MB"], "--to takes a size such as 500KB, 100MB or 2GB, not '-1MB'"),
        (["--to", "99999999999999999GB"], "--to takes a size"),
    ])
    func `a time or size that is none is the command line's mistake`(words: [String], message: String) async throws {
        let kitchen = try Kitchen()
        let cache = try await kitchen.linecook(["cache"] + words)
        #expect(cache.code == 64, "\(cache.err)")
        #expect(cache.err.contains(message), "\(cache.err)")
    }
}
