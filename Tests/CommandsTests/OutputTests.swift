import Digests
import TestSupport
import Testing
import Values

@Suite struct OutputTests {
    @Test func `a failed record reaches no output`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table)
        try kitchen.write("rows.csv", "id,amount\na,1\nb,two\nc,3\n")
        _ = try await kitchen.run()
        #expect(try kitchen.read("out/out.csv") == "id,twice\na,2\nc,6\n")
        #expect(try kitchen.json("out/out.json") == [["id": "a", "twice": 2], ["id": "c", "twice": 6]])
        #expect(try kitchen.lines("out/out.jsonl").count == 2)
    }

    @Test func `--output takes the outputs elsewhere, and a new run takes the place of the old one's`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table)
        try kitchen.write("rows.csv", SampleRecipes.rows)
        #expect(try await kitchen.linecook("run", "recipe.yaml", "--output", "there/deep").code == 0)
        #expect(!kitchen.exists("out"))
        #expect(try kitchen.files("there/deep") == ["out.csv", "out.json", "out.jsonl"])
        try kitchen.write("rows.csv", "id,amount\nz,9\n")
        let again = try await kitchen.linecook("run", "recipe.yaml", "--output", "there/deep")
        #expect(try kitchen.read("there/deep/out.csv") == "id,twice\nz,18\n")
        #expect(again.err.contains("there/deep/out.csv (1 record"))
    }

    @Test func `the report knows each output by its hash`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table)
        try kitchen.write("rows.csv", SampleRecipes.rows)
        _ = try await kitchen.run()
        let outputs = try #require(try kitchen.report()["outputs"]?.list)
        #expect(outputs.map { $0["path"]?.string } == ["out.csv", "out.jsonl", "out.json"])
        #expect(outputs.map { $0["records"]?.int } == [3, 3, 3])
        for output in outputs {
            let bytes = Array(try kitchen.read("out/" + (output["path"]?.string ?? "")).utf8)
            #expect(output["sha256"]?.string == SHA256Digest(of: bytes).hex)
            #expect(output["bytes"]?.int == Int64(bytes.count))
        }
    }
}
