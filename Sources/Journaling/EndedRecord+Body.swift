internal import Digests
internal import Runs
package import Values

extension JournalEntry {
    /// The entry that says how a record ended.
    package static func ended(_ record: EndedRecord, at time: Timestamp) -> JournalEntry {
        JournalEntry(ordinal: record.ordinal, step: -1, kind: .ended, at: time, body: JSON.bytes(of: record.value))
    }
}

extension EndedRecord {
    /// Reads an `ended` entry.
    package init(_ entry: JournalEntry) throws(JournalError) {
        var parser = JSONParser()
        try self.init(entry, parser: &parser)
    }

    /// Reads one of many `ended` entries; the parser knows the shapes of those before.
    init(_ entry: JournalEntry, parser: inout JSONParser) throws(JournalError) {
        guard entry.kind == .ended, let record = EndedRecord(try entry.bodyValue(&parser), ordinal: entry.ordinal)
        else { throw entry.unreadable("does not say how the record ended") }
        self = record
    }

    /// Without the ordinal, which the entry has. What is empty is left out.
    var value: Value {
        var map = ValueMap([
            ("id", .string(id)), ("outcome", .string(outcome.name)), ("marks", .string(StepMark.text(marks))),
            ("source", .string(origin.source)), ("content", .string(origin.content.hex)),
        ])
        if let line = origin.line { map.set("line", to: .int(Int64(line))) }
        if pure { map.set("pure", to: true) }
        if !flags.isEmpty { map.set("flags", to: .list(flags.map(Value.string))) }
        if !flagged.isEmpty { map.set("flagged", to: .list(flagged.map(\.value))) }
        if !attempts.isEmpty { map.set("attempts", to: .list(attempts.map { .int(Int64($0)) })) }
        if let failure { failure.add(to: &map) }
        if !others.isEmpty { map.set("others", to: .list(others.map(\.value))) }
        if !items.isEmpty { map.set("items", to: .list(items.map(\.value))) }
        if let input { map.set("input", to: input) }
        return .map(map)
    }

    init?(_ value: Value, ordinal: Int) {
        guard let id = value["id"]?.string, let outcome = value["outcome"]?.string.flatMap(Outcome.init(name:)),
            let marks = value["marks"]?.string.flatMap(StepMark.marks), let source = value["source"]?.string,
            let content = value["content"]?.string.flatMap(Fingerprint.init(hex:))
        else { return nil }
        self.init(
            ordinal: ordinal, id: id,
            origin: RecordOrigin(source: source, line: value["line"]?.int.map(Int.init), content: content),
            outcome: outcome, marks: marks, flags: value["flags"]?.list?.compactMap(\.string) ?? [],
            flagged: value["flagged"]?.list?.compactMap(Ending.init) ?? [], failure: Ending(value),
            input: value["input"], attempts: value["attempts"]?.list?.compactMap { $0.int.map(Int.init) } ?? [],
            pure: value["pure"]?.bool ?? false)
        others = value["others"]?.list?.compactMap(Ending.init) ?? []
        items = value["items"]?.list?.compactMap(StepCounts.init) ?? []
    }
}

extension EndedRecord.Ending {
    fileprivate var value: Value {
        var map = ValueMap()
        add(to: &map)
        return .map(map)
    }

    fileprivate func add(to map: inout ValueMap) {
        map.set("cause", to: .string(failure.cause.code))
        map.set("message", to: .string(failure.message))
        map.set("attempt", to: .int(Int64(attempt)))
        if let step { map.set("step", to: .int(Int64(step))) }
        if let item { map.set("item", to: .int(Int64(item))) }
    }

    fileprivate init?(_ value: Value) {
        guard let failure = Failure(value) else { return nil }
        self.init(
            step: value["step"]?.int.map(Int.init), item: value["item"]?.int.map(Int.init),
            attempt: Int(value["attempt"]?.int ?? 1), failure: failure)
    }
}

extension JournalEntry {
    /// The body as JSON.
    package func bodyValue() throws(JournalError) -> Value {
        var parser = JSONParser()
        return try bodyValue(&parser)
    }

    func bodyValue(_ parser: inout JSONParser) throws(JournalError) -> Value {
        do { return try parser.parse(body) } catch { throw unreadable("is not JSON: \(error)") }
    }

    func unreadable(_ what: String) -> JournalError {
        JournalError(
            .damaged,
            "the journal is damaged: its \(kind) entry of record \(ordinal) \(what); put back a copy of the journal, or "
                + "start a new run with --fresh")
    }
}

extension Outcome {
    init?(name: String) {
        guard let outcome = Outcome.allCases.first(where: { $0.name == name }) else { return nil }
        self = outcome
    }
}

extension StepMark {
    /// One digit for each mark: its raw value.
    static func text(_ marks: [StepMark]) -> String {
        String(decoding: marks.map { UInt8(ascii: "0") + $0.rawValue }, as: UTF8.self)
    }

    static func marks(_ text: String) -> [StepMark]? {
        let marks = text.utf8.compactMap { StepMark(rawValue: $0 &- UInt8(ascii: "0")) }
        return marks.count == text.utf8.count ? marks : nil
    }
}

extension Fingerprint {
    init?(hex: String) {
        guard hex.utf8.count == 32, let high = UInt64(hex.prefix(16), radix: 16),
            let low = UInt64(hex.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }
}
