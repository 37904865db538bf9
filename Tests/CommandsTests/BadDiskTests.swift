import Foundation
import TestSupport
import Testing
import Values

/// A disk that is full or may not be written, and too few open files.
@Suite struct BadDiskTests {
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
        let rows = (1...count).map { "r\($0),what this row says is always the same, and not much\n" }
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

    @Test func `a full disk under the run folder ends the run with 74, and its journal can still be read`() async throws
    {
        let kitchen = try Kitchen(SampleRecipes.ask)
        for number in 1...40 {
            try kitchen.write(
                "docs/\(number).md", SampleRecipes.document(number, String(repeating: "cold ", count: 2000)))
        }
        try FileManager.default.createDirectory(atPath: kitchen.path("disk"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: kitchen.path("kept"), withIntermediateDirectories: true)
        let server = try ModelServer("--text", "20000")
        let disk = try Rights.onDisk(of: 300, at: kitchen.path("disk"), kept: kitchen.path("kept"))
        let run = try await kitchen.linecook(
            "run", "recipe.yaml", "--run", "disk/run", "--model", server.asClerk, under: disk)
        #expect(run.code == 74, "\(run.code) \(run.err)")
        #expect(run.err.contains("disk/run"))
        #expect(run.err.contains("full") || run.err.contains("no space"))
        let report = try await kitchen.linecook("report", "kept/run")
        #expect(report.code == 0, "\(report.err)")
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
        #expect(try server.figure("requests") == 0)
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

    @Test func `too few open files lower the width with a message, and every record is done`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(30))
        let server = try ModelServer("--delay", "5")
        let run = try await kitchen.run(
            "--model", server.asClerk, "--in-flight", "500",
            under: ["sh", "-c", "ulimit -n 90 && exec \"$@\"", "sh"])
        #expect(run.code == 0, "\(run.err)")
        #expect(run.err.contains("only 90 files may be open at once"))
        #expect(run.err.contains("ulimit -n 564"))
        #expect(try kitchen.report()["counts"]?["done"] == 30)
        #expect(try server.figure("peak_open") <= 90)
    }

    @Test(arguments: [8, 12, 16, 24, 32])
    func `hopelessly few open files end in a message, not in a crash or a wrong result`(count: Int) async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(12))
        let server = try ModelServer("--delay", "5")
        let run = try await kitchen.run(
            "--model", server.asClerk, under: ["sh", "-c", "ulimit -n \(count) && exec \"$@\"", "sh"])
        #expect([0, 1, 2, 4, 74].contains(run.code), "\(run.code) \(run.err)")
        if run.code == 0 {
            #expect(try kitchen.lines("out/out.jsonl").count == 12)
        } else {
            #expect(
                run.err.contains("too many files are open") || run.err.contains("Too many open files"), "\(run.err)")
            #expect(run.err.contains("ulimit -n"), "\(run.err)")
        }
    }
}
