import Foundation
import TestSupport
import Testing
import Values

/// `run` steps: programs with the record on their input.
@Suite struct RunStepTests {
    private let kitchen: Kitchen

    init() throws { kitchen = try Kitchen() }

    private func lay(_ step: String, rows: String = "1,tea\n", columns: String = "text: it.text", script: String = "")
        throws
    {
        try kitchen.lay([
            "recipe.yaml": """
            recipe: programs
            input: {csv: rows.csv, key: id}
            secrets: {key: {env: SECRET_KEY}}
            steps:
              - name: before
                set: {shout: input.word.upperAscii()}
              - name: it
                run: \(step)
            output:
              - {jsonl: out.jsonl, columns: {\(columns)}}

            """, "rows.csv": "id,word\n" + rows,
        ])
        _ = try kitchen.folder.writeProgram("tool", script)
    }

    private func failures() throws -> String { try kitchen.read("run/failures.csv") }

    private func go(_ arguments: String...) async throws -> Finished {
        try await kitchen.linecook(
            ["run", "recipe.yaml", "--run", "run"] + arguments, environment: ["SECRET_KEY": "sesame-sesame"])
    }

    @Test func `a program gets its arguments word for word, and what it writes is the text`() async throws {
        try lay("{args: [printf, '%s|', \"{{ input.word }}\", plain]}", rows: "1,\"$(id) `id`; 'x' \"\"y\"\" *\"\n")
        let ended = try await go()
        #expect(ended.code == 0, "\(ended.err)")
        #expect(try kitchen.read("out/out.jsonl") == "{\"text\":\"$(id) `id`; 'x' \\\"y\\\" *|plain|\"}\n")
    }

    @Test func `a program has the record and the answers before it on its input, as JSON`() async throws {
        try lay("{args: [./tool]}", script: "cat")
        #expect(try await go().code == 0)
        let text = try #require(try JSON.parse(kitchen.read("out/out.jsonl"))["text"]?.string)
        let input = try JSON.parse(text)
        #expect(input["input"] == ["id": "1", "word": "tea"])
        #expect(input["before"] == ["shout": "TEA"])
        #expect(
            input["record"]?["id"] == "1" && input["settings"] != nil && input["run"] == nil && input["secrets"] == nil)
    }

    @Test func `a program that answers in JSON is held to the declared type`() async throws {
        try lay(
            "{args: [./tool], answer: {width: integer, name: string}, repeatable: true}",
            rows: "1,good\n2,text\n3,none\n4,wrong\n", columns: "width: it.width, name: it.name",
            script: """
                case $(cat) in
                *'"id":"1"'*) echo '{"name": "a", "width": 3.0}' ;;
                *'"id":"2"'*) echo 'hello' ;;
                *'"id":"3"'*) ;;
                *) echo '{"name": "a"}' ;;
                esac
                """)
        #expect(try await go().code == 1)
        #expect(try kitchen.read("out/out.jsonl") == "{\"width\":3,\"name\":\"a\"}\n")
        let told = try failures()
        #expect(told.contains("no JSON") && told.contains("wrote nothing") && told.contains("width"))
    }

    @Test func `what a program writes beside the declared fields is left out`() async throws {
        try lay(
            "{args: [./tool], answer: {width: integer, place: {city: string}}}", columns: "all: it",
            script: #"echo '{"extra": 1, "place": {"zip": "x", "city": "Ulm"}, "width": 3}'"#)
        #expect(try await go().code == 0)
        #expect(try kitchen.read("out/out.jsonl") == "{\"all\":{\"width\":3,\"place\":{\"city\":\"Ulm\"}}}\n")
    }

    @Test func `a program that ends badly fails its record with the last it said`() async throws {
        try lay(
            "{args: [./tool, \"{{ input.word }}\"]}", rows: "1,bad\n2,killed\n3,fine\n",
            script: """
                case $1 in
                bad) for n in 1 2 3 4 5 6 7; do echo "line $n" >&2; done; exit 3 ;;
                killed) echo ouch >&2; kill -9 $$ ;;
                esac
                """)
        let ended = try await go()
        // Nobody knows what the one that was killed had done, so its record waits for a person.
        #expect(ended.code == 1, "\(ended.err)")
        let told = try failures()
        #expect(
            told.contains("'tool' ended with exit code 3: line 3") && told.contains("line 7")
                && !told.contains("line 2"))
        let counts = try #require(try kitchen.report()["counts"])
        #expect(counts["failed"]?.int == 1 && counts["waiting"]?.int == 1 && counts["done"]?.int == 1)
    }

    @Test func `a program that takes too long is ended with all that it started`() async throws {
        try lay(
            "{args: [./tool], repeatable: true}\n    timeout: 3s",
            script:
                "sh -c 'echo $$ > \(kitchen.path("child")); exec sleep 600' & echo $$ > \(kitchen.path("parent")); wait"
        )
        let ended = try await go()
        #expect(ended.code == 1)
        #expect(try failures().contains("took longer than 3 s and was ended"))
        for name in ["parent", "child"] {
            let id = try #require(Int32(try kitchen.read(name).trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(try await isGone(id), "\(name) lives on")
        }
    }

    @Test func `a program ends when the run is stopped at once`() async throws {
        try lay(
            "{args: [./tool]}\n    timeout: 10m",
            script:
                "echo $$ > \(kitchen.path("id")); exec sleep 600"
        )
        let process = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run"], environment: ["SECRET_KEY": "sesame-sesame"])
        try await appears("id")
        process.send(SIGINT)
        #expect(await process.says("finishing what is in flight"))
        process.send(SIGINT)
        #expect(await process.end().code == 130)
        let id = try #require(Int32(try kitchen.read("id").trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(try await isGone(id))
    }

    @Test func `a program that was under way when the run was killed is not run again by itself`() async throws {
        try lay(
            "{args: [./tool]}", rows: "1,a\n",
            script: "echo run >> \(kitchen.path("runs")); sleep 600 & echo $! > \(kitchen.path("sleeper")); wait")
        let process = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run"], environment: ["SECRET_KEY": "sesame-sesame"])
        try await appears("sleeper")
        process.send(9)
        _ = await process.end()
        defer { endSleeper() }

        let ended = try await go()
        #expect(ended.code == 3, "\(ended.err)")
        #expect(try kitchen.lines("runs").count == 1)
        #expect(ended.err.contains("may have happened"))
    }

    @Test func `one that may be repeated is run again`() async throws {
        try lay(
            "{args: [./tool], repeatable: true}", rows: "1,a\n",
            script: """
                echo run >> \(kitchen.path("runs"))
                [ -e \(kitchen.path("again")) ] && { echo done; exit 0; }
                sleep 600 & echo $! > \(kitchen.path("sleeper")); wait
                """)
        let process = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run"], environment: ["SECRET_KEY": "sesame-sesame"])
        try await appears("sleeper")
        process.send(9)
        _ = await process.end()
        defer { endSleeper() }

        try kitchen.write("again", "")
        #expect(try await go().code == 0)
        #expect(try kitchen.lines("runs").count == 2)
        #expect(try kitchen.read("out/out.jsonl") == "{\"text\":\"done\"}\n")
    }

    @Test func `output beyond all measure ends the program`() async throws {
        try lay("{args: [yes], repeatable: true}")
        #expect(try await go().code == 1)
        #expect(try failures().contains("wrote more than 8 MB"))
    }

    @Test func `a program sees a clean environment, its own variables, and no file of ours`() async throws {
        try lay(
            "{args: [./tool], env: {API_KEY: \"{{ secrets.key }}\", WORD: \"{{ input.word }}\"}}",
            script:
                "env | sort | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | cut -d= -f1 | tr '\\n' ' '; echo; echo \"$WORD\"; [ \"$API_KEY\" = sesame-sesame ] && echo known; echo \"$API_KEY\"; ls /proc/self/fd | tr '\\n' ' '"
        )
        let ended = try await go()
        #expect(ended.code == 0, "\(ended.err)")
        let lines = try #require(try JSON.parse(kitchen.read("out/out.jsonl"))["text"]?.string).split(separator: "\n")
        let names = lines[0].split(separator: " ")
        #expect(
            names.contains("PATH") && names.contains("HOME") && names.contains("API_KEY")
                && !names.contains("SECRET_KEY"))
        #expect(lines[1] == "tea" && lines[2] == "known" && lines[3] == "•••")
        #expect(lines[4].split(separator: " ").count == 4, "0, 1, 2 and the folder that is listed: \(lines[4])")
        #expect(!(try kitchen.allBytes(below: "run").contains("sesame-sesame")))
    }

    @Test func `a record cannot make an option of an argument`() async throws {
        try lay(
            "{args: [printf, '%s', \"{{ input.word }}\"], repeatable: true}", rows: "1,-rf\n2,-5\n3,-\n")
        #expect(try await go().code == 1)
        #expect(try failures().contains("which a program takes for an option"))
        #expect(try kitchen.lines("out/out.jsonl").count == 2)
        try lay("{args: [printf, '%s', --, \"{{ input.word }}\"], repeatable: true}", rows: "1,-rf\n")
        #expect(try await go("--fresh", "--run", "second").code == 0)
    }

    @Test func `a program of a folder's records is at work in that folder`() async throws {
        try kitchen.lay([
            "recipe.yaml": """
            recipe: count
            input: {folder: docs, match: "*.md"}
            steps:
              - name: size
                run: {args: [wc, -c, "{{ input.path }}"], repeatable: true}
            output: {jsonl: out.jsonl, columns: {size: size.text}}

            """, "docs/a.md": "four",
        ])
        let ended = try await kitchen.run()
        #expect(ended.code == 0, "\(ended.err)")
        #expect(try kitchen.read("out/out.jsonl") == "{\"size\":\"4 a.md\"}\n")
    }

    @Test(arguments: [("recipe.yaml", "."), ("sub/recipe.yaml", "sub"), ("../recipe.yaml", "..")])
    func `a program beside the recipe is found, wherever the recipe is named from`(
        recipe: String, folder: String
    ) async throws {
        // The folder that `linecook` is started in is `here`, or the kitchen itself.
        let start = folder == ".." ? "here" : "."
        let beside = folder == "sub" ? "sub/" : ""
        try kitchen.lay([
            "\(beside)recipe.yaml": """
            recipe: count
            input: {folder: docs, match: "*.md"}
            steps:
              - name: it
                run: {args: [./tool, "{{ input.path }}"], repeatable: true}
              - name: letter
                send: {email: {to: ada@example.com, subject: Hello, body: Hello}, via: [./mailer]}
                unattended: a test
            output: {jsonl: out.jsonl, columns: {text: it.text, status: letter.status}}

            """, "\(beside)docs/a.md": "four", "here/x": "",
        ])
        _ = try kitchen.folder.writeProgram("\(beside)tool", "cat \"$1\"")
        _ = try kitchen.folder.writeProgram("\(beside)mailer", "cat > /dev/null")
        let ended = try await kitchen.linecook(
            "run", recipe, "--run", kitchen.path("run"),
            under: ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", kitchen.path(start)])
        #expect(ended.code == 0, "\(ended.err)")
        #expect(try kitchen.read("\(beside)out/out.jsonl") == "{\"text\":\"four\",\"status\":\"sent\"}\n")
    }

    @Test(arguments: [
        ("{args: [\"{{ input.word }}\", x]}", "which program is run cannot come from a record"),
        ("{args: []}", "'args' is empty"), ("{args: [a, \"{{ secrets.key }}\"]}", "secrets are read only in"),
        ("{args: [a], env: {\"A=B\": c}}", "is no name that a variable can have"),
        ("{repeatable: true}", "'run' needs 'args'"),
    ])
    func `a mistake is told before the run`(step: String, message: String) async throws {
        try lay(step, columns: "id: record.id")
        let ended = try await kitchen.linecook("check", "recipe.yaml")
        #expect(ended.code == 2 && (ended.out + ended.err).contains(message), "\(ended.out)\(ended.err)")
    }

    @Test func `a program that is not there is told before anything runs`() async throws {
        try lay("{args: [no-such-program-here]}")
        #expect(try await kitchen.linecook("check", "recipe.yaml").code == 0)
        let ended = try await go()
        #expect(ended.code == 2 && ended.err.contains("there is no program 'no-such-program-here'"))
        try kitchen.write("mine.sh", "#!/bin/sh\n")
        let recipe = try kitchen.read("recipe.yaml").replacing("no-such-program-here", with: "./mine.sh")
        try kitchen.write("recipe.yaml", recipe)
        let held = try await kitchen.run()
        #expect(held.code == 2, "\(held.err)")
        #expect(held.err.contains("the program './mine.sh' may not be executed; allow it with: chmod +x ./mine.sh"))
    }

    // MARK: Waiting

    private func appears(_ name: String) async throws {
        try await wait(for: name) { [kitchen] in kitchen.size(name) > 0 }
    }

    private func isGone(_ id: Int32) async throws -> Bool {
        do {
            try await wait(for: "the end of \(id)", limit: 120) {
                // One that nobody has waited for yet is gone as well.
                let state = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
                return kill(id, 0) != 0 || (state?.contains(") Z ") ?? false)
            }
            return true
        } catch is NeverCame {
            return false
        }
    }

    private func endSleeper() {
        if let text = try? kitchen.read("sleeper"), let id = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))
        {
            kill(id, SIGKILL)
        }
    }
}
