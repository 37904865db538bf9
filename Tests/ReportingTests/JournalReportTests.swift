import Foundation
import Journaling
import Reporting
import Runs
import Testing
import Values

@Suite struct JournalReportTests {
    @Test func `a report of an ended run agrees with what the run counted`() throws {
        let report = try RunReport(reading: StubJournal.tenRecordsEnded)
        #expect(report.problems == [])
        #expect(
            report.headline
                == "Stopped early: 6 of 10 records done, 1 of them flagged; 2 failed; 1 skipped; 1 not reached")
        #expect(report.reason == "interrupted with Ctrl-C")
        #expect(report.microseconds == 60_000_000)
    }

    @Test func `the marks of each step add up to the records read`() throws {
        let report = try RunReport(reading: StubJournal.tenRecordsEnded)
        #expect(report.steps.map(\.counts.sum) == [10, 10])
        let label = report.steps[1].counts
        #expect(label[.done] == 5)
        #expect(label[.flagged] == 1)
        #expect(label[.failed] == 1)
        #expect(label[.skipped] == 1)
        #expect(label[.notReached] == 2)
        #expect(report.steps.map(\.endedSkipped) == [1, 0])
        #expect(report.steps[1].attempts == 10)
        #expect(report.usage.cost == 5_000_000)
    }

    @Test func `failures and flags are grouped by step and cause, with the last attempt as it was`() throws {
        let report = try RunReport(reading: StubJournal.tenRecordsEnded)
        let failed = report.groups(.failed)
        #expect(failed.map(\.step) == [nil, "label"])
        #expect(failed.map(\.cause) == [.ragged, .cutOff])
        #expect(failed[1].example.prompt == "Label it.")
        #expect(failed[1].example.answer == "second")
        #expect(report.groups(.flagged).map(\.step) == ["screen", "label"])
        #expect(report.groups(.flagged).map(\.example.message) == ["too short", "no reason"])
    }

    @Test func `a larger group comes first and shows its first record`() throws {
        var journal = StubJournal.tenRecords
        for ordinal in [0, 1] {
            journal.endings[ordinal].record = StubJournal.record(
                ordinal, .failed, [.failed, .notReached],
                failure: .init(step: 0, failure: Failure(.rule, "rule of \(ordinal)")))
        }
        let groups = try RunReport(reading: journal).groups(.failed)
        #expect(groups.map(\.count) == [2, 1, 1])
        #expect(groups[0].example.record == "0")
    }

    @Test func `a group shows messages that differ, three at most, and says that there are more`() throws {
        func report(_ messages: [Int: String]) throws -> RunReport {
            var journal = StubJournal.tenRecords
            for index in journal.endings.indices {
                let ordinal = journal.endings[index].record.ordinal
                guard let message = messages[ordinal] else { continue }
                journal.endings[index].record = StubJournal.record(
                    ordinal, .failed, [.failed, .notReached],
                    failure: .init(step: 0, failure: Failure(.rule, message)))
            }
            return try RunReport(reading: journal)
        }
        let three = try report([0: "one", 1: "two", 4: "one", 6: "three"])
        let group = three.groups(.failed)[0]
        #expect(group.count == 4 && group.example.message == "one")
        #expect(group.others.map(\.message) == ["two", "three"] && !group.hasMoreMessages)
        #expect(three.markdown.contains("such as `0`: `one`  \n  and `1`: `two`  \n  and `6`: `three`\n"))
        for text in [three.markdown, three.page] {
            #expect(text.contains("two") && !text.contains("thers, with other messages"))
            #expect(text.contains("failures.csv") && text.contains("failures.jsonl"))
        }
        let four = try report([0: "one", 1: "two", 4: "three", 6: "four"])
        for text in [four.markdown, four.page] {
            #expect(text.contains("three") && !text.contains("four") && text.contains("thers, with other messages"))
        }
        // For programs nothing has changed.
        let example = try JSON.parse(four.json)["failures"]?.list?.first?["example"]
        #expect(example?.map?.keys.compactMap(\.text) == ["record", "message"])
    }

    @Test func `what was rejected is grouped by the reason, whoever gave it`() throws {
        var journal = StubJournal.tenRecords
        let said = [
            0: Decision(.reject, by: "Ada", note: "too curt"), 1: Decision(.reject, by: "Bob", note: "wrong customer"),
            4: Decision(.reject, by: "Bob", note: " too curt\n"), 6: Decision(.reject, by: "Ada"),
        ]
        for index in journal.endings.indices {
            let ordinal = journal.endings[index].record.ordinal
            guard let decision = said[ordinal] else { continue }
            journal.endings[index].record = StubJournal.record(
                ordinal, .rejected, [.done, .rejected],
                failure: .init(step: 1, failure: Failure(.rejected, decision.rejection)))
        }
        let groups = try RunReport(reading: journal).groups(.rejected)
        #expect(groups.map(\.count) == [2, 1, 1])
        #expect(
            groups.map(\.example.message) == ["Ada said no: too curt", "Bob said no: wrong customer", "Ada said no"])
    }

    @Test func `what was asked before a price was said is not reckoned, and told`() throws {
        var journal = StubJournal.tenRecordsEnded
        journal.ends[0].counts.read = 10
        var earlier = journal.starts[0]
        earlier.outline.steps[1].unpriced = ["clerk"]
        journal.starts.insert(earlier, at: 0)
        let spending = try RunReport(reading: journal).spending
        #expect(spending.models == ["clerk"])
        #expect(spending.cost == 5_000_000)
    }

    @Test func `a journal that is still written shows how far it goes`() throws {
        var journal = StubJournal.tenRecords
        journal.endings.removeAll { $0.record.ordinal == 8 }
        // Its chunk is not on disk yet.
        journal.left(StubJournal.record(12, .done, [.done, .done]))
        let report = try RunReport(reading: journal)
        #expect(
            report.headline == "Not ended: 6 of 10 records done, 1 of them flagged; 2 failed; 1 skipped; 1 not reached")
        #expect(report.outcome == .stopped)
        #expect(report.counts.balances)
        #expect(report.steps.map(\.counts.sum) == [10, 10])
        #expect(report.problems == [])
    }

    @Test func `a record that ends a second time counts once`() throws {
        var journal = StubJournal.tenRecordsEnded
        let place = try #require(journal.endings.firstIndex { $0.record.ordinal == 7 })
        journal.endings[place].record = StubJournal.record(7, .done, [.done, .done])
        journal.ends[0].counts.done = 7
        journal.ends[0].counts.skipped = 0
        #expect(try RunReport(reading: journal).problems == [])
    }

    @Test func `a record lost on the way is a problem that the report names`() throws {
        var journal = StubJournal.tenRecordsEnded
        journal.endings.removeFirst()
        let problems = try RunReport(reading: journal).problems
        #expect(problems.contains("done: the run counted 6, its journal holds 5"))
        #expect(problems.contains("not reached: the run counted 1, its journal holds 2"))
    }

    @Test func `a run that counted wrongly is a problem that the report names`() throws {
        var journal = StubJournal.tenRecordsEnded
        journal.ends[0].counts.read = 11
        let problems = try RunReport(reading: journal).problems
        #expect(problems.contains("the counts of the run do not add up to the 11 records read"))
        #expect(problems.contains("label: its counts are 10 together, of 11 records read"))
    }
}

/// The same run, written to a real journal and read back.
@Suite struct WrittenJournalTests {
    private func write(_ stub: StubJournal, to journal: some Journal) async throws {
        try await journal.begin(stub.starts[0])
        let time = Timestamp(seconds: 1_772_460_030)
        let pure = stub.endings.filter { $0.inChunk != nil }.map { JournalEntry.ended($0.record, at: time) }
        try await journal.append(stub.chunks, with: pure)
        try await journal.append(stub.events.map(\.entry))
        let others = stub.endings.filter { $0.inChunk == nil }.map { JournalEntry.ended($0.record, at: time) }
        try await journal.append(others)
        if let end = stub.ends.first { try await journal.finish(end) }
    }

    /// Usage apart, which the stub does not have from its events.
    private func report(_ journal: any JournalReading) throws -> RunReport {
        var report = try RunReport(reading: journal)
        for step in report.steps.indices {
            (report.steps[step].attempts, report.steps[step].usage) = (0, Usage())
        }
        return report
    }

    @Test(arguments: [StubJournal.tenRecords, .tenRecordsEnded])
    func `a journal in memory makes the same report`(stub: StubJournal) async throws {
        let journal = MemoryJournal()
        try await write(stub, to: journal)
        #expect(try report(try journal.reader()) == report(stub))
    }

    @Test func `a journal in SQLite makes the same report, and files of failures`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "journal-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let journal = try SQLiteJournal.create(at: folder + "/journal.sqlite")
        try await write(.tenRecordsEnded, to: journal)
        let reader = try journal.reader()
        #expect(try report(reader) == report(StubJournal.tenRecordsEnded))
        try Reports.write(journal: reader, into: folder)
        let lines = try String(contentsOfFile: folder + "/failures.jsonl", encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 4)
        try await journal.close()
        try FileManager.default.removeItem(atPath: folder)
    }
}

/// The files that ``Reports`` leaves in a folder.
@Suite final class ReportFilesTests {
    let folder = FileManager.default.temporaryDirectory.appending(path: "reports-\(UUID().uuidString)").path
    static let names = ["failures.csv", "failures.jsonl", "report.html", "report.json", "report.md"]

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: folder) } catch { Issue.record(error) }
    }

    private func contents() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            files[name] = Array(FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data())
        }
        return files
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try #require(contents()[name]), as: UTF8.self)
    }

    @Test func `reports made again from the same journal are the same to the byte`() throws {
        try Reports.write(journal: StubJournal.tenRecordsEnded, into: folder)
        let first = try contents()
        #expect(first.keys.sorted() == Self.names)
        try Reports.write(journal: StubJournal.tenRecordsEnded, into: folder)
        #expect(try contents() == first)
    }

    @Test func `the files of failures have one line for everything that went wrong`() throws {
        let report = try Reports.write(journal: StubJournal.tenRecordsEnded, into: folder)
        let rows = try text("failures.csv").split(separator: "\n").dropFirst()
        #expect(
            rows.map { $0.split(separator: ",", omittingEmptySubsequences: false).prefix(7).joined(separator: " ") }
                == [
                    "failed 2 leads.csv 4 failed  ragged row", "flagged 3 leads.csv 5 done screen rule",
                    "flagged 3 leads.csv 5 done label rule", "failed 5 leads.csv 7 failed label cut off",
                ])
        #expect(rows.filter { $0.hasPrefix("failed") }.count == report.counts.failed)
        let lines = try text("failures.jsonl").split(separator: "\n").map { try JSON.parse(String($0)) }
        #expect(lines.map { $0["record"] } == ["2", "3", "3", "5"])
        #expect(lines[3]["answer"] == "second")
        #expect(lines[3]["input"] == ["id": "5"])
    }

    @Test func `a run without failures leaves empty files of failures`() throws {
        var journal = StubJournal.tenRecords
        (journal.chunks, journal.endings) = ([], [])
        try Reports.write(journal: journal, into: folder)
        #expect(try text("failures.csv") == FailuresCSV.header)
        #expect(try text("failures.jsonl") == "")
    }

    @Test func `a folder that is not there is named in the error`() {
        #expect(throws: ReportError("cannot write \(folder)/none/failures.csv: No such file or directory")) {
            try Reports.write(journal: StubJournal.tenRecords, into: folder + "/none")
        }
    }

    @Test func `a report that cannot be replaced leaves no draft behind`() throws {
        try FileManager.default.createDirectory(atPath: folder + "/report.html", withIntermediateDirectories: true)
        #expect(throws: ReportError("cannot replace \(folder)/report.html: Is a directory")) {
            try Reports.write(journal: StubJournal.tenRecords, into: folder)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.hasSuffix(".new") })
    }

    @Test func `a full disk leaves the earlier report as it was`() throws {
        try Reports.write(journal: StubJournal.tenRecordsEnded, into: folder)
        let first = try contents()
        // A draft that is a device without room.
        guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/report.html.new", withDestinationPath: "/dev/full")
        #expect(throws: ReportError("cannot write \(folder)/report.html: No space left on device")) {
            try Reports.write(journal: StubJournal.tenRecords, into: folder)
        }
        #expect(try contents()["report.html"] == first["report.html"])
    }
}
