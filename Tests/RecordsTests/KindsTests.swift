import Diagnostics
import Digests
import Expressions
import Recipes
import Runs
import Steps
import TestSupport
import Testing
import Values

@testable import Records

@Suite struct KindsTests {
    private let scratch: Scratch
    private let catalog = Catalog(
        steps: [], inputs: [FolderInput(), CSVInput(), JSONLInput(), JSONInput()],
        outputs: [CSVOutput(), JSONLOutput(), JSONOutput()], providers: [])

    init() throws {
        scratch = try Scratch()
        try scratch.write("leads.csv", "name,domain,employees\nAcme,acme.example,12\n")
        try scratch.write("posts.jsonl", "{\"slug\": \"a\", \"words\": 3}\n")
        try scratch.write("posts.json", "[{\"slug\": \"a\", \"words\": 3}]")
        try scratch.write("docs/a.md", "# A\n")
    }

    /// The problems of a recipe's input and outputs; that it has no steps is none here.
    private func problems(_ text: String, input path: String? = nil) throws -> [String] {
        var problems = Problems()
        let recipe = try #require(
            Recipe.read(Array(text.utf8), file: scratch.at("r.yaml"), grammar: catalog.grammar, problems: &problems))
        var source: (any RecordSource)?
        if let input = recipe.input {
            var planning = InputPlanning(input: input, folder: scratch.path, path: path, problems: problems)
            source = catalog.input(input.kind.value)?.open(&planning)
            problems = planning.problems
        }
        var scope = Scope()
        scope.declare("input", (source?.type).map(ValueType.object) ?? .any, slot: 0)
        for output in recipe.outputs {
            var planning = OutputPlanning(
                output: output, scope: scope, answers: [.init(name: "card", slot: 2, type: .any)],
                inputColumns: source?.columns ?? [], folder: scratch.at("out"), problems: problems)
            _ = catalog.output(output.kind.value)?.plan(&planning)
            problems = planning.problems
        }
        return problems.sorted.filter { !$0.message.contains("steps") }.map { problem in
            let place = problem.span.map { "\($0.start.line):\($0.start.column) " } ?? ""
            return place + problem.message
        }
    }

    private func check(_ marked: String, _ messages: String...) throws {
        let text = MarkedText(head + marked)
        let expected = messages.enumerated().map { index, message in
            "\(text[index + 1].line):\(text[index + 1].column) \(message)"
        }
        let found = try problems(text.text)
        #expect(found == expected)
    }

    private let head = "recipe: r\n"

    @Test func `an input that is right opens`() throws {
        for input in [
            "{csv: leads.csv, key: domain, fields: {employees: integer}}", "{jsonl: posts.jsonl, key: slug}",
            "{json: posts.json, key: slug}", "{folder: docs}", "{folder: docs, match: ['*.md']}",
        ] {
            try check("input: \(input)\n")
        }
    }

    @Test func `a key or field that the header lacks is told at its place`() throws {
        try check(
            "input: {csv: leads.csv, key: «1»domian, fields: {«2»employes: integer}}\n",
            "leads.csv has no column 'domian'; did you mean 'domain'?",
            "leads.csv has no column 'employes'; did you mean 'employees'?")
    }

    @Test func `a column cannot be a list`() throws {
        try check(
            "input: {csv: leads.csv, fields: {«1»name: [string]}}\n",
            "a cell of 'name' is one value, not a list or an object; read it as string")
    }

    @Test func `a key that no JSON record has is told at its place`() throws {
        try check(
            "input: {jsonl: posts.jsonl, key: «1»slag}\n",
            "no record of posts.jsonl has the key 'slag'; did you mean 'slug'?")
    }

    @Test func `a file that is not there is told where it is named`() throws {
        try check(
            "input: {csv: «1»none.csv}\n",
            "no file '\(scratch.at("none.csv"))'; the nearest folder that exists is '\(scratch.path)'")
    }

    @Test func `a pattern that is none is told at its place`() throws {
        try check(
            "input: {folder: docs, match: ['*.md', «1»'../*.txt']}\n",
            "'../*.txt' leaves the folder; patterns stay inside it")
    }

    @Test func `the path of the command line stands in for the recipe's`() throws {
        let found = try problems(head + "input: {csv: none.csv, key: domain}\n", input: scratch.at("leads.csv"))
        #expect(found == [])
    }

    @Test func `an output path out of its folder is told at its place`() throws {
        try check(
            "input: {folder: docs}\noutput: [{jsonl: «1»../a.jsonl}]\n",
            "'../a.jsonl' leaves the output folder; outputs stay inside it")
    }

    @Test func `a CSV says which columns it has`() throws {
        try check(
            "input: {folder: docs}\noutput:\n  - «1»csv: a.csv\n",
            "a 'csv' output says which columns it has: `columns: {name: expression}`, or `keep: input`")
    }

    @Test func `a column that reads what is not there is told at its place`() throws {
        let text = MarkedText(head + "input: {folder: docs}\noutput: [{csv: a.csv, columns: {file: «1»input.pth}}]\n")
        let found = try problems(text.text)
        #expect(found.count == 1)
        #expect(found.first?.contains("'pth'") == true)
        #expect(found.first?.hasPrefix("\(text[1].line):") == true)
    }

    @Test func `kept input columns come first, and expressions and templates fill the others`() throws {
        var problems = Problems()
        let text =
            head
            + "input: {csv: leads.csv}\noutput: [{csv: a.csv, keep: input, columns: {name: 'input.name + \"!\"', link: '{{ input.domain }}/'}}]\n"
        let recipe = try #require(
            Recipe.read(Array(text.utf8), file: scratch.at("r.yaml"), grammar: catalog.grammar, problems: &problems))
        var input = InputPlanning(
            input: try #require(recipe.input), folder: scratch.path, path: nil, problems: Problems())
        let source = try #require(CSVInput().open(&input))
        var scope = Scope()
        scope.declare("input", .object(source.type), slot: 0)
        var planning = OutputPlanning(
            output: try #require(recipe.outputs.first), scope: scope, answers: [], inputColumns: source.columns,
            folder: scratch.at("out"), problems: Problems())
        let sink = try #require(CSVOutput().plan(&planning))
        try sink.open(at: nil)
        let reader = try source.reader(from: nil)
        let batch = try #require(try reader.next(limit: 10, bytes: 1_000))
        var bytes: [UInt8] = []
        try batch.forEach { read in
            guard case .record(let record) = read else { return }
            var slots = Slots(count: 1)
            slots[0] = record.input
            try sink.format(FinishedRecord(record: record, slots: slots, flags: []), into: &bytes)
        }
        try sink.append(bytes, count: 1, chunk: 0)
        _ = try sink.finish(.complete)
        #expect(
            try scratch.text("out/a.csv") == "name,domain,employees,link\nAcme!,acme.example,12,acme.example/\n")
    }
}
