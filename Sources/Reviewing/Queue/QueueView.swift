package import Journaling
internal import Values

/// The order of the queue. Within a step or a kind the oldest comes first.
package enum QueueOrder: String, Sendable, CaseIterable {
    case age, step, kind
}

/// Which part of the queue is looked at, and how.
package struct QueueView: Hashable, Sendable {
    /// Whether somebody has answered already.
    package enum State: String, Sendable, CaseIterable {
        case open, answered, all
    }

    package var order = QueueOrder.age
    package var state = State.open
    package var step: String?
    package var kind: Wait.Kind?
    /// A part of the record's id; letters of ASCII are taken for the same, large or small.
    package var text = ""
    /// From 0.
    package var page = 0
    package var pageSize = 50

    package init() {}

    func shows(_ item: QueueItem) -> Bool {
        switch state {
        case .open where item.said != nil, .answered where item.said == nil: return false
        default: break
        }
        if let step, !item.step.hasSameBytes(as: step) { return false }
        if let kind, item.kind != kind { return false }
        return text.isEmpty || Self.folded(item.record).contains(Self.folded(text))
    }

    func precedes(_ one: QueueItem, _ other: QueueItem) -> Bool {
        switch order {
        case .age: break
        case .step where !one.step.hasSameBytes(as: other.step): return one.step.precedesByBytes(other.step)
        case .kind where one.kind != other.kind: return Self.rank(one.kind) < Self.rank(other.kind)
        default: break
        }
        return one.number < other.number
    }

    /// What may have happened already comes first: it is the most urgent.
    private static func rank(_ kind: Wait.Kind) -> Int {
        switch kind {
        case .doubt: 0
        case .answer: 1
        case .review: 2
        }
    }

    private static func folded(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

/// How many records wait, whatever part of the queue is looked at.
package struct QueueCounts: Hashable, Sendable {
    /// Not answered yet.
    package var open = 0
    /// Answered, and no run has taken the answer up.
    package var answered = 0
    /// Of those not answered, by kind.
    package var kinds: [Wait.Kind: Int] = [:]
    /// Of those not answered, by step, in the order of the names.
    package var steps: [Step] = []

    package struct Step: Hashable, Sendable {
        package var name: String
        package var count: Int
    }

    package init() {}

    mutating func add(_ item: QueueItem) {
        guard item.said == nil else {
            answered += 1
            return
        }
        open += 1
        kinds[item.kind, default: 0] += 1
        if let place = steps.firstIndex(where: { $0.name.hasSameBytes(as: item.step) }) {
            steps[place].count += 1
        } else {
            let place = steps.firstIndex { item.step.precedesByBytes($0.name) } ?? steps.count
            steps.insert(Step(name: item.step, count: 1), at: place)
        }
    }
}

/// A page of the queue.
package struct QueuePage: Hashable, Sendable {
    package var items: [QueueItem]
    /// How many the view shows over all its pages.
    package var matching: Int
    /// From 0; the last one there is where a later one was asked for.
    package var page: Int
    /// At least 1.
    package var pages: Int
    package var counts: QueueCounts

    init(_ items: [QueueItem], _ view: QueueView, _ counts: QueueCounts) {
        let size = max(1, view.pageSize)
        let sorted = items.sorted(by: view.precedes)
        matching = sorted.count
        pages = max(1, sorted.count / size + (sorted.count % size == 0 ? 0 : 1))
        page = min(max(0, view.page), pages - 1)
        self.items = Array(sorted.dropFirst(page * size).prefix(size))
        self.counts = counts
    }
}
