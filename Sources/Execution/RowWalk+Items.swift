internal import Diagnostics
internal import Expressions
internal import Planning
internal import Runs
internal import Values

/// What rows meet at an `each`, behind one reference.
final class ItemsStage: Sendable {
    let list: Expression
    /// Through the inner steps.
    let walk: RowWalk
    let atOnce: Int
    let isPure: Bool
    private let slot: Int
    private let shape: MapShape
    /// The places of the inner steps.
    let places: Range<Int>

    init(_ items: PlannedItems, walk: RowWalk) {
        list = items.list
        atOnce = items.atOnce
        isPure = items.isPure
        slot = items.slot
        shape = MapShape(fields: items.answers)
        self.walk = walk
        let first = items.steps.first?.place ?? 0
        places = first..<first + items.steps.count
    }

    /// The list that a row goes through.
    func items(of row: borrowing Row) -> Result<[Value], Failure> {
        do throws(EvaluationError) {
            guard let items = try list.evaluate(row.slots).list else {
                return .failure(Failure(.expression, "\(list.source.span.start): 'of' is no list for this record"))
            }
            guard items.count <= PlannedItems.most else {
                return .failure(
                    Failure(
                        .tooManyItems,
                        "the list has \(items.count) items, and a record may have \(PlannedItems.most); cut it, or make "
                            + "several records of it"))
            }
            return .success(items)
        } catch {
            return .failure(Failure(.expression, "\(error.place): \(error.message)"))
        }
    }

    /// A row for one item, at the first inner step. It sees what its record's row holds, and writes into a copy.
    func row(for item: Value, number: Int, of row: borrowing Row) -> Row {
        var one = Row(
            record: row.record, slots: row.slots,
            progress: RecordProgress(rules: walk.rules, item: number, flags: row.progress.flags))
        one.item = number
        one.slots[slot] = item
        return one
    }

    /// What an item's row has come to.
    func end(_ row: borrowing Row, _ outcome: Outcome) -> ItemEnd {
        let steps = walk.steps
        func placed(_ fall: RecordProgress.Fall) -> RecordProgress.Fall {
            var fall = fall
            if steps.indices.contains(fall.step) { fall.step = steps[fall.step].place }
            return fall
        }
        let isDone = outcome == .done
        let fell = !isDone && outcome != .notReached
        return ItemEnd(
            item: row.item ?? 0, outcome: outcome,
            value: isDone ? .map(ValueMap(shape: shape, values: steps.map { row.slots[$0.slot] })) : .null,
            marks: row.progress.marks, flags: Array(row.progress.ownFlags),
            flagged: row.progress.flagged.map(placed), fall: fell ? row.progress.fall.map(placed) : nil,
            waits: outcome == .waiting ? row.waits : nil)
    }
}

/// How one item came out.
struct ItemEnd: Sendable {
    var item: Int
    /// `notReached` for one that was given up because an earlier one fell.
    var outcome: Outcome
    /// Its inner steps' answers; null unless it is done.
    var value: Value
    var marks: [StepMark]
    var flags: [String]
    var flagged: [RecordProgress.Fall]
    var fall: RecordProgress.Fall?
    /// What it waits for, where it waits for a person.
    var waits: PendingWait?
}

/// How the items of one record came out, gathered in whatever order they end.
struct ItemsEnd: Sendable {
    private(set) var values: [Value]
    /// The first, in the list's order, that neither is done nor was given up. It says how its record goes on.
    private(set) var fallen: ItemEnd?
    private let stage: ItemsStage
    private var counts: [StepCounts]
    private var ended = 0
    private var flaggedItems: [ItemEnd] = []
    private var fallenItems: [ItemEnd] = []

    init(count: Int, of stage: ItemsStage) {
        values = Array(repeating: .null, count: count)
        self.stage = stage
        counts = stage.places.map { _ in StepCounts() }
    }

    mutating func add(_ end: ItemEnd) {
        ended += 1
        values[end.item] = end.value
        for (index, mark) in end.marks.enumerated() { counts[index][mark] += 1 }
        if !end.flagged.isEmpty {
            var flagged = end
            flagged.value = .null
            flaggedItems.append(flagged)
        }
        guard end.fall != nil else { return }
        fallenItems.append(end)
        if fallen.map({ end.item < $0.item }) ?? true { fallen = end }
    }

    /// In the list's order; behind one that fell it is by chance who came so far, and nobody is told.
    var flags: [String] { told.flatMap(\.flags) }
    var flagged: [RecordProgress.Fall] { told.flatMap(\.flagged) }

    private var told: [ItemEnd] {
        flaggedItems.filter { $0.item <= fallen?.item ?? .max }.sorted { $0.item < $1.item }
    }

    /// Of items that failed beside the one in ``fallen``.
    var otherFalls: [RecordProgress.Fall] {
        fallenItems.filter { $0.item != fallen?.item && $0.outcome == .failed }.sorted { $0.item < $1.item }
            .compactMap(\.fall)
    }

    func stepName(of fall: RecordProgress.Fall) -> String {
        let index = fall.step - stage.places.lowerBound
        return stage.walk.steps.indices.contains(index) ? stage.walk.steps[index].name : ""
    }

    /// Adds how every item stands at every inner step; those that were not begun are not reached.
    func count(into row: inout Row) {
        if row.items.isEmpty { row.items = Array(repeating: StepCounts(), count: stage.walk.plan.innerCount) }
        let first = stage.walk.plan.steps.count
        for (index, place) in stage.places.enumerated() {
            row.items[place - first].add(counts[index])
            row.items[place - first][.notReached] += values.count - ended
        }
    }
}

extension RowWalk {
    /// Takes the items of an `each` whose inner steps only compute through them, one after another.
    ///
    /// - Returns: `asks` where somebody has to be asked about an item.
    func take(_ items: ItemsStage, of stage: Stage, _ index: Int, _ row: inout Row) -> Rest? {
        let list: [Value]
        switch items.items(of: row) {
        case .success(let found): list = found
        case .failure(let failure):
            broke(&row, stage, failure, again: false, keepsAnswer: false)
            return nil
        }
        guard items.isPure || list.isEmpty else { return .asks(step: index) }
        var end = ItemsEnd(count: list.count, of: items)
        for (number, item) in list.enumerated() {
            var one = items.row(for: item, number: number, of: row)
            guard case .ended(let outcome) = items.walk.advance(&one) else {
                preconditionFailure("steps that only compute ask nobody")
            }
            end.add(items.end(one, outcome))
            if end.fallen != nil { break }
        }
        take(end, at: index, &row)
        return nil
    }
}
