import Foundation
import TestSupport
import Testing
import Values

@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct CheckTests {
    @Test func `a good recipe is told so`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(1))
        let check = try await kitchen.linecook("check", "recipe.yaml")
        #expect(check.code == 0, "\(check.err)")
        #expect(check.err.contains("recipe.yaml: 1 step, no mistakes"))
        #expect(check.out == "")
    }

    #if os(Linux)
        @Test func `no library of PostgreSQL is loaded with the program`() throws {
            // The loader lists what it would load, and starts nothing.
            let list = try #require(TestProgram.output(of: "LD_TRACE_LOADED_OBJECTS=1 '\(Kitchen.linecook)'"))
            let loaded = String(decoding: list, as: UTF8.self)
            #expect(loaded.contains("libyaml"), "\(loaded)")
            #expect(!loaded.contains("libpq"), "\(loaded)")
        }
    #endif

    @Test func `every mistake is told in one go, with its line, a caret and what was meant`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: wrong
            inptu: {folder: docs}
            input: {folder: docs}
            steps:
              - name: a
                set: {words: size(input.txet.words())}
              - name: b
                cheek: []
            output: [{csv: out.csv, columns: {words: a.wrods}}]

            """, documents: ["a.md": "one"])
        let check = try await kitchen.linecook("check", "recipe.yaml")
        #expect(check.code == 2)
        let mistakes = check.lines.filter { $0.hasPrefix("recipe.yaml:") && $0.contains(": error: ") }
        #expect(mistakes.count >= 3, "\(check.err)")
        #expect(mistakes.contains { $0.hasPrefix("recipe.yaml:2:1: error: ") && $0.contains("did you mean 'input'?") })
        #expect(mistakes.contains { $0.hasPrefix("recipe.yaml:8:5: error: ") && $0.contains("did you mean 'check'?") })
        #expect(check.lines.contains { $0.contains("^") })
        #expect(check.lines.contains { $0.contains("2 | inptu: {folder: docs}") })
        #expect(check.err.hasSuffix("recipe.yaml: \(mistakes.count) mistakes\n"))
    }

    @Test func `--format json tells every mistake of several recipes on standard output`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(1))
        try kitchen.write("b.yaml", SampleRecipes.ask.replacing("input.text", with: "input.txet"))
        try kitchen.write("c.yaml", "recipe: c\nsteps: [")
        let check = try await kitchen.linecook("check", "recipe.yaml", "b.yaml", "c.yaml", "--format", "json")
        #expect(check.code == 2)
        #expect(check.err == "")
        let problems = try #require(try JSON.parse(check.out).list)
        #expect(Set(problems.compactMap { $0["place"]?["file"]?.string }) == ["b.yaml", "c.yaml"])
        let wrong = try #require(problems.first { $0["place"]?["file"] == "b.yaml" })
        #expect(wrong["severity"] == "error")
        #expect(wrong["message"]?.string?.contains("did you mean 'text'?") == true)
        #expect(wrong["place"]?["line"] == 8)
        let good = try await kitchen.linecook("check", "recipe.yaml", "--format", "json")
        #expect(good.code == 0)
        #expect(good.out == "[]\n")
    }

    @Test func `several recipes are all looked at, and one that is wrong makes it 2`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(1))
        try kitchen.write("b.yaml", SampleRecipes.ask.replacing("input.text", with: "input.txet"))
        let check = try await kitchen.linecook("check", "b.yaml", "recipe.yaml")
        #expect(check.code == 2)
        #expect(check.err.contains("b.yaml:8:"))
        #expect(check.err.contains("recipe.yaml: 1 step, no mistakes"))
    }

    // MARK: What is no recipe

    @Test(.serialized, arguments: ["check", "plan", "run"])
    func `what is no recipe is told by name`(command: String) async throws {
        let kitchen = try Kitchen()
        try kitchen.write("folder.yaml/file", "")
        try kitchen.write("empty.yaml", "")
        try kitchen.write("comment.yaml", "# nothing\n")
        try kitchen.write("binary.yaml", [0x7F, 0x45, 0x4C, 0x46, 0x02, 0x00, 0x00, 0xFF])
        try kitchen.write("large.yaml", [UInt8](repeating: UInt8(ascii: "#"), count: 10 << 20))
        try kitchen.write("latin.yaml", Array("recipe: caf".utf8) + [0xE9, 0x0A])
        mkfifo(kitchen.path("pipe.yaml"), 0o600)
        for (name, word) in [
            ("folder.yaml", "folder"), ("empty.yaml", "empty"), ("comment.yaml", "comment.yaml"),
            ("binary.yaml", "binary.yaml"), ("large.yaml", "10 MB"), ("latin.yaml", "UTF-8"),
            ("pipe.yaml", "no plain file"), ("missing.yaml", "there is no file 'missing.yaml'"),
        ] {
            let told = try await kitchen.linecook(command, name)
            #expect(told.code == 2, "\(name): \(told.err)")
            #expect(told.err.contains(name))
            #expect(told.err.contains(word), "\(told.err)")
            #expect(told.err.count < 1_000)
        }
        #expect(!kitchen.exists(".linecook"))
    }

    @Test func `a recipe that may not be read is told`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask)
        chmod(kitchen.path("recipe.yaml"), 0)
        let check = try await kitchen.linecook("check", "recipe.yaml", under: try Rights.ofOrdinaryPeople())
        #expect(check.code == 2)
        #expect(check.err.contains("'recipe.yaml' may not be read"))
    }

    // MARK: What it leaves alone

    @Test func `check starts no process, opens no database and no connection, and writes nothing`() async throws {
        guard Rights.has("strace") else { try Test.cancel("strace is not here") }
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(3))
        let words = ["strace", "-f", "-o", kitchen.path("calls"), "-e", "trace=process,network,%file"]
        let check = try await kitchen.linecook("check", "recipe.yaml", under: words)
        guard check.code == 0 else {
            // Where this sandbox lets nobody be traced.
            try #require(check.err.contains("ptrace"), "\(check.err)")
            try Test.cancel("strace may not trace here")
        }
        let calls = try kitchen.lines("calls")
        try #require(calls.contains { $0.contains("recipe.yaml") })
        func made(_ names: String...) -> [String] {
            calls.filter { call in names.contains { call.contains(" \($0)(") } }
        }
        // The first is how strace starts it.
        #expect(made("execve", "execveat").count == 1)
        #expect(made("fork", "vfork") == [])
        #expect(made("clone", "clone3").filter { !$0.contains("CLONE_THREAD") } == [])
        #expect(made("socket", "connect", "bind") == [])
        #expect(calls.filter { $0.contains("sqlite") && !$0.contains(".so") } == [])
        #expect(calls.filter { $0.contains("O_CREAT") || $0.contains(" mkdir") } == [])
        #expect(!kitchen.exists(".linecook"))
    }
}
