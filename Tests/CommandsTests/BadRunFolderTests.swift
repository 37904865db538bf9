import Foundation
import TestSupport
import Testing
import Values

/// Run folders that cannot be gone on with: named, with the mend, and never passed over for a new run in silence.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct BadRunFolderTests {
    /// With a run that was killed on its way, by a server that holds calls.
    private func killed(_ server: ModelServer) async throws -> (kitchen: Kitchen, folder: String) {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(12))
        let run = try kitchen.start(words(server))
        try await server.wasAsked(8)
        run.send(SIGKILL)
        #expect(await run.end().code == 137)
        server.release()
        return (kitchen, ".linecook/runs/\(try kitchen.files(".linecook/runs")[0])")
    }

    private func words(_ server: ModelServer) -> [String] {
        ["run", "recipe.yaml", "--model", server.asClerk, "--in-flight", "2"]
    }

    private func remove(_ name: String, _ kitchen: Kitchen) throws {
        for suffix in ["", "-wal", "-shm"] where kitchen.exists(name + suffix) {
            try FileManager.default.removeItem(atPath: kitchen.path(name + suffix))
        }
    }

    @Test func `a run whose journal is gone: 2, nobody is asked, and --fresh starts another`() async throws {
        let server = try ModelServer("--hold", "6")
        let (kitchen, folder) = try await killed(server)
        try remove("\(folder)/journal.sqlite", kitchen)
        let asked = try await server.figure("requests")
        for command in [words(server), ["resume"], ["retry", folder]] {
            let run = try await kitchen.linecook(command)
            #expect(run.code == 2, "\(command): \(run.err)")
            #expect(run.err.contains("\(folder)/recipe.yaml has no journal.sqlite beside it"), "\(run.err)")
            #expect(run.err.contains("put its journal back or take the folder away"), "\(run.err)")
        }
        #expect(try await server.figure("requests") == asked)
        #expect(try kitchen.files(".linecook/runs").count == 1)
        let fresh = try await kitchen.linecook(words(server) + ["--fresh"])
        #expect(fresh.code == 0, "\(fresh.err)")
        #expect(fresh.err.contains("warning: the answers of \(folder) are not used"), "\(fresh.err)")
    }

    @Test(arguments: [[], ["--fresh"]])
    func `a recipe that lies in the folder of --run is not written over`(more: [String]) async throws {
        let server = try ModelServer()
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(2))
        try kitchen.write("mine/recipe.yaml", "recipe: precious\n")
        let run = try await kitchen.linecook(words(server) + ["--run", "mine"] + more)
        #expect(run.code == 2, "\(run.err)")
        #expect(run.err.contains("mine/recipe.yaml has no journal.sqlite beside it"), "\(run.err)")
        #expect(run.err.contains("name another folder with --run"))
        #expect(try kitchen.read("mine/recipe.yaml") == "recipe: precious\n")
        #expect(try kitchen.files("mine") == ["recipe.yaml"])
        #expect(try await server.figure("requests") == 0)
    }

    @Test(arguments: [[], ["--fresh"]])
    func `a folder of other files is no run folder, and one that a killed process left is`(more: [String])
        async throws
    {
        let server = try ModelServer()
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(2))
        let run = try await kitchen.linecook(words(server) + ["--run", "docs"] + more)
        #expect(run.code == 2, "\(run.err)")
        #expect(run.err.contains("docs holds no run, but other files, such as d01.md"), "\(run.err)")
        #expect(run.err.contains("name a folder with --run that is new or empty"), "\(run.err)")
        #expect(try kitchen.files("docs") == ["d01.md", "d02.md"])
        #expect(!kitchen.exists("out") && !kitchen.exists(".linecook"))
        #expect(try await server.figure("requests") == 0)

        try kitchen.lay(["left/lock": "process 1", "left/journal.sqlite.new": ""])
        #expect(try await kitchen.linecook(words(server) + ["--run", "left"] + more).code == 0)
        try FileManager.default.createDirectory(atPath: kitchen.path("bare"), withIntermediateDirectories: false)
        #expect(try await kitchen.linecook(words(server) + ["--run", "bare"] + more).code == 0)
    }

    @Test func `a log that is damaged: 2, and nobody is asked`() async throws {
        let server = try ModelServer("--hold", "6")
        let (kitchen, folder) = try await killed(server)
        let log = URL(filePath: kitchen.path("\(folder)/journal.sqlite-wal"))
        var bytes = try Data(contentsOf: log)
        bytes[100] ^= 1
        try bytes.write(to: log)
        let asked = try await server.figure("requests")
        for command in [words(server), ["resume"]] {
            let run = try await kitchen.linecook(command)
            #expect(run.code == 2, "\(command): \(run.err)")
            #expect(run.err.contains("\(folder)/journal.sqlite is damaged"), "\(run.err)")
            #expect(run.err.contains("--fresh"))
        }
        #expect(try await server.figure("requests") == asked)
        #expect(try kitchen.files(".linecook/runs").count == 1)
    }

    @Test(arguments: [0.5, nil])
    func `a log that was cut, or is gone: 2, and nobody is asked but by --fresh`(part: Double?) async throws {
        let server = try ModelServer("--hold", "6")
        let (kitchen, folder) = try await killed(server)
        let log = kitchen.path("\(folder)/journal.sqlite-wal")
        if let part {
            #expect(truncate(log, off_t(Double(kitchen.size("\(folder)/journal.sqlite-wal")) * part)) == 0)
        } else {
            try FileManager.default.removeItem(atPath: log)
        }
        let asked = try await server.figure("requests")
        for command in [words(server), ["resume"], ["report", folder], words(server)] {
            let run = try await kitchen.linecook(command)
            #expect(run.code == 2, "\(command): \(run.err)")
            #expect(run.err.contains("\(folder)/journal.sqlite is damaged (of "), "\(run.err)")
            #expect(run.err.contains("--fresh"))
        }
        #expect(try await server.figure("requests") == asked)
        #expect(try kitchen.files(".linecook/runs").count == 1)
        let fresh = try await kitchen.linecook(words(server) + ["--fresh"])
        #expect(fresh.code == 0, "\(fresh.err)")
    }

    @Test func `folders and files without rights: 74, nobody is asked, and with the rights back it goes on`()
        async throws
    {
        let rights = try Rights.ofOrdinaryPeople()
        let server = try ModelServer("--hold", "6")
        let (kitchen, folder) = try await killed(server)
        let asked = try await server.figure("requests")
        let cases: [(path: String, mode: mode_t, message: String)] = [
            (".linecook/answers.sqlite-shm", 0o444, "cannot write .linecook/answers.sqlite-shm: it is read-only"),
            (folder, 0o555, "cannot write into \(folder): Permission denied"),
            (folder, 0, "cannot look at \(folder)/journal.sqlite: Permission denied"),
            (".linecook/runs", 0o333, "cannot look into .linecook/runs: Permission denied"),
            ("\(folder)/journal.sqlite", 0, "cannot open \(folder)/journal.sqlite: Permission denied"),
            ("\(folder)/journal.sqlite", 0o444, "cannot write \(folder)/journal.sqlite: it is read-only"),
            ("\(folder)/lock", 0o444, "cannot lock \(folder)/lock: Permission denied"),
            (".linecook/answers.sqlite", 0o444, "cannot write .linecook/answers.sqlite: it is read-only"),
            (".linecook/answers.sqlite", 0, "cannot open .linecook/answers.sqlite: Permission denied"),
        ]
        let (here, kept) = (kitchen.path(".linecook"), kitchen.path("kept"))
        try FileManager.default.copyItem(atPath: here, toPath: kept)
        for (path, mode, message) in cases {
            #expect(chmod(kitchen.path(path), mode) == 0, "\(path)")
            let run = try await kitchen.linecook(words(server), under: rights)
            // As the killed run left it, without what this one has left.
            try FileManager.default.removeItem(atPath: here)
            try FileManager.default.copyItem(atPath: kept, toPath: here)
            #expect(run.code == 74, "\(path) \(mode): \(run.code) \(run.err)")
            #expect(run.err.contains(message), "\(path) \(mode): \(run.err)")
            #expect(run.err.contains("writable"), "\(path) \(mode): \(run.err)")
        }
        #expect(try await server.figure("requests") == asked)
        let resumed = try await kitchen.linecook(words(server), under: rights)
        #expect(resumed.code == 0, "\(resumed.err)")
        #expect(try await server.figure("requests") <= 12 + 2)
    }

    @Test func `a run folder that is removed while the run goes on: 74, and what is lost is told`() async throws {
        let server = try ModelServer("--hold", "4")
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(40))
        let run = try kitchen.start(words(server))
        try await server.wasAsked(6)
        let folder = ".linecook/runs/\(try kitchen.files(".linecook/runs")[0])"
        // As `rm -rf` does: the process may make a file in it meanwhile.
        try await wait(for: "the folder to be gone") {
            do { try FileManager.default.removeItem(atPath: kitchen.path(folder)) } catch {}
            return !kitchen.exists(folder)
        }
        server.release()
        let finished = await run.end()
        #expect(finished.code == 74, "\(finished.err)")
        #expect(finished.err.contains("error: \(folder) was removed, or moved away, while"), "\(finished.err)")
        #expect(finished.err.contains("the answers of this run are lost with it"), "\(finished.err)")
        #expect(!finished.err.contains("is kept"), "\(finished.err)")
        #expect(try await server.figure("requests") < 40)
        let again = try await kitchen.linecook(words(server))
        #expect(again.code == 0, "\(again.err)")
    }

    @Test func `runs of a recipe on a network file system share their answers beside their folders`() async throws {
        let server = try ModelServer()
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(2))
        for name in ["disk", "kept"] {
            try FileManager.default.createDirectory(atPath: kitchen.path(name), withIntermediateDirectories: true)
        }
        let disk = try Rights.onDisk(of: 8192, at: kitchen.path("disk"), kept: kitchen.path("kept"))
        let there = try Rights.onDisk(ofKind: "nfs4", folder: kitchen.folder.path)
        let twice = ["sh", "-c", "\"$@\" --run disk/one && rm -r out && \"$@\" --run disk/two/", "sh"]
        let run = try await kitchen.linecook(words(server), under: disk + twice + there)
        #expect(run.code == 0, "\(run.err)")
        let note = "recipe.yaml lies on a network file system (nfs4): answers are shared in disk/.linecook/"
        #expect(run.err.contains(note), "\(run.err)")
        #expect(try await server.figure("requests") == 2)
        #expect(!kitchen.exists(".linecook") && kitchen.exists("kept/.linecook/answers.sqlite"))
    }

    @Test(arguments: ["nfs4", "cifs", "9p"])
    func `a network file system is refused, for a new run and for one that is there`(kind: String) async throws {
        let server = try ModelServer()
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(2))
        let there = try Rights.onDisk(ofKind: kind, folder: kitchen.folder.path)
        for place in [[], ["--run", "new/run"]] {
            let run = try await kitchen.linecook(words(server) + place, under: there)
            #expect(run.code == 74, "\(run.err)")
            #expect(run.err.contains("lies on a network file system (\(kind))"), "\(run.err)")
            #expect(run.err.contains("name a folder on a disk of this machine with --run"), "\(run.err)")
        }
        #expect(!kitchen.exists(".linecook") && !kitchen.exists("new"))
        #expect(try await server.figure("requests") == 0)
        #expect(try await kitchen.linecook(words(server) + ["--run", "run"]).code == 0)
        let resumed = try await kitchen.linecook("resume", "run", under: there)
        #expect(resumed.code == 2 || resumed.code == 74)
        #expect(resumed.err.contains("run lies on a network file system (\(kind))"), "\(resumed.err)")
    }
}
