import Digests
import TestSupport
import Testing
import Values

@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct OutputTests {
    @Test func `rows come in the input's order, whatever order they are answered in`() async throws {
        // An answer takes longer the more often its prompt fails first: the first document is the last to be done.
        var documents = SampleRecipes.documents(8)
        documents["d01.md"] = SampleRecipes.document(1, "[fault 503 x2]")
        let kitchen = try Kitchen(SampleRecipes.ask, documents: documents)
        let server = try ModelServer("--delay", "5")
        let run = try await kitchen.run("--model", server.asClerk)
        #expect(run.code == 0, "\(run.err)")
        let paths = try kitchen.lines("out/out.jsonl").map { try JSON.parse($0)["path"]?.string }
        #expect(paths == SampleRecipes.documents(8).keys.sorted())
    }

    @Test func `csv, jsonl and json say the same in their own ways`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: forms
            input: {csv: rows.csv, key: id, fields: {id: string, amount: integer or null, note: string}}
            steps:
              - name: card
                set: {tags: "input.note.split(',')", half: "input.amount == null ? 0.0 : double(input.amount) / 2.0"}
            output:
              - {csv: out.csv, columns: {id: input.id, amount: input.amount, first: "card.tags[0]", half: card.half}}
              - {jsonl: out.jsonl, columns: {id: input.id, amount: input.amount, tags: card.tags, half: card.half}}
              - {json: out.json, columns: {id: input.id, amount: input.amount, tags: card.tags, half: card.half}}
              - {csv: kept.csv, keep: input}
              - {csv: kept-and-more.csv, keep: input, columns: {note: "'changed'", half: card.half}}
              - {jsonl: all.jsonl}

            """)
        try kitchen.write("rows.csv", "id,amount,note\na,1,\"x,\"\"y\"\"\"\nb,,\"two\nlines\"\n")
        let run = try await kitchen.run()
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.read("out/out.csv") == "id,amount,first,half\na,1,x,0.5\nb,,\"two\nlines\",0.0\n")
        let rows: [Value] = [
            ["id": "a", "amount": 1, "tags": ["x", "\"y\""], "half": 0.5],
            ["id": "b", "amount": nil, "tags": ["two\nlines"], "half": 0.0],
        ]
        #expect(try kitchen.lines("out/out.jsonl").map { try JSON.parse($0) } == rows)
        #expect(try kitchen.json("out/out.json") == .list(rows))
        #expect(try kitchen.read("out/kept.csv") == kitchen.read("rows.csv"))
        #expect(try kitchen.lines("out/kept-and-more.csv").first == "id,amount,note,half")
        #expect(try kitchen.lines("out/kept-and-more.csv").dropFirst().first == "a,1,changed,0.5")
        let first = try JSON.parse(kitchen.lines("out/all.jsonl")[0])
        #expect(first["id"] == "a")
        #expect(first["flags"] == [])
        #expect(first["card"]?["half"] == 0.5)
    }

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
