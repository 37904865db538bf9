import Foundation
import TestSupport
import Testing
import Values

/// `write` steps: files of the output folder, and none beside it.
@Suite struct WriteTests {
    private let kitchen: Kitchen

    init() throws { kitchen = try Kitchen() }

    private func lay(_ rows: String, path: String = "\"{{ input.name }}\"", beside: String = "") throws {
        try kitchen.lay([
            "recipe.yaml": """
            recipe: letters
            input: {csv: rows.csv, key: id}
            steps:
              - name: file
                write: {path: \(path), text: "{{ input.text }}"}
                \(beside)
            output:
              - {jsonl: out.jsonl, columns: {path: file.?path.orValue(""), bytes: file.?bytes.orValue(0), sha256: 'file.?sha256.orValue("")'}}

            """, "rows.csv": "id,name,text\n" + rows,
        ])
    }

    /// A step behind `file` that holds the last record, so that the run cannot end by itself.
    private let gate = """
        about: A file a record.
          - name: gate
            when: input.id == "299"
            run: {args: [./gate], repeatable: true}
            timeout: 10m
        """

    private func failures() throws -> String { try kitchen.read("run/failures.csv") }

    @Test func `a file is written with its folders, and its answer tells where, how long and what`() async throws {
        try lay("1,letters/a.md,Grüße\n2,b.md,\n")
        let ended = try await kitchen.run()
        #expect(ended.code == 0, "\(ended.err)")
        #expect(try kitchen.read("out/letters/a.md") == "Grüße")
        #expect(try kitchen.read("out/b.md") == "")
        #expect(try kitchen.read("out/out.jsonl").hasPrefix("{\"path\":\"letters/a.md\",\"bytes\":7,\"sha256\":\""))
        #expect(try kitchen.files("out") == ["b.md", "letters", "out.jsonl"], "nothing else is left behind")
    }

    @Test(arguments: [
        ("../outside.md", "leaves the output folder"), ("/tmp/outside.md", "is absolute"),
        ("a/../../b", "leaves the output folder"),
        ("a//b", "is no plain path"), ("./a", "is no plain path"), ("a/", "is no plain path"),
        ("link/inside.md", "which is a link"),
        ("pointer.md", "is a link"), ("folder", "is a folder"), ("out.jsonl", "the run's own outputs"),
        ("OUT.partial.jsonl", "the run's own outputs"), (".out.jsonl.spool", "the run's own outputs"),
        (".linecook/x", "keeps for itself"), (String(repeating: "a", count: 256), "too long"),
        (String(repeating: "abc/", count: 300) + "x", "too long"),
    ])
    func `whatever a record says, nothing is written outside the folder or over the run's own files`(
        name: String, why: String
    ) async throws {
        try lay("1,\(name),evil\n2,good.md,good\n")
        try kitchen.lay(["elsewhere/kept.md": "kept", "out/folder/x": ""])
        symlink("../elsewhere", kitchen.path("out/link"))
        symlink("../elsewhere/kept.md", kitchen.path("out/pointer.md"))
        let ended = try await kitchen.run()
        #expect(ended.code == 1)
        #expect(try failures().contains(why))
        #expect(try kitchen.read("elsewhere/kept.md") == "kept")
        #expect(try kitchen.files("elsewhere") == ["kept.md"])
        #expect(try kitchen.read("out/good.md") == "good")
        #expect(!(try kitchen.allBytes(below: "out").contains("evil")))
        #expect(!kitchen.exists("outside.md"))
    }

    @Test func `a path with a line end or no name at all fails by name`() async throws {
        try lay("1,\"a\nb\",x\n2,,x\n")
        #expect(try await kitchen.run().code == 1)
        #expect(try failures().contains("control character"))
        #expect(try failures().contains("the path is empty"))
    }

    @Test func `the recipe and the input are not written over`() async throws {
        try kitchen.lay([
            "recipe.yaml": """
            recipe: letters
            input: {folder: docs, match: "*.md"}
            out: .
            steps:
              - name: file
                write: {path: "{{ input.text.trim() }}", text: new}

            """, "docs/a.md": "recipe.yaml", "docs/b.md": "docs/c.md", "docs/d.md": "fine.txt",
        ])
        let before = try kitchen.read("recipe.yaml")
        #expect(try await kitchen.run().code == 1)
        #expect(try kitchen.read("recipe.yaml") == before)
        #expect(!kitchen.exists("docs/c.md"))
        #expect(kitchen.exists("fine.txt"))
        #expect(try failures().contains("would replace the recipe"))
        #expect(try failures().contains("this run's own input"))
    }

    /// Every file that the recipe uses, by what the message says of it.
    private static let used = [
        "hook.sh": "given", "rules.awk": "given", "inner.sh": "given", "tool": "the program of the step 'tool'",
        "prices.csv": "the table of the step 'price'", "crm.sqlite": "the database of the step 'account'",
        "crm.sqlite-wal": "the database of the step 'account'", "notes.sqlite": "the database of the step 'note'",
        "facts.json": "the schema of the step 'facts'", "key.txt": "the file of the secret 'key'",
        "mailer": "the program of the step 'letter'", "recipe.yaml": "the recipe",
    ]

    @Test func `no record writes over a file that the recipe uses, by whatever path`() async throws {
        try kitchen.lay([
            "recipe.yaml": """
            recipe: letters
            input: {csv: rows.csv, key: id}
            out: here
            models: {writer: {provider: openai, url: "http://127.0.0.1:9", model: small}}
            settings: {rules: {type: string, default: rules.awk}}
            secrets: {key: {file: key.txt}}
            steps:
              - name: file
                write: {path: "{{ input.name }}", text: "echo written by a record"}
                otherwise: flag
              - name: said
                run: {args: [sh, hook.sh, "{{ settings.rules }}"], repeatable: true}
              - name: tool
                when: input.id == "none"
                run: {args: [./tool, -c, '. ./inner.sh {{ input.id }}']}
              - name: price
                when: input.id == "none"
                lookup: {csv: prices.csv, key: sku, with: {sku: input.id}, rows: {many: {sku: string}}}
              - name: account
                when: input.id == "none"
                lookup: {sqlite: crm.sqlite, query: SELECT id FROM a, rows: {many: {id: integer}}}
              - name: facts
                when: input.id == "none"
                ask: {model: writer, prompt: "{{ input.name }}", answer: {schema: facts.json}}
              - name: note
                when: input.id == "none"
                send: {sql: {sqlite: notes.sqlite, insert: notes, values: {name: input.name}}}
                unattended: a test
              - name: letter
                when: input.id == "none"
                send: {email: {to: ada@example.com, subject: Hello, body: Hello}, via: [./mailer]}
                unattended: a test
            output: {jsonl: out.jsonl, columns: {said: said.text, told: 'record.flags.join(" ")'}}

            """,
            "rows.csv": "id,name\n" + Self.used.keys.map { "of \($0),\($0)\n" }.joined() + "ok,ok.sh\n",
            "hook.sh": "echo mine $1", "rules.awk": "rules", "inner.sh": "inner", "prices.csv": "sku\n1\n",
            "facts.json": #"{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}"#,
            "key.txt": "sesame",
        ])
        for program in ["tool", "mailer"] { _ = try kitchen.folder.writeProgram(program, "cat") }
        try SQLiteFile.run("CREATE TABLE a(id INTEGER)", on: kitchen.path("crm.sqlite"))
        try SQLiteFile.run(
            "CREATE TABLE notes(name TEXT, idempotency_key TEXT UNIQUE)", on: kitchen.path("notes.sqlite"))
        symlink(".", kitchen.path("here"))
        let ended = try await kitchen.run()
        #expect(ended.code == 0, "\(ended.err)")
        let rows = try kitchen.lines("out.jsonl")
        #expect(rows.count == Self.used.count + 1 && rows.allSatisfy { $0.contains(#""said":"mine rules.awk""#) })
        #expect(try kitchen.read("ok.sh") == "echo written by a record")
        for (name, use) in Self.used {
            #expect(rows.contains { $0.contains("'\(name)' would replace ") && $0.contains(use) }, "\(name)")
        }
        let replaced = Self.used.keys.filter { name in
            FileManager.default.contents(atPath: kitchen.path(name)) == Data("echo written by a record".utf8)
        }
        #expect(replaced.isEmpty)
    }

    @Test func `of two records that write one file the second fails, also when the run is gone on with`() async throws {
        try lay("1,a.md,first\n2,A.md,second\n", beside: "otherwise: fail")
        #expect(try await kitchen.run("--in-flight", "1").code == 1)
        #expect(try failures().contains("was written for the record '1'; two records cannot have one file"))
        #expect(try kitchen.read("out/a.md") == "first")

        let ended = try await kitchen.linecook("retry", "run")
        #expect(ended.code == 1, "\(ended.err)")
        #expect(try kitchen.read("out/a.md") == "first")
        #expect(try failures().contains("for the record '1'"))
    }

    @Test func `the record that comes first to a file has it, and keeps it when the run is gone on with`() async throws
    {
        try kitchen.lay([
            "recipe.yaml": """
            recipe: letters
            input: {csv: rows.csv, key: id}
            steps:
              - name: before
                when: input.id == "1"
                run: {args: [./gate], repeatable: true}
                timeout: 10m
              - name: file
                write: {path: "{{ input.name }}", text: "{{ input.text }}"}
            output: {jsonl: out.jsonl, columns: {id: record.id}}

            """, "rows.csv": "id,name,text\n1,a.md,first\n2,a.md,second\n",
        ])
        // The first record waits until the file of the second is there.
        _ = try kitchen.folder.writeProgram("gate", "while [ ! -e \(kitchen.path("out/a.md")) ]; do sleep 0.1; done")
        #expect(try await kitchen.run().code == 1)
        #expect(try failures().contains("was written for the record '2'; two records cannot have one file"))
        #expect(try kitchen.read("out/out.jsonl") == "{\"id\":\"2\"}\n")
        #expect(try kitchen.read("out/a.md") == "second")

        #expect(try await kitchen.linecook("retry", "run").code == 1)
        #expect(try kitchen.read("out/a.md") == "second")
        #expect(try kitchen.read("out/out.jsonl") == "{\"id\":\"2\"}\n")
    }

    @Test func `a later run replaces the file, and the same bytes again are fine`() async throws {
        try lay("1,a.md,first\n")
        #expect(try await kitchen.run().code == 0)
        try lay("1,a.md,other\n")
        #expect(try await kitchen.run("--fresh", "--run", "second").code == 0)
        #expect(try kitchen.read("out/a.md") == "other")
        #expect(try await kitchen.run("--fresh", "--run", "third").code == 0)
    }

    @Test func `a run that is killed while it writes leaves whole files, and goes on with the others`() async throws {
        let rows = (0..<300).map { "\($0),f\($0).txt,\(String(repeating: "text \($0) ", count: 40))\n" }.joined()
        try lay(rows, beside: gate)
        _ = try kitchen.folder.writeProgram("gate", "while [ ! -e \(kitchen.path("open")) ]; do sleep 0.1; done")
        let process = try kitchen.start(["run", "recipe.yaml", "--run", "run"])
        try await wait(for: "f20.txt") { [kitchen] in kitchen.exists("out/f20.txt") }
        process.send(9)
        _ = await process.end()
        try kitchen.write("open", "")
        for file in try kitchen.files("out") where file.hasPrefix("f") {
            #expect(kitchen.size("out/\(file)") >= 40 * 7, "\(file) is whole")
        }
        let ended = try await kitchen.run()
        #expect(ended.code == 0, "\(ended.err)")
        #expect(try kitchen.lines("out/out.jsonl").count == 300)
        for number in 0..<300 { #expect(kitchen.exists("out/f\(number).txt")) }
    }

    @Test func `a path that is the same for every record is a mistake`() async throws {
        try lay("1,a,b\n", path: "summary.md")
        let ended = try await kitchen.linecook("check", "recipe.yaml")
        #expect(ended.code == 2 && (ended.out + ended.err).contains("every record would write the same file"))
    }
}
