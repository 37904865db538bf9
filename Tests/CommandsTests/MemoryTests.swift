import Foundation
import Journaling
import TestSupport
import Testing
import Values

/// What a run holds in memory, as the system counts it for the whole program.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct MemoryTests {
    private func kitchen(_ steps: String, records: Int, bytes: Int, models: String = "") throws -> Kitchen {
        let kitchen = try Kitchen("recipe: hold\n\(models)input: {csv: rows.csv, key: id}\n\(steps)")
        let text = String(repeating: "It is cold. ", count: bytes / 12)
        let rows = (0..<records).map { "\($0),c\($0 % 4),\($0) \(text)\n" }
        try kitchen.write("rows.csv", Array(("id,category,text\n" + rows.joined()).utf8))
        return kitchen
    }

    // MARK: Waiting for a person

    private static let review = """
        steps:
          - name: approval
            review: {question: "Send {{ input.id }}?", show: [input.text]}
        output: {csv: out.csv, columns: {id: input.id}}

        """

    private static let otherwise = """
        steps:
          - name: length
            check: [{rule: size(input.text) < 10, because: it is too long}]
            otherwise: review
        output: {csv: out.csv, columns: {id: input.id}}

        """

    @Test(arguments: [review, otherwise])
    func `records that wait for a person are in the journal and not in memory, also when the run is gone on with`(
        steps: String
    ) async throws {
        // Of the fewer, too, there is more text than is ever under way to the disk.
        let few = try await parked(steps, records: 2_000, resumes: false)
        let many = try await parked(steps, records: 4_000, resumes: true)
        // The others have 40 MB more of text.
        for peak in many { #expect(peak - few[0] < 20_000_000, "\(few) \(many)") }
    }

    /// The peaks of a run that has all its records wait for a person, and of going on with it.
    private func parked(_ steps: String, records: Int, resumes: Bool) async throws -> [Int] {
        let kitchen = try kitchen(steps, records: records, bytes: 20_000)
        let first = try await kitchen.measured("run", "recipe.yaml", "--run", "run")
        #expect(first.run.code == 3, "\(first.run.err)")
        #expect(try kitchen.report()["counts"]?["waiting"]?.int == Int64(records))
        guard resumes else { return [first.peak] }
        let resumed = try await kitchen.measured("resume", "run")
        #expect(resumed.run.code == 3, "\(resumed.run.err)")
        return [first.peak, resumed.peak]
    }

    // MARK: Answers

    @Test func `answers are in the journal and not in memory, at the end of a run and when it is gone on with`()
        async throws
    {
        let few = try await answered(records: 150)
        let many = try await answered(records: 600)
        // The others have 90 MB more of answers.
        for (peak, less) in zip(many, few) { #expect(peak - less < 40_000_000, "\(few) \(many)") }
    }

    /// The peaks of a run whose records have long answers and wait then, and of going on with it.
    private func answered(records: Int) async throws -> [Int] {
        let steps = """
            steps:
              - name: page
                run: {args: [./page]}
              - name: approval
                review: {question: "Send {{ input.id }}?", show: [input.id]}
            output: {csv: out.csv, columns: {id: input.id}}
            limits: {in_flight: 4}

            """
        let kitchen = try kitchen(steps, records: records, bytes: 0)
        _ = try kitchen.folder.writeProgram("page", "head -c 200000 /dev/zero | tr '\\0' x")
        let first = try await kitchen.measured("run", "recipe.yaml", "--run", "run")
        #expect(first.run.code == 3, "\(first.run.err)")
        let resumed = try await kitchen.measured("resume", "run")
        #expect(resumed.run.code == 3, "\(resumed.run.err)")
        #expect(try kitchen.report()["counts"]?["waiting"]?.int == Int64(records))
        return [first.peak, resumed.peak]
    }

    // MARK: Waiting for leave to ask

    /// The peak of a run whose records all wait for a limit to let them go.
    private func peakOfWaiting(records: Int, bytes: Int, _ server: ModelServer) async throws -> Int {
        let steps = """
            steps:
              - name: topic
                ask:
                  model: clerk
                  system: You sort letters.
                  prompt: "{{ input.text }} What is it about?"
                  answer: {label: string <= 40}
            output: {csv: out.csv, columns: {id: input.id, label: topic.label}}

            """
        let limits = "{in_flight: \(records), requests_per_minute: 1}"
        let kitchen = try kitchen(
            steps, records: records, bytes: bytes,
            models: "models: {clerk: {provider: openai, url: \(server.url), model: test, limits: \(limits)}}\n")
        let run = try kitchen.start(["run", "recipe.yaml", "--run", "run"])
        defer { run.send(SIGKILL) }
        // A start is on the disk just before its record begins to wait.
        try await wait(for: "the start of every record") {
            // It gets its name once it can be read.
            guard kitchen.exists("run/journal.sqlite") else { return false }
            var starts = 0
            let journal = try SQLiteJournalReader(path: kitchen.path("run/journal.sqlite"))
            try journal.forEachLastEvent {
                if $0.ordinal >= 0, $0.step == 0 { starts += 1 }
            }
            return starts == records
        }
        #expect(!run.hasEnded)
        return try run.peak()
    }

    @Test func `a record that waits for a limit holds its text and its question, and neither twice`() async throws {
        let server = try ModelServer()
        let (records, bytes) = (500, 64_000)
        let bare = try await peakOfWaiting(records: records, bytes: 0, server)
        let full = try await peakOfWaiting(records: records, bytes: bytes, server)
        // What is read ahead of them and what is on its way to the disk is some megabytes more.
        let copies = Double(full - bare) / Double(records * bytes)
        #expect(copies < 3, "\(copies) copies of each text, \(bare) bytes without any")
    }

    // MARK: Collecting

    @Test func `collecting holds a page of a group, not the group`() async throws {
        let steps = """
            steps:
              - name: copy
                set: {text: input.text}
            output:
              - {csv: out.csv, columns: {id: input.id}}
              - {csv: digest.csv, of: digest, columns: {category: group_key, text: digest.text}}
            collect:
              - name: digest
                group_by: input.category
                ask:
                  model: editor
                  prompt: '{{ group.map(r, r.copy.text).join("\\n") }} What do they say in {{ group_key }}?'
                  answer: {text: string <= 200}

            """
        let server = try ModelServer()
        var peaks: [Int] = []
        for records in [1_200, 12_000] {
            let kitchen = try kitchen(steps, records: records, bytes: 5_000, models: "models: {editor: local}\n")
            let asked = try await server.figure("requests")
            let (run, peak, _) = try await kitchen.measured(
                "run", "recipe.yaml", "--run", "run", "--model", "editor=\(server.url)#test")
            #expect(run.code == 0, "\(run.err)")
            #expect(try kitchen.lines("out/digest.csv").count == 5)
            // Far more than a question a group: the groups were larger than a prompt may be.
            #expect(try await server.figure("requests") - asked > records * 5_000 / 100_000)
            peaks.append(peak)
        }
        // The larger run has 54 MB more of text, 13 MB in each of its four groups.
        #expect(peaks[1] - peaks[0] < 20_000_000, "\(peaks)")
    }
}
