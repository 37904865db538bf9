internal import Journaling
internal import Planning
internal import Runs
internal import Steps
internal import Values

/// Whoever has answers to the questions about a group.
protocol GroupAnswerer: Sendable {
    /// Takes a row through the step that asks about it.
    ///
    /// - Returns: false if there is no answer.
    mutating func follow(_ row: inout Row, through walk: RowWalk) async throws -> Bool
}

/// One group's way to its answer: page by page where it is larger than the model takes, then one answer from those about
/// the pages, in as many rounds as it needs.
///
/// What fits is found from the texts themselves: as many rows as make a prompt of a size that fits; where the model says
/// that it is too long all the same, the group goes on with half of that. Every question is made of the rows and the
/// answers before it alone, so a run that is gone on with asks the same ones, and has their answers.
struct GroupPassage<Answerer: GroupAnswerer>: Sendable {
    let groups: Groups
    /// Which group.
    let group: Int
    let key: Value
    /// Where pages are read.
    let history: BlockingQueue
    var answerer: Answerer
    /// The most bytes that a prompt may have.
    private var limit: Int
    /// Of the next question.
    private var number = 0

    init(_ groups: Groups, _ group: Int, history: BlockingQueue, answerer: Answerer) async throws {
        self.groups = groups
        self.group = group
        self.history = history
        self.answerer = answerer
        let (spool, step) = (groups.spool, groups.step)
        let packed = try await history.run { () throws(JournalError) in try spool.key(of: group, at: step) }
        key = Value(packed: packed) ?? .null
        limit =
            switch groups.collect.step.action {
            case .answered(let step): step.promptBytes
            case .pure, .items: 0
            }
    }

    // MARK: Pages and rounds

    /// - Returns: the row that holds the group's answer, or what went wrong with one of its parts; nil where some question
    ///   got no answer.
    mutating func answer() async throws -> Row? {
        var partial: [Value] = []
        var last: Row?
        var page = Page()
        while true {
            var count = fitting(page.members, groups.asking)
            // There may be room for more than has been read.
            while count == page.members.count, try await readOn(&page) { count = fitting(page.members, groups.asking) }
            guard count > 0 else { break }
            while true {
                let members = Array(page.members.prefix(count))
                guard let row = try await ask(members, groups.asking) else { return nil }
                if row.isTooLong, count > 1 {
                    halve(size(members, groups.asking))
                    count = fitting(members, groups.asking)
                    continue
                }
                guard let value = answer(of: row) else { return row }
                partial.append(value)
                last = row
                break
            }
            page.drop(count)
            // What is held of a group does not grow with it.
            if partial.count > 2, size(partial, groups.joining) > limit {
                switch try await round(partial) {
                case .joined(let fewer, let row): (partial, last) = (fewer, row)
                case .ended(let row): return row
                }
            }
        }
        while partial.count > 1 {
            switch try await round(partial) {
            case .joined(let fewer, let row): (partial, last) = (fewer, row)
            case .ended(let row): return row
            }
        }
        return last
    }

    private enum Round {
        case joined([Value], Row?)
        /// A part has no answer; nil where it was not given one.
        case ended(Row?)
    }

    /// Makes fewer answers of these: each of as many neighbours as fit.
    private mutating func round(_ answers: [Value]) async throws -> Round {
        var fewer: [Value] = []
        var last: Row?
        var rest = answers[...]
        while rest.count > 1 {
            // Two at least, or it would never end.
            let count = max(2, fitting(Array(rest), groups.joining))
            guard let row = try await ask(Array(rest.prefix(count)), groups.joining) else { return .ended(nil) }
            if row.isTooLong, count > 2 {
                halve(size(Array(rest.prefix(count)), groups.joining))
                continue
            }
            guard let value = answer(of: row) else { return .ended(row) }
            fewer.append(value)
            last = row
            rest = rest.dropFirst(count)
        }
        return .joined(fewer + rest, last)
    }

    /// Reads about as much as a prompt holds.
    ///
    /// - Returns: false where there is no more, or a page is full.
    private func readOn(_ page: inout Page) async throws -> Bool {
        let most = Groups.pageRows - page.members.count
        guard most > 0 else { return false }
        let (spool, step, group, limit, last) = (groups.spool, groups.step, group, limit, page.last)
        let rows = try await history.run { () throws(JournalError) in
            try spool.rows(of: group, at: step, after: last, most: most, bytes: limit)
        }
        let before = page.members.count
        for row in rows {
            guard page.hasRoom(for: row.body.count) else { break }
            page.add(Value(packed: row.body) ?? .null, row.number, bytes: row.body.count)
        }
        return page.members.count > before
    }

    /// How many of the first of these make a prompt that fits, one at least.
    private func fitting(_ members: [Value], _ walk: RowWalk) -> Int {
        guard members.count > 1, size(members, walk) > limit else { return members.count }
        var low = 1
        var high = members.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if size(Array(members.prefix(middle)), walk) <= limit { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// Of the prompt, in bytes; 0 for one that cannot be made, which asking tells.
    private func size(_ members: [Value], _ walk: RowWalk) -> Int {
        guard case .answered(let step) = walk.steps[0].action else { return 0 }
        let row = row(members, walk)
        do throws(Failure) {
            return try step.question(for: row.slots, about: row.record, attempt: Attempt()).shown.utf8.count
        } catch {
            return 0
        }
    }

    /// A prompt of so many bytes was too long.
    private mutating func halve(_ size: Int) { limit = max(1, min(limit, size) / 2) }

    // MARK: One question

    private func row(_ members: [Value], _ walk: RowWalk) -> Row {
        var row = walk.start(groups.record(group, key: key))
        row.item = number
        row.attempts = [0]
        row.slots[groups.collect.groupSlot] = .list(members)
        row.slots[groups.collect.keySlot] = key
        return row
    }

    /// - Returns: nil where there is no answer.
    private mutating func ask(_ members: [Value], _ walk: RowWalk) async throws -> Row? {
        var row = row(members, walk)
        guard try await answerer.follow(&row, through: walk) else { return nil }
        number += 1
        // The rows have served.
        row.slots[groups.collect.groupSlot] = .null
        return row
    }

    private func answer(of row: borrowing Row) -> Value? {
        guard row.progress.next == .ended(.done) else { return nil }
        let value = row.slots[groups.collect.step.slot]
        return value.isNull ? nil : value
    }
}

/// Rows of a group that were read and not asked about yet.
private struct Page {
    private(set) var members: [Value] = []
    private var sizes: [Int] = []
    private var bytes = 0
    /// The number of the row that was read last.
    private(set) var last = -1

    /// One row at least.
    func hasRoom(for size: Int) -> Bool { members.isEmpty || bytes + size <= Groups.pageBytes }

    mutating func add(_ member: Value, _ number: Int, bytes: Int) {
        members.append(member)
        sizes.append(bytes)
        self.bytes += bytes
        last = number
    }

    mutating func drop(_ count: Int) {
        bytes -= sizes.prefix(count).reduce(0, +)
        members.removeFirst(count)
        sizes.removeFirst(count)
    }
}

extension Row {
    /// Whether it came to nothing because the prompt does not fit.
    fileprivate var isTooLong: Bool { progress.fall?.failure.cause == .promptTooLong }
}
