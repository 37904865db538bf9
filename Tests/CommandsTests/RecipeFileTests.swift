import Foundation
import TestSupport
import Testing
import Values

/// Runs are told apart by the file of their recipe, also where two files have one name in `recipe:`.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct RecipeFileTests {
    private static func recipe(_ table: String) -> String {
        """
        recipe: same
        input: {csv: \(table).csv, key: id}
        steps:
          - name: approval
            review: {question: Pay?, show: [input.amount]}
        output: {csv: \(table)-out.csv, columns: {id: input.id}}

        """
    }

    /// `x.yaml` with two records that wait for a person, and `y.yaml` with three.
    private func kitchen() async throws -> Kitchen {
        let kitchen = try Kitchen()
        try kitchen.lay([
            "x.yaml": Self.recipe("x"), "x.csv": "id,amount\na,1\nb,2\n",
            "y.yaml": Self.recipe("y"), "y.csv": "id,amount\nc,1\nd,2\ne,3\n",
        ])
        #expect(try await kitchen.linecook("run", "x.yaml").code == 3)
        #expect(try await kitchen.linecook("run", "y.yaml").code == 3)
        return kitchen
    }

    /// How many records wait in the runs, by the recipe file of each.
    private func waiting(_ kitchen: Kitchen) throws -> [String: Int64] {
        var waiting: [String: Int64] = [:]
        for run in try kitchen.files(".linecook/runs") {
            let report = try kitchen.report(".linecook/runs/\(run)")
            let file = try #require(report["recipe_path"]?.string)
            #expect(waiting[file] == nil, "\(file) has two runs")
            waiting[file] = report["counts"]?["waiting"]?.int
        }
        return waiting
    }

    @Test func `two files with one recipe name have runs of their own`() async throws {
        let kitchen = try await kitchen()
        #expect(try waiting(kitchen) == ["x.yaml": 2, "y.yaml": 3])
        let again = try await kitchen.linecook("run", "x.yaml")
        #expect(again.code == 3 && again.err.contains("going on with run same-"), "\(again.err)")
        #expect(try waiting(kitchen) == ["x.yaml": 2, "y.yaml": 3])
        let diff = try await kitchen.linecook("diff", "x.yaml", "--json")
        #expect(diff.code == 0, "\(diff.err)")
        #expect(try JSON.parse(diff.out)["input"]?["vanished"] == 0)
    }

    @Test func `--fresh rejects what waits in the run of its own file, and no other`() async throws {
        let kitchen = try await kitchen()
        let fresh = try await kitchen.linecook("run", "x.yaml", "--fresh")
        #expect(fresh.code == 3 && fresh.err.contains("2 records that waited"), "\(fresh.err)")
        let all = try kitchen.files(".linecook/runs").map { try kitchen.report(".linecook/runs/\($0)") }
        #expect(all.first { $0["recipe_path"] == "y.yaml" }?["counts"]?["waiting"] == 3)
        #expect(all.count == 3)
    }

    @Test func `a folder that --run names and that holds a run of another file is refused`() async throws {
        let kitchen = try await kitchen()
        #expect(try await kitchen.linecook("run", "x.yaml", "--run", "there").code == 3)
        let refused = try await kitchen.linecook("run", "y.yaml", "--run", "there")
        #expect(refused.code == 2 && refused.err.contains("there holds a run of "), "\(refused.err)")
        #expect(refused.err.contains("x.yaml; name another folder with --run"), "\(refused.err)")
        #expect(try kitchen.report("there")["counts"]?["waiting"] == 2)
    }

    @Test func `a link to the file is the file, and a file that was moved goes on where its run is named`()
        async throws
    {
        let kitchen = try await kitchen()
        try FileManager.default.createSymbolicLink(atPath: kitchen.path("link.yaml"), withDestinationPath: "x.yaml")
        let link = try await kitchen.linecook("run", "link.yaml")
        #expect(link.code == 3 && link.err.contains("going on with run same-"), "\(link.err)")
        #expect(try kitchen.files(".linecook/runs").count == 2)

        #expect(try await kitchen.linecook("run", "x.yaml", "--run", "there").code == 3)
        try FileManager.default.moveItem(atPath: kitchen.path("x.yaml"), toPath: kitchen.path("z.yaml"))
        let moved = try await kitchen.linecook("run", "z.yaml", "--run", "there")
        #expect(moved.code == 3 && moved.err.contains("going on with run there"), "\(moved.err)")
        // Beside the recipe nobody named a run.
        #expect(try await kitchen.linecook("run", "z.yaml").code == 3)
        #expect(try kitchen.files(".linecook/runs").count == 3)
    }

    @Test func `a folder that was moved with its runs goes on with them`() async throws {
        let kitchen = try Kitchen()
        try kitchen.lay(["here/x.yaml": Self.recipe("x"), "here/x.csv": "id,amount\na,1\n"])
        #expect(try await kitchen.linecook("run", "here/x.yaml").code == 3)
        try FileManager.default.moveItem(atPath: kitchen.path("here"), toPath: kitchen.path("there"))
        let moved = try await kitchen.linecook("run", "there/x.yaml")
        #expect(moved.code == 3 && moved.err.contains("going on with run same-"), "\(moved.err)")
        #expect(try kitchen.files("there/.linecook/runs").count == 1)
    }

    @Test func `only: changed asks the runs of its own file`() async throws {
        let kitchen = try Kitchen()
        for name in ["x", "y"] {
            try kitchen.write(
                "\(name).yaml",
                """
                recipe: same
                input: {csv: rows.csv, key: id, only: changed}
                steps:
                  - name: one
                    set: {id: input.id}
                output: {csv: \(name)-out.csv, columns: {id: one.id}}

                """)
        }
        try kitchen.write("rows.csv", "id,amount\na,1\nb,2\n")
        #expect(try await kitchen.linecook("run", "x.yaml").code == 0)
        let other = try await kitchen.linecook("run", "y.yaml")
        #expect(other.code == 0 && !other.err.contains("skipped"), "\(other.err)")
        let again = try await kitchen.linecook("run", "x.yaml")
        #expect(again.code == 0 && again.err.contains("2 skipped"), "\(again.err)")
    }
}
