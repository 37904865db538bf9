import Foundation
import TestSupport
import Testing
import Values

/// A disk that is full or may not be written, and too few open files.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct BadDiskTests {
    /// Rows of about 60 bytes each, which the recipe makes about 200 of.
    private func wide(_ count: Int) throws -> Kitchen {
        let kitchen = try Kitchen(
            """
            recipe: wide
            input: {csv: rows.csv, key: id}
            steps:
              - name: card
                set: {text: "{{ input.text }} {{ input.text }} {{ input.text }} {{ input.text }}"}
            output: [{csv: out.csv, columns: {id: input.id, text: card.text}}]

            """)
        let rows = (1...count).map { "r\($0),what this row says is always the same and not much\n" }
        try kitchen.write("rows.csv", "id,text\n" + rows.joined())
        try FileManager.default.createDirectory(atPath: kitchen.path("disk"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: kitchen.path("kept"), withIntermediateDirectories: true)
        return kitchen
    }

    @Test func `a full disk under the outputs ends the run with 74, and what it wrote before stays whole`() async throws
    {
        let kitchen = try wide(5_000)
        try kitchen.write("before.csv", "id,text\nold,result\n")
        let disk = try Rights.onDisk(of: 512, at: kitchen.path("disk"), kept: kitchen.path("kept"))
        let script = "cp before.csv disk/out.csv && exec \"$@\""
        let run = try await kitchen.run("--output", "disk", under: disk + ["sh", "-c", script, "sh"])
        #expect(run.code == 74, "\(run.code) \(run.err)")
        #expect(run.err.contains("no space is left on the disk"))
        #expect(run.err.contains("disk/"))
        #expect(run.err.contains("make room"))
        #expect(try kitchen.read("kept/out.csv") == "id,text\nold,result\n")
        // The journal lies on another disk, and a report can be made of it.
        let report = try await kitchen.linecook("report", "run")
        #expect(report.code == 0, "\(report.err)")
        #expect(try kitchen.json("run/report.json")["outcome"] == "stopped")
    }

    @Test func `a recipe in a folder that may not be written runs with --run, and tells where its answers lie`()
        async throws
    {
        let kitchen = try Kitchen()
        try kitchen.write("fixed/recipe.yaml", SampleRecipes.ask)
        for (name, text) in SampleRecipes.documents(3) { try kitchen.write("fixed/docs/\(name)", text) }
        for folder in ["mine", "closed/run"] {
            try FileManager.default.createDirectory(
                atPath: kitchen.path(folder), withIntermediateDirectories: true)
        }
        let people = try Rights.ofOrdinaryPeople()
        func protect(_ folder: String, _ rights: Int) throws {
            try FileManager.default.setAttributes([.posixPermissions: rights], ofItemAtPath: kitchen.path(folder))
        }
        try protect("fixed", 0o555)
        try protect("closed", 0o555)
        defer {
            // Or the folder of the test cannot be removed.
            for folder in ["fixed", "closed"] {
                do { try protect(folder, 0o755) } catch { Issue.record(error) }
            }
        }
        let server = try ModelServer()
        func run(_ folder: String?) async throws -> Finished {
            let place = folder.map { ["--run", $0] } ?? []
            return try await kitchen.linecook(
                ["run", "fixed/recipe.yaml", "--output", "mine/out", "--model", server.asClerk] + place, under: people)
        }
        let refused = try await run(nil)
        #expect(refused.code == 74 && refused.err.contains("name another folder with --run"), "\(refused.err)")
        let first = try await run("mine/first")
        #expect(first.code == 0, "\(first.err)")
        let note = "fixed/.linecook may not be written: answers are shared in mine/.linecook/answers.sqlite"
        #expect(first.lines.count { $0.contains(note) } == 1, "\(first.err)")
        #expect(try await run("mine/second").code == 0)
        #expect(try await server.figure("requests") == 3)
        // Where nothing may be written beside the run either, it is alone.
        let alone = try await run("closed/run")
        #expect(alone.code == 0, "\(alone.err)")
        #expect(alone.err.contains("closed/run/answers.sqlite, and shared with no other run"), "\(alone.err)")
        #expect(try await server.figure("requests") == 6)
    }

    @Test func `a full disk under the run folder ends the run with 74, and its journal can still be read`() async throws
    {
        // The journal keeps every answer, of four thousand characters here.
        let recipe = SampleRecipes.ask.replacing("label: string <= 40", with: "label: string <= 4000")
        let kitchen = try Kitchen(recipe, documents: SampleRecipes.documents(90))
        try FileManager.default.createDirectory(atPath: kitchen.path("disk"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: kitchen.path("kept"), withIntermediateDirectories: true)
        let server = try ModelServer("--text", "4000")
        let disk = try Rights.onDisk(of: 300, at: kitchen.path("disk"), kept: kitchen.path("kept"))
        let run = try await kitchen.linecook(
            "run", "recipe.yaml", "--run", "disk/run", "--model", server.asClerk, under: disk)
        #expect(run.code == 74, "\(run.code) \(run.err)")
        #expect(run.err.contains("disk/run"))
        #expect(run.err.contains("full") || run.err.contains("no space"))
        let report = try await kitchen.linecook("report", "kept/run")
        #expect(report.code == 0, "\(report.err)")
    }

    @Test(.serialized, arguments: [24, 64, 100, 112, 124, 132])
    func `a disk that is full before the run has begun is told as that`(size: Int) async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(2))
        for name in ["disk", "kept"] {
            try FileManager.default.createDirectory(atPath: kitchen.path(name), withIntermediateDirectories: true)
        }
        let server = try ModelServer()
        let disk = try Rights.onDisk(of: size, at: kitchen.path("disk"), kept: kitchen.path("kept"))
        // The log, the small file beside it and the store of answers come one after the other; each may be the first that
        // finds no room.
        let script = "cp recipe.yaml disk && cp -r docs disk && exec \"$@\""
        let run = try await kitchen.linecook(
            "run", "disk/recipe.yaml", "--model", server.asClerk, under: disk + ["sh", "-c", script, "sh"])
        #expect(run.code == 74, "\(run.code) \(run.err)")
        #expect(run.err.contains("error: cannot write disk/.linecook/"), "\(run.err)")
        #expect(run.err.contains(": the disk is full; make room, then run again"), "\(run.err)")
        #expect(try kitchen.files("kept/.linecook/runs") == [])
        #expect(try await server.figure("requests") == 0)
    }

    @Test func `a limit on the size of files is told like a full disk`() async throws {
        let kitchen = try wide(20_000)
        try kitchen.write("out/out.csv", "id,text\nold,result\n")
        let run = try await kitchen.run(under: ["sh", "-c", "ulimit -f 2048 && exec \"$@\"", "sh"])
        #expect(run.code == 74, "\(run.code) \(run.err)")
        #expect(run.err.contains("out.csv"))
        #expect(try kitchen.read("out/out.csv") == "id,text\nold,result\n")
    }

    @Test func `an output folder that may not be written is told before anything is asked`() async throws {
        let rights = try Rights.ofOrdinaryPeople()
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(2))
        try kitchen.write("out/out.jsonl", "old\n")
        chmod(kitchen.path("out"), 0o555)
        defer { chmod(kitchen.path("out"), 0o755) }
        let server = try ModelServer()
        let run = try await kitchen.run("--model", server.asClerk, under: rights)
        #expect(run.code == 74, "\(run.err)")
        #expect(run.err.contains("permission denied"))
        #expect(run.err.contains("--output"))
        #expect(try kitchen.read("out/out.jsonl") == "old\n")
        #expect(try await server.figure("requests") == 0)
    }

    @Test func `a recipe in a folder that may not be written says where the run can go`() async throws {
        let rights = try Rights.ofOrdinaryPeople()
        let kitchen = try Kitchen()
        try kitchen.write("there/recipe.yaml", SampleRecipes.table)
        try kitchen.write("there/rows.csv", SampleRecipes.rows)
        chmod(kitchen.path("there"), 0o555)
        defer { chmod(kitchen.path("there"), 0o755) }
        let run = try await kitchen.linecook("run", "there/recipe.yaml", under: rights)
        #expect(run.code == 74, "\(run.err)")
        #expect(run.err.contains("--run"))
        let elsewhere = try await kitchen.linecook(
            "run", "there/recipe.yaml", "--run", "run", "--output", "out", under: rights)
        #expect(elsewhere.code == 0, "\(elsewhere.err)")
    }

    @Test(.serialized, arguments: [90, 64, 40, 32])
    func `few open files lower the width with a message, and every record is done`(count: Int) async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(30))
        // On two cores. More cores read and write with more threads, of three files each.
        let loops = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
        let count = count + 3 * (loops - 1)
        let server = try ModelServer("--delay", "5")
        let run = try await kitchen.run(
            "--model", server.asClerk, "--in-flight", "500", under: allowing(count))
        #expect(run.code == 0, "\(run.err)")
        #expect(run.err.contains("only \(count) files may be open at once, so at most "), "\(run.err)")
        #expect(run.err.contains("ulimit -n 4096"))
        #expect(try kitchen.report()["counts"]?["done"] == 30)
        #expect(try await server.figure("peak_open") <= count)
    }

    @Test(.serialized, arguments: [8, 10, 12, 16, 20, 24])
    func `hopelessly few open files are told before anything runs`(count: Int) async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(12))
        let server = try ModelServer()
        let run = try await kitchen.run("--model", server.asClerk, under: allowing(count))
        #expect(run.code == 2, "\(run.code) \(run.err)")
        #expect(run.err.contains("error: only \(count) files may be open at once"), "\(run.err)")
        #expect(run.err.contains("ulimit -n 4096"), "\(run.err)")
        #expect(!kitchen.exists("run"))
        #expect(!kitchen.exists("out"))
        #expect(try await server.figure("requests") == 0)
        // What needs none of them works.
        #expect(try await kitchen.linecook("check", "recipe.yaml", under: allowing(count)).code == 0)
    }

    @Test func `files that were left open by whoever started it are counted`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(2))
        let server = try ModelServer()
        let count = 30 + 3 * (max(1, ProcessInfo.processInfo.activeProcessorCount / 2) - 1)
        #expect(try await kitchen.run("--model", server.asClerk, under: allowing(count)).code == 0)
        let left = (3...9).map { "\($0)</dev/null" }.joined(separator: " ")
        let leaving = ["sh", "-c", "exec \(left); exec \"$@\"", "sh"]
        let run = try await kitchen.linecook(
            "run", "recipe.yaml", "--model", server.asClerk, under: leaving + allowing(count))
        #expect(run.code == 2, "\(run.err)")
        #expect(run.err.contains("error: only \(count) files may be open at once"))
    }

    /// Words that run a program with so many open files at most.
    private func allowing(_ count: Int) -> [String] { ["sh", "-c", "ulimit -n \(count) && exec \"$@\"", "sh"] }
}
