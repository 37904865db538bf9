import Foundation
import Journaling
import TestSupport
import Testing
import Values

/// A JUnit file as those read it who count its cases: however a run went, its figures are those of its cases.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct JUnitTests {
    private static let recipe = """
        recipe: posts
        models: {clerk: local}
        input: {csv: posts.csv, key: id}
        steps:
          - name: known
            check: [{rule: input.kind != "bad", because: it is bad}]
          - name: wanted
            check: [{rule: input.kind != "skip"}]
            otherwise: skip
          - name: long
            check: [{rule: size(input.text) > 3, because: it is too short}]
            otherwise: flag
          - name: tone
            ask: {model: clerk, prompt: "{{ input.id }} {{ input.text }}", answer: {text: string <= 40}}
          - name: approval
            when: input.kind == "ask"
            review: {question: Is it fine?, show: [input.text, tone], within: 3d}
        output: [{junit: cases.xml, pass: input.kind != "off"}]

        """

    /// Done, flagged, not passing, failed, skipped and two that wait, among some that pass.
    private func kitchen(passing: Int) throws -> Kitchen {
        let kitchen = try Kitchen(Self.recipe)
        try kitchen.write(
            "posts.csv",
            "id,kind,text\nflagged,good,No\noff,off,A text\nfailed,bad,A text\nskipped,skip,A text\n"
                + (0..<passing).map { "good-\($0),good,A text\n" }.joined()
                + "first,ask,A text\nsecond,ask,A text\nragged\n")
        return kitchen
    }

    private func decide(_ word: Decision.Word, _ record: String, _ kitchen: Kitchen) async throws {
        let journal = try SQLiteJournal(path: kitchen.path("run/journal.sqlite"))
        let wait = try #require(try journal.reader().waits().first { $0.wait.record == record })
        let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
        _ = try await journal.decide(Decision(word, by: "Ada"), about: wait.number, at: now)
        try await journal.close()
    }

    @Test func `every record read is a case, and failed, rejected, skipped and waiting ones are told apart`()
        async throws
    {
        let kitchen = try kitchen(passing: 3)
        let server = try ModelServer()
        let run = try await kitchen.run("--model", server.asClerk)
        #expect(run.code == 1, "\(run.err)")
        // As many as stand in the file, and not the done ones alone.
        #expect(run.err.contains("out/cases.xml (10 records)"), "\(run.err)")
        #expect(try kitchen.report()["outputs"]?.list?.first?["records"] == 10)
        let first = try JUnitFile(kitchen.path("out/cases.xml"))
        #expect(first.problems == [])
        #expect(first.tests == 10 && first.failures == ["off", "failed", "ragged"])
        #expect(first.skipped == ["skipped", "first", "second"])

        try await decide(.approve, "first", kitchen)
        try await decide(.reject, "second", kitchen)
        #expect(try await kitchen.linecook("resume", "run").code == 1)
        let second = try JUnitFile(kitchen.path("out/cases.xml"))
        #expect(second.problems == [])
        #expect(second.tests == 10 && second.failures == ["off", "failed", "second", "ragged"])
        #expect(second.skipped == ["skipped"])
        #expect(second.messages["off"] == "input.kind != \"off\" is false" && second.messages["failed"] == "it is bad")
        #expect(second.messages["second"]?.contains("Ada said no") ?? false)
    }

    @Test func `a run that was killed and gone on with leaves the file of one that was not`() async throws {
        let (killed, clean) = (try kitchen(passing: 60), try kitchen(passing: 60))
        let server = try ModelServer("--hold", "18")
        let run = try killed.start([
            "run", "recipe.yaml", "--run", "run", "--model", server.asClerk, "--in-flight", "2",
        ])
        try await server.wasAsked(20)
        run.send(SIGKILL)
        #expect(await run.end().code == 137)
        server.release()
        #expect(!killed.exists("out/cases.xml"))
        #expect(try await killed.linecook("resume", "run").code == 1)
        #expect(try await clean.run("--model", server.asClerk).code == 1)
        #expect(try JUnitFile(killed.path("out/cases.xml")).problems == [])
        #expect(try killed.read("out/cases.xml") == clean.read("out/cases.xml"))
        #expect(try JUnitFile(clean.path("out/cases.xml")).tests == 67)
    }

    @Test func `a table that asks nobody has figures, too, and an empty one has none`() async throws {
        let recipe = """
            recipe: rows
            input: {csv: rows.csv, key: id}
            steps: [{name: s, check: [{rule: input.id != "b"}]}]
            output: [{junit: cases.xml}]

            """
        let kitchen = try Kitchen(recipe)
        try kitchen.write("rows.csv", "id\na\nb\nc\n")
        #expect(try await kitchen.run().code == 1)
        let file = try JUnitFile(kitchen.path("out/cases.xml"))
        #expect(file.problems == [] && file.tests == 3 && file.failures == ["b"])
        try kitchen.write("rows.csv", "id\n")
        _ = try await kitchen.linecook("run", "recipe.yaml", "--fresh")
        let empty = try JUnitFile(kitchen.path("out/cases.xml"))
        #expect(empty.problems == [] && empty.tests == 0)
    }
}

/// A JUnit file, held against what the common schema of such files asks for.
private struct JUnitFile {
    /// What is wrong with it.
    var problems: [String]
    /// By the suite's own word.
    var tests: Int
    /// Names of cases.
    var failures: [String]
    var skipped: [String]
    /// Of failures.
    var messages: [String: String]

    /// Elements with their attributes and their children, the required ones first.
    private static let program = """
        import json, sys, xml.etree.ElementTree as E
        schema = {
          'testsuites': (['tests', 'failures', 'errors'], ['name', 'time', 'disabled'], ['testsuite']),
          'testsuite': (['name', 'tests', 'failures', 'errors', 'skipped'],
                        ['time', 'timestamp', 'hostname', 'id', 'package', 'disabled'],
                        ['properties', 'testcase', 'system-out', 'system-err']),
          'testcase': (['name', 'classname'], ['time', 'status', 'assertions'],
                       ['skipped', 'error', 'failure', 'system-out', 'system-err']),
          'failure': (['message', 'type'], [], []), 'skipped': (['message'], [], []),
        }
        problems = []
        def look(element):
            if element.tag not in schema: return problems.append('unknown ' + element.tag)
            required, allowed, children = schema[element.tag]
            problems.extend(element.tag + ' lacks ' + name for name in required if name not in element.attrib)
            problems.extend(element.tag + ' has ' + name for name in element.attrib if name not in required + allowed)
            problems.extend(child.tag + ' in ' + element.tag for child in element if child.tag not in children)
            for child in element: look(child)
        root = E.parse(sys.argv[1]).getroot()
        look(root)
        if root.tag != 'testsuites': problems.append('root ' + root.tag)
        def names(suite, tag): return [c.get('name') for c in suite.findall('testcase') if c.find(tag) is not None]
        suites = root.findall('testsuite')
        for suite in suites:
            counted = {'tests': len(suite.findall('testcase')), 'failures': len(names(suite, 'failure')),
                       'errors': len(names(suite, 'error')), 'skipped': len(names(suite, 'skipped'))}
            problems += [f'{k}={suite.get(k)}, counted {v}' for k, v in counted.items() if suite.get(k) != str(v)]
            problems += [c.get('name') + ' ended twice' for c in suite.findall('testcase') if len(c) > 1]
        for name in ('tests', 'failures', 'errors'):
            whole = sum(int(s.get(name)) for s in suites)
            if root.get(name) != str(whole): problems.append(f'{name}={root.get(name)} of all, counted {whole}')
        suite = suites[0]
        print(json.dumps({'problems': problems, 'tests': int(suite.get('tests')), 'failures': names(suite, 'failure'),
          'skipped': names(suite, 'skipped'),
          'messages': {c.get('name'): c.find('failure').get('message') for c in suite if c.find('failure') is not None}}))
        """

    init(_ path: String) throws {
        let process = try TestProcess("/usr/bin/env", ["python3", "-c", Self.program, path])
        let value = try JSON.parse(try #require(process.readLine()))
        func texts(_ name: String) -> [String] { value[name]?.list?.compactMap(\.string) ?? [] }
        problems = texts("problems")
        tests = Int(try #require(value["tests"]?.int))
        failures = texts("failures")
        skipped = texts("skipped")
        messages = [:]
        for (name, message) in value["messages"]?.map ?? ValueMap() { messages[name.text ?? ""] = message.string }
    }
}
