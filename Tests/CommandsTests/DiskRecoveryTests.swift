import Foundation
import TestSupport
import Testing
import Values

/// A disk that lets a run down on its way: nothing is lost, and once it is mended the run ends in the same bytes.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct DiskRecoveryTests {
    /// The journal keeps every answer, of four thousand characters.
    private static let recipe = SampleRecipes.ask.replacing("label: string <= 40", with: "label: string <= 4000")
    private static let records = 90
    private static let inFlight = 4

    private func kitchen() throws -> Kitchen {
        let kitchen = try Kitchen(Self.recipe, documents: SampleRecipes.documents(Self.records))
        for folder in ["disk", "kept"] {
            try FileManager.default.createDirectory(atPath: kitchen.path(folder), withIntermediateDirectories: true)
        }
        return kitchen
    }

    private func server() throws -> ModelServer { try ModelServer("--text", "4000", "--delay", "2") }

    private func words(_ server: ModelServer) -> [String] {
        ["run", "recipe.yaml", "--model", server.asClerk, "--in-flight", "\(Self.inFlight)"]
    }

    /// What a run without trouble writes.
    private func expected() async throws -> String {
        let (kitchen, server) = (try kitchen(), try server())
        #expect(try await kitchen.linecook(words(server)).code == 0)
        return try kitchen.read("out/out.jsonl")
    }

    /// Goes on with a run and holds it to the bytes of one without trouble.
    private func goOn(_ kitchen: Kitchen, _ run: String, _ server: ModelServer, output: String) async throws {
        let resumed = try await kitchen.linecook("resume", run)
        #expect(resumed.code == 0, "\(resumed.err)")
        #expect(try kitchen.report(run)["counts"]?["done"] == .int(Int64(Self.records)))
        #expect(try await kitchen.read(output) == expected())
        // What was in flight when the disk failed is all that is asked twice.
        #expect(try await server.figure("repeats") <= Self.inFlight)
    }

    @Test func `a disk that fills up under the journal: 74, and with more room it goes on`() async throws {
        let (kitchen, server) = (try kitchen(), try server())
        let disk = try Rights.onDisk(of: 300, at: kitchen.path("disk"), kept: kitchen.path("kept"))
        let run = try await kitchen.linecook(words(server) + ["--run", "disk/run"], under: disk)
        #expect(run.code == 74, "\(run.code) \(run.err)")
        #expect(run.err.contains("disk/run/journal.sqlite"), "\(run.err)")
        #expect(run.err.contains("full") || run.err.contains("no space"), "\(run.err)")
        #expect(run.err.contains("go on with: linecook resume disk/run"), "\(run.err)")
        // The small disk is gone with its processes; what was on it lies on a larger one now.
        try FileManager.default.moveItem(atPath: kitchen.path("kept/run"), toPath: kitchen.path("disk/run"))
        try await goOn(kitchen, "disk/run", server, output: "out/out.jsonl")
    }

    @Test func `a disk that fills up under the outputs: 74, and with more room it goes on`() async throws {
        let (kitchen, server) = (try kitchen(), try server())
        let disk = try Rights.onDisk(of: 100, at: kitchen.path("disk"), kept: kitchen.path("kept"))
        let run = try await kitchen.linecook(words(server) + ["--run", "run", "--output", "disk"], under: disk)
        #expect(run.code == 74, "\(run.code) \(run.err)")
        #expect(run.err.contains("no space is left on the disk"), "\(run.err)")
        for file in try kitchen.files("kept") {
            try FileManager.default.moveItem(atPath: kitchen.path("kept/\(file)"), toPath: kitchen.path("disk/\(file)"))
        }
        try await goOn(kitchen, "run", server, output: "disk/out.jsonl")
    }

    @Test func `a journal that becomes read-only: 74, and once it can be written it goes on`() async throws {
        guard Rights.has("strace") else { try Test.cancel("strace is not here") }
        let (kitchen, server) = (try kitchen(), try server())
        // A thread's writes to the journal fail from its sixtieth on, as on a disk that was remounted after an error, and
        // so does asking whether it may be written.
        let log = kitchen.path("run/journal.sqlite-wal")
        let failing = [
            "strace", "-f", "-o", "/dev/null", "-P", log, "-P", kitchen.path("run/journal.sqlite"),
            "-e", "trace=pwrite64,write,access,faccessat,faccessat2", "-e",
            "inject=pwrite64,write:error=EROFS:when=60+", "-P", "run/journal.sqlite",
            "-e", "inject=access,faccessat,faccessat2:error=EROFS",
        ]
        let run = try await kitchen.linecook(words(server) + ["--run", "run"], under: failing)
        if run.code != 74, run.err.contains("ptrace") { try Test.cancel("strace may not trace here") }
        #expect(run.code == 74, "\(run.code) \(run.err)")
        #expect(
            run.err.contains("run/journal.sqlite: it is read-only; make the file and its folder writable"), "\(run.err)"
        )
        #expect(run.err.contains("go on with: linecook resume run"), "\(run.err)")
        try await goOn(kitchen, "run", server, output: "out/out.jsonl")
    }
}
