import Diagnostics
import Digests
import Journaling
import Locks
import Runs
import Steps
import Values

@testable import Execution
@testable import Planning
@testable import Recipes

/// `count` records `{number: n}`, made as they are read.
struct NumberSource: RecordSource {
    var size: Int
    var unreadable: Set<Int> = []
    /// Where it cannot be read on.
    var breaksAt: Int?

    var type: ObjectType { ObjectType([.init("number", .int)]) }
    var description: String { "numbers" }
    var columns: [String] { ["number"] }
    func count() throws(SourceError) -> Int { size }

    func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader {
        Reader(source: self, next: position?.ordinal ?? 0)
    }

    private final class Reader: RecordReader {
        let source: NumberSource
        let position: Guarded<Int>

        init(source: NumberSource, next: Int) {
            self.source = source
            position = Guarded(next)
        }

        func next(limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? {
            let first = position.withLock { next in
                defer { next = min(next + limit, source.size) }
                return next
            }
            if let place = source.breaksAt, first >= place { throw SourceError("the input breaks off") }
            guard first < source.size else { return nil }
            return Batch(source: source, first: first, count: min(limit, source.size - first))
        }
    }

    private struct Batch: RecordBatch {
        var source: NumberSource
        var first: Int
        var count: Int
        var end: InputPosition { InputPosition(ordinal: first + count, offset: Int64(first + count), line: 1) }
        var content: Fingerprint { Fingerprint(high: 0, low: UInt64(first)) }

        func forEach(_ body: (ReadRecord) throws -> Void) rethrows {
            for number in first..<(first + count) {
                let origin = RecordOrigin(source: "numbers", line: number + 1, content: Fingerprint(of: "\(number)"))
                if source.unreadable.contains(number) {
                    try body(
                        .unreadable(
                            UnreadableRecord(
                                ordinal: number, id: "\(number)", origin: origin,
                                failure: Failure(.undecodable, "no text"))))
                } else {
                    let input: Value = ["number": .int(Int64(number))]
                    try body(.record(Record(ordinal: number, id: "\(number)", origin: origin, input: input)))
                }
            }
        }
    }
}

/// A number that many tasks change.
final class Counter: Sendable {
    private let number = Guarded(0)

    var value: Int { number.withLock { $0 } }

    /// - Returns: the new value.
    @discardableResult
    func add(_ more: Int) -> Int {
        number.withLock { number in
            number += more
            return number
        }
    }

    func raise(to value: Int) { number.withLock { $0 = max($0, value) } }
}

/// A value that many tasks change.
final class Shared<Value: Sendable>: Sendable {
    private let state: Guarded<Value>

    init(_ value: Value) { state = Guarded(value) }

    var value: Value { state.withLock { $0 } }
    func change(_ body: @Sendable (inout Value) -> Void) { state.withLock { body(&$0) } }
}

/// Keeps rows in memory: those in order as they come, the late ones where they belong.
final class MemorySink: RecordSink {
    struct State {
        var chunks: [[UInt8]] = []
        var late: [(chunk: Int, offset: Int, ordinal: Int, row: [UInt8])] = []
        var rows = 0
        /// Of `rows`, those in chunks.
        var appended = 0
        var finished: Bool?
        var failAfter: Int?
    }

    let path = "numbers.txt"
    let state = Guarded(State())
    private let text: @Sendable (borrowing FinishedRecord) throws(Failure) -> String

    init(_ text: @escaping @Sendable (borrowing FinishedRecord) throws(Failure) -> String) { self.text = text }

    func failing(after rows: Int) -> MemorySink {
        state.withLock { $0.failAfter = rows }
        return self
    }

    func format(_ record: borrowing FinishedRecord, into buffer: inout [UInt8]) throws(Failure) {
        buffer += Array((try text(record) + "\n").utf8)
    }

    func open(at mark: SinkMark?) throws(SinkError) {
        state.withLock { state in
            state.late = []
            state.chunks = Array(state.chunks.prefix(mark?.chunks ?? 0))
            state.appended = mark?.rows ?? 0
            state.rows = state.appended
        }
    }

    func append(_ rows: [UInt8], count: Int, chunk: Int) throws(SinkError) {
        try add(count) {
            $0.chunks.append(rows)
            $0.appended += count
        }
    }

    func insert(_ row: [UInt8], ordinal: Int, chunk: Int, offset: Int) throws(SinkError) {
        try add(1) { $0.late.append((chunk, offset, ordinal, row)) }
    }

    private func add(_ count: Int, _ change: (inout State) -> Void) throws(SinkError) {
        let full = state.withLock { state in
            state.rows += count
            change(&state)
            return state.failAfter.map { state.rows > $0 } ?? false
        }
        if full { throw SinkError("numbers.txt: the disk is full") }
    }

    func sync() throws(SinkError) {}

    func mark() throws(SinkError) -> SinkMark {
        state.withLock { state in
            SinkMark(
                offset: Int64(state.chunks.reduce(0) { $0 + $1.count }), content: Fingerprint(high: 0, low: 0),
                chunks: state.chunks.count, rows: state.appended)
        }
    }

    func finish(complete: Bool) throws(SinkError) -> WrittenOutput {
        state.withLock { $0.finished = complete }
        let bytes = self.bytes
        return WrittenOutput(
            path: path, records: state.withLock { $0.rows }, bytes: Int64(bytes.count), sha256: SHA256Digest(of: bytes))
    }

    /// All rows in the input's order.
    var bytes: [UInt8] {
        state.withLock { state in
            var whole: [UInt8] = []
            let late = Dictionary(grouping: state.late, by: \.chunk)
            for (number, rows) in state.chunks.enumerated() {
                var from = 0
                for row in (late[number] ?? []).sorted(by: { $0.ordinal < $1.ordinal }) {
                    whole += rows[from..<row.offset]
                    whole += row.row
                    from = row.offset
                }
                whole += rows[from...]
            }
            return whole
        }
    }

    var lines: [String] { String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init) }
}

/// A step that a closure computes.
struct PureFake: PureStep {
    var body: @Sendable (borrowing Slots) -> Verdict

    func apply(to row: borrowing Slots) -> Verdict { body(row) }
}

/// A step that a closure answers; the answer is `{value: …}` as JSON.
struct AnsweredFake: AnsweredStep {
    var ask: @Sendable (_ number: Int, _ attempt: Int) async -> Reply
    var preparing: @Sendable () async -> Void = {}
    var readiness: Failure?

    init(_ ask: @escaping @Sendable (_ number: Int, _ attempt: Int) async -> Reply) { self.ask = ask }

    func prepare() async throws(Failure) {
        await preparing()
        if let readiness { throw readiness }
    }

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        let told = attempt.previous.map { " (\($0.complaint))" } ?? ""
        let shown = "what is \(record.id)?\(told)"
        return Question(
            key: SHA256Digest(of: "\(shown) \(attempt.number)"), shown: shown, content: (record.ordinal, attempt.number)
        )
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        guard let (number, attempt) = question.content as? (Int, Int) else { return .stopped }
        return await ask(number, attempt)
    }

    func read(_ answer: Answer, to question: Question) -> Reading {
        guard let text = String(validating: answer.body, as: UTF8.self), !text.isEmpty else {
            return .unusable(Failure(.empty, "the answer is empty"))
        }
        return .value(.string(text))
    }

    func words(of answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }
}

/// A step whose every call may cost 300.
struct PaidFake: AnsweredStep {
    private let plain = AnsweredFake { _, _ in .stopped }
    private let ask: @Sendable (_ repeats: @Sendable () async -> Bool) async -> Reply

    init(_ ask: @escaping @Sendable (_ repeats: @Sendable () async -> Bool) async -> Reply) { self.ask = ask }

    let anyQuestion = Question(key: SHA256Digest(of: ""), shown: "", content: 0)

    var context: StepContext {
        let origin = RecordOrigin(source: "numbers", content: Fingerprint(of: ""))
        return StepContext(record: Record(ordinal: 0, id: "0", origin: origin, input: .null))
    }

    func worstCost(of question: Question) -> Int64 { 300 }

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        try plain.question(for: row, about: record, attempt: attempt)
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply { await ask(context.repeats) }
    func read(_ answer: Answer, to question: Question) -> Reading { plain.read(answer, to: question) }
    func words(of answer: Answer) -> String { plain.words(of: answer) }
}

extension Reply {
    static func says(_ text: String) -> Reply {
        .answered(Answer(body: Array(text.utf8), usage: Usage(tokensIn: 3, tokensOut: 2)))
    }
}

extension Plan {
    /// A plan without a recipe: steps as they are given, in slots of their own.
    static func fake(
        _ source: some RecordSource, steps: [PlannedStep], outputs: [any RecordSink] = [],
        limits: PlannedLimits = .init()
    ) -> Plan {
        let place = SourceSpan(file: "recipe.yaml", start: .init(line: 1, column: 1), end: .init(line: 1, column: 2))
        let recipe = Recipe(
            file: "recipe.yaml", bytes: [], name: Located("fake", at: place), about: nil, models: [], settings: [],
            secrets: [], input: nil, steps: [], collect: [], out: nil, outputs: [], limits: LimitsSpec(), broken: [])
        var steps = steps
        var slots = SlotLayout.firstStep..<Int.max
        for index in steps.indices { steps[index].slot = slots.removeFirst() }
        for index in steps.indices { steps[index].items?.take(&slots) }
        steps.number()
        return Plan(
            recipe: recipe, source: source, steps: steps, outputs: outputs, outputFolder: "out", limits: limits,
            layout: SlotLayout(count: slots.lowerBound), settings: .map(ValueMap()), notes: [],
            warnings: [])
    }
}

extension PlannedStep {
    static func fake(
        _ name: String, _ action: PreparedStep.Action, attempts: Int = 1, otherwise: Otherwise = .fail
    ) -> PlannedStep {
        let place = SourceSpan(file: "recipe.yaml", start: .init(line: 1, column: 1), end: .init(line: 1, column: 2))
        return PlannedStep(
            name: name, kind: "fake", about: nil, span: place, slot: 0, when: nil, action: action, type: .any,
            rules: [],
            attempts: attempts, timeout: nil, otherwise: otherwise, reads: [], model: nil)
    }
}

extension PlannedItems {
    /// A slot for the item, and one for each inner step.
    fileprivate mutating func take(_ slots: inout Range<Int>) {
        slot = slots.removeFirst()
        for index in steps.indices { steps[index].slot = slots.removeFirst() }
    }
}

extension Executor {
    /// Takes up what is known already.
    func obstacle(to kept: KeptRun) async throws -> TakingUpObstacle? {
        try await takeUp(outputsAt: kept.marks) { kept }.obstacle
    }
}
