import Digests
import Runs
import Testing
import Values

@testable import Journaling

/// What waits for a person, and what a person says of it.
@Suite struct DecisionTests {
    private let ada = Decision(
        .approve, by: "Ada", from: "terminal", note: "shorter", edits: ValueMap([("draft.subject", "Hello")]))

    private func wait(
        _ ordinal: Int, text: String = "Dear Bob", deadline: Timestamp? = nil, kind: Wait.Kind = .review,
        record: String? = nil
    ) -> JournalEntry {
        let wait = Wait(
            kind, record: record ?? "record-\(ordinal)", step: "approval", since: Sample.time(0), deadline: deadline,
            question: "Send this reply?", problem: "it is long", shown: [.init("draft", ["body": .string(text)])],
            fields: [.init("draft.body", .string(text), schema: ["type": "string"])], choices: [.approve, .reject])
        return JournalEntry(
            ordinal: ordinal, step: 2, kind: .waiting, at: Sample.time(0), key: SHA256Digest(of: text), body: wait.body)
    }

    /// A record that came to wait, as one commit.
    private func park(_ ordinal: Int, text: String = "Dear Bob", deadline: Timestamp? = nil) -> [JournalEntry] {
        [wait(ordinal, text: text, deadline: deadline), Sample.ended(Sample.record(ordinal, .waiting))]
    }

    @Test func `what waits is read as it was written`() throws {
        let entry = wait(3, deadline: Sample.time(9))
        #expect(try Wait(entry).body == entry.body)
        #expect(try Wait(entry).choices == [.approve, .reject] && Wait(entry).fields[0].name == "draft.body")
        #expect(Decision(ada.value) == ada)
        #expect(ada.rejection == "Ada said no: shorter")
    }

    @Test func `of records that wait for the same, the one that is answered goes on`() throws {
        var open = OpenWaits()
        for (number, ordinal) in [5, 2, 7].enumerated() {
            try open.add(JournalEvent(number: Int64(number), entry: wait(ordinal)))
        }
        var answer = wait(2)
        answer.kind = .answer
        try open.add(JournalEvent(number: 3, entry: answer))
        #expect(open["record-5"] != nil && open["record-2"] == nil && open["record-7"] != nil)
    }

    @Test func `what was done at another place ends the wait of one that waits for it alone, and of none of several`()
        throws
    {
        var done = wait(9)
        done.kind = .start
        for (ordinals, left) in [([5], [false]), ([5, 2], [true, true])] {
            var open = OpenWaits()
            for (number, ordinal) in ordinals.enumerated() {
                try open.add(JournalEvent(number: Int64(number), entry: wait(ordinal)))
            }
            try open.add(JournalEvent(number: 3, entry: done))
            #expect(ordinals.map { open["record-\($0)"] != nil } == left)
        }
    }

    @Test func `records whose ids differ only in Unicode normalisation wait each for itself`() throws {
        var open = OpenWaits()
        try open.add(JournalEvent(number: 0, entry: wait(0, record: "caf\u{E9}")))
        try open.add(JournalEvent(number: 1, entry: wait(1, text: "Dear Anna", record: "cafe\u{301}")))
        #expect(open["caf\u{E9}"]?.ordinal == 0 && open["cafe\u{301}"]?.ordinal == 1)
    }

    @Test(arguments: `every journal`.Kind.allCases)
    func `lists what waits in the order it came to wait, until it goes on`(kind: `every journal`.Kind) async throws {
        try await kind.with { journal in
            try await journal.begin(Sample.runStart())
            for ordinal in [5, 2, 7, 3] { try await journal.append(park(ordinal)) }
            #expect(try journal.reader().waits().map(\.ordinal) == [5, 2, 7, 3])
            #expect(try journal.reader().waits().first?.wait.record == "record-5")
            // One is used, one waits anew, one is taken up again by a retry.
            var answer = wait(2)
            answer.kind = .answer
            try await journal.append([answer])
            try await journal.append(park(7, text: "Dear Anna"))
            try await journal.append([
                .retried(Retrial(ordinal: 3, record: "record-3", step: 1, lastDraw: 1), at: Sample.time(1))
            ])
            let left = try journal.reader().waits()
            #expect(left.map(\.ordinal) == [5, 7])
            #expect(left.last?.wait.shown.first?.value["body"] == "Dear Anna")
            try await journal.append([Sample.ended(Sample.record(5, .rejected))])
            // What every record takes up anew makes nothing wait that does not come to wait again.
            try await journal.begin(Sample.runStart(at: 100))
            #expect(try journal.reader().waits().isEmpty)
        }
    }

    @Test(arguments: `every journal`.Kind.allCases)
    func `the first decision counts, and the second is told of it`(kind: `every journal`.Kind) async throws {
        try await kind.with { journal in
            try await journal.begin(Sample.runStart())
            try await journal.append(park(4))
            let number = try #require(try journal.reader().waits().first?.number)
            let receipt = try await journal.decide(ada, about: number, at: Sample.time(1))
            guard case .counts = receipt else { throw Unexpected(receipt: receipt) }
            let second = try await journal.decide(Decision(.reject, by: "Bob"), about: number, at: Sample.time(2))
            #expect(second == .late(.init(ada, at: Sample.time(1), isTaken: false)))
            let listed = try #require(try journal.reader().waits().first)
            #expect(listed.decided?.decision == ada && listed.wait.step == "approval")
            #expect(try await journal.decide(.init(.reject, by: "Bob"), about: 99, at: Sample.time(2)) == .over)
        }
    }

    struct Unexpected: Error { var receipt: DecisionReceipt }

    @Test(arguments: `every journal`.Kind.allCases)
    func `a decision is taken up once, and can be taken back until then`(kind: `every journal`.Kind) async throws {
        try await kind.with { journal in
            try await journal.begin(Sample.runStart())
            try await journal.append(park(4))
            let number = try #require(try journal.reader().waits().first?.number)
            _ = try await journal.decide(Decision(.reject, by: "Bob"), about: number, at: Sample.time(1))
            #expect(try await journal.withdraw(decisionAbout: number, at: Sample.time(2)))
            #expect(try await journal.withdraw(decisionAbout: number, at: Sample.time(2)) == false)
            #expect(try journal.takeDecisions().isEmpty)
            _ = try await journal.decide(ada, about: number, at: Sample.time(3))
            let taken = try journal.takeDecisions()
            #expect(taken.map(\.number) == [number])
            #expect(taken.first?.decided == .init(ada, at: Sample.time(3), isTaken: true))
            #expect(try journal.takeDecisions().isEmpty)
            #expect(try await journal.withdraw(decisionAbout: number, at: Sample.time(4)) == false)
            #expect(try journal.reader().waits().isEmpty)
            #expect(try journal.reader().decisions()[number]?.isTaken == true)
            #expect(try journal.reader().decision(about: number) == taken.first?.decided)
            #expect(try journal.reader().decision(about: 99) == nil)
            // All of it stays in the record's history.
            let kinds = try journal.reader().events(of: 4).map(\.entry.kind)
            #expect(kinds == [.waiting, .ended, .decision, .withdrawn, .decision])
        }
    }

    @Test(arguments: `every journal`.Kind.allCases)
    func `finds the next of which nothing was said`(kind: `every journal`.Kind) async throws {
        try await kind.with { journal in
            try await journal.begin(Sample.runStart())
            for ordinal in [5, 2, 7] { try await journal.append(park(ordinal)) }
            let numbers = try journal.reader().waits().map(\.number)
            func next(behind number: Int64, not ordinal: Int = 0) throws -> Int? {
                try journal.reader().undecidedWait(behind: number) { $0.ordinal != ordinal }?.ordinal
            }
            #expect(try next(behind: 0) == 5 && next(behind: 0, not: 5) == 2 && next(behind: numbers[0]) == 2)
            _ = try await journal.decide(ada, about: numbers[1], at: Sample.time(1))
            #expect(try next(behind: numbers[0]) == 7 && next(behind: numbers[2]) == nil)
            // Of two times that a record came to wait the last one counts.
            try await journal.append(park(7, text: "Dear Anna"))
            let again = try #require(try journal.reader().waits().last?.number)
            _ = try await journal.decide(ada, about: again, at: Sample.time(1))
            #expect(try next(behind: numbers[0]) == nil)
            _ = try journal.takeDecisions()
            #expect(try next(behind: 0) == 5 && journal.reader().waits().map(\.ordinal) == [5])
        }
    }

    @Test(arguments: `every journal`.Kind.allCases)
    func `nobody decides too late, or about what is not there any more`(kind: `every journal`.Kind) async throws {
        try await kind.with { journal in
            try await journal.begin(Sample.runStart())
            try await journal.append(park(1, deadline: Sample.time(10)))
            try await journal.append(park(2))
            let waits = try journal.reader().waits().map(\.number)
            #expect(try await journal.decide(ada, about: waits[0], at: Sample.time(11)) == .expired(Sample.time(10)))
            try await journal.append(park(2, text: "Dear Anna"))
            #expect(try await journal.decide(ada, about: waits[1], at: Sample.time(1)) == .over)
            #expect(try journal.reader().decisions().isEmpty)
        }
    }

    @Test func `processes that decide while another writes lose nothing and double nothing`() async throws {
        try await TemporaryFolder.with { folder in
            let journal = try SQLiteJournal.create(at: folder.journal)
            try await journal.begin(Sample.runStart())
            for ordinal in 0..<50 { try await journal.append(park(ordinal)) }
            let waits = try journal.reader().waits().map(\.number)
            let receipts = try await withThrowingTaskGroup(of: [DecisionReceipt].self) { group in
                group.addTask {
                    for ordinal in 100..<400 {
                        try await journal.append([Sample.start(ordinal), Sample.answer(ordinal)])
                    }
                    return []
                }
                for name in ["Ada", "Bob", "Cem", "Dora"] {
                    group.addTask {
                        let own = try SQLiteJournal(path: folder.journal)
                        var receipts: [DecisionReceipt] = []
                        for number in waits {
                            let said = Decision(.approve, by: name)
                            receipts.append(try await own.decide(said, about: number, at: Sample.time(1)))
                        }
                        try await own.close()
                        return receipts
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let counting = receipts.count { if case .counts = $0 { true } else { false } }
            let late = receipts.count { if case .late = $0 { true } else { false } }
            #expect(counting == 50 && late == 150)
            #expect(try journal.takeDecisions().count == 50)
            #expect(try journal.reader().events(of: 399).count == 2)
            try await journal.close()
        }
    }
}
