import Digests
import Reporting
import Runs
import Testing
import Values

@Suite struct FailureFileTests {
    private func incident(
        _ message: String = "no", record: String = "7", prompt: String? = nil, answer: String? = nil,
        input: Value? = nil
    ) -> Incident {
        Incident(
            kind: .failed, ordinal: 6, record: record,
            origin: RecordOrigin(source: "leads.csv", line: 8, content: Fingerprint(of: "x")), outcome: .failed,
            step: "facts", attempt: 3, failure: Failure(.rule, message), prompt: prompt, answer: answer, input: input)
    }

    private func row(_ incident: Incident) -> String {
        var bytes: [UInt8] = []
        FailuresCSV.append(incident, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func line(_ incident: Incident) throws -> Value {
        var bytes: [UInt8] = []
        FailuresJSONL.append(incident, to: &bytes)
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(bytes.dropLast().allSatisfy { $0 != UInt8(ascii: "\n") })
        return try JSON.parse(Array(bytes))
    }

    @Test func `a row has a cell for each column`() {
        #expect(row(incident()) == "failed,7,leads.csv,8,failed,facts,rule,3,no\n")
        #expect(FailuresCSV.header == "\u{FEFF}kind,record,file,line,outcome,step,cause,attempt,message\n")
    }

    @Test(arguments: [
        (#"say "hi", twice"#, #""say ""hi"", twice""#), ("one\ntwo", "\"one\ntwo\""), ("a\r\nb", "\"a\r\nb\""),
    ])
    func `a cell is quoted where it must be`(message: String, cell: String) {
        #expect(row(incident(message)).hasSuffix(",3,\(cell)\n"))
    }

    @Test(arguments: ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
    func `a cell that a spreadsheet would compute is made text`(message: String) {
        #expect(row(incident(message)).contains("'\(message)"))
        #expect(row(incident(record: message)).contains("'\(message)"))
    }

    @Test func `a cell fits into a spreadsheet`() {
        let text = row(incident(String(repeating: "é", count: 40_000)))
        #expect(text.unicodeScalars.count < 32_767)
        #expect(text.contains("bytes left out"))
    }

    @Test func `a line has what was asked, what came and what went in`() throws {
        let input: Value = ["title": "T", "n": 3]
        let line = try line(incident(prompt: "List\n“names”", answer: "{\"a\":1}", input: input))
        #expect(line["prompt"] == "List\n“names”")
        #expect(line["answer"] == "{\"a\":1}")
        #expect(line["input"] == input)
        #expect(line["line"] == 8)
        #expect(line["cut"] == [])
    }

    @Test func `a line is bounded, keeps both ends of a text and says what is cut`() throws {
        let long = "first " + String(repeating: "ü", count: 100_000) + " last"
        let many = Value.list((0..<100_000).map { .int(Int64($0)) })
        let line = try line(incident(prompt: long, answer: "short", input: ["text": .string(long), "many": many]))
        #expect(line["cut"] == ["prompt", "input"])
        #expect(line["prompt"]?.string?.hasPrefix("first ü") == true)
        #expect(line["prompt"]?.string?.hasSuffix("ü last") == true)
        #expect(line["prompt"]?.string?.contains("bytes left out …]") == true)
        #expect(JSON.text(of: line).utf8.count < 200_000)
    }

    @Test func `a text is cut between characters and nothing is counted twice`() throws {
        for length in 195_000..<195_012 {
            let text = String(repeating: "x", count: length % 4) + String(repeating: "🙂", count: length / 4)
            let kept = try #require(try line(incident(prompt: text))["prompt"]?.string)
            let parts = kept.split(separator: "\n")
            #expect(parts.count == 3)
            #expect(!kept.unicodeScalars.contains("\u{FFFD}"))
            let number = parts[1].filter { $0.isASCII && $0.isNumber }
            #expect(parts[0].utf8.count + parts[2].utf8.count + (Int(number) ?? 0) == text.utf8.count)
        }
    }
}
