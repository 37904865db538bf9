import Foundation
import TestSupport
import Testing
import Values

/// Outputs for other programs: build servers and spreadsheets.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct OutputKindTests {
    @Test func `a junit file lists every record read, and is XML whatever they say`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: posts
            input: {csv: posts.csv, key: id}
            steps:
              - name: long
                check:
                  - {rule: size(input.text) > 3, because: "{{ input.text }} is too short"}
                otherwise: flag
              - name: known
                check: [{rule: input.kind != "bad", because: "<bad> & \\"worse\\""}]
              - name: wanted
                check: [{rule: input.kind != "skip"}]
                otherwise: skip
              - name: verdict
                set: {pass: long.passed}
            output:
              - {junit: tests/findings.xml, pass: verdict.pass}
              - {csv: out.csv, columns: {id: input.id}, origin: true}

            """)
        try kitchen.write(
            "posts.csv",
            "id,kind,text\nfirst,good,long enough\n\"<&\"\"']]>\",good,a\u{7}b\nthird,bad,long enough\n"
                + "fourth,skip,long enough\nragged\nsixth,good,long enough\n")
        #expect(try await kitchen.run().code == 1)
        let xml = try kitchen.read("out/tests/findings.xml")
        let parsed = try XMLCases(xml)
        #expect(parsed.names == ["first", "<&\"']]>", "sixth", "third", "fourth", "ragged"])
        #expect(parsed.failures == ["<&\"']]>", "third", "ragged"])
        #expect(parsed.messages[0] == "a\u{FFFD}b is too short")
        #expect(parsed.messages[1] == "<bad> & \"worse\"")
        #expect(parsed.skipped == ["fourth"])
        #expect(
            try kitchen.lines("out/out.csv") == [
                "id,run,record", "first,run,first", "\"<&\"\"']]>\",run,\"<&\"\"']]>\"", "sixth,run,sixth",
            ])
        let outputs = try #require(try kitchen.report()["outputs"]?.list)
        #expect(outputs.map { $0["records"] } == [6, 3])
    }

    @Test func `a table for Excel runs nothing, and keeps its numbers`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: cells
            input: {csv: cells.csv, fields: {n: integer}}
            steps: [{name: s, set: {text: input.text}}]
            output: [{csv: out.csv, excel: true, columns: {"=text": s.text, n: input.n}}]

            """)
        try kitchen.write(
            "cells.csv",
            "text,n\n=1+1,-1\n+49 30,2\n-12.50,3\n-a,4\n@sum,5\n\"\tx\",6\n\"\rx\",7\nplain,8\n'quoted,9\n\"=a,\"\"b\"\"\",10\n"
        )
        #expect(try await kitchen.run().code == 0)
        #expect(
            try kitchen.read("out/out.csv")
                == "\u{FEFF}'=text,n\n'=1+1,-1\n'+49 30,2\n-12.50,3\n'-a,4\n'@sum,5\n'\tx,6\n\"'\rx\",7\nplain,8\n"
                + "'quoted,9\n\"'=a,\"\"b\"\"\",10\n")
    }

    @Test func `origin adds no column that is there already`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: cells
            input: {csv: cells.csv}
            steps: [{name: s, set: {text: input.text}}]
            output: [{csv: out.csv, origin: true, columns: {run: s.text}}]

            """)
        try kitchen.write("cells.csv", "text\na\n")
        let finished = try await kitchen.linecook("check", "recipe.yaml")
        #expect(finished.code == 2)
        #expect(finished.err.contains("'origin' adds a column 'run'"))
    }
}

/// The test cases of a JUnit file, as python's parser reads them.
private struct XMLCases {
    var names: [String]
    var failures: [String]
    var messages: [String]
    var skipped: [String]

    init(_ xml: String) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("cases.xml", xml)
        let program = """
            import json, sys, xml.etree.ElementTree as E
            cases = E.parse(sys.argv[1]).getroot().findall('testsuite/testcase')
            print(json.dumps({'names': [c.get('name') for c in cases],
              'failures': [c.get('name') for c in cases if c.find('failure') is not None],
              'messages': [c.find('failure').get('message') for c in cases if c.find('failure') is not None],
              'skipped': [c.get('name') for c in cases if c.find('skipped') is not None]}))
            """
        let process = try TestProcess("/usr/bin/env", ["python3", "-c", program, file])
        let line = try #require(process.readLine())
        let value = try JSON.parse(line)
        func texts(_ name: String) -> [String] { value[name]?.list?.compactMap(\.string) ?? [] }
        names = texts("names")
        failures = texts("failures")
        messages = texts("messages")
        skipped = texts("skipped")
    }
}
