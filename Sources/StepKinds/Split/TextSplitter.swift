/// Cuts a text into parts of a bounded size, at the best places it finds.
///
/// Every code point of the text is in some part, in order; a part begins at most `overlap` before the end of the one
/// before it.
struct TextSplitter {
    enum Unit: String, CaseIterable {
        case tokens, paragraphs, headings
    }

    struct Part: Equatable {
        var text: String
        /// In code points: the first, and the one behind the last.
        var from: Int
        var to: Int
    }

    var unit: Unit
    /// In tokens, by ``TokenEstimate``.
    var size: Int
    /// In tokens; at most half of `size`, so that each part brings something new.
    var overlap: Int

    static let smallestSize = 20

    func parts(of text: String) -> [Part] {
        var text = text
        text.makeContiguousUTF8()
        let cuts = Cuts(atoms: TextAtoms(text, limit: size * TokenEstimate.unit / 2), splitter: self)
        return cuts.ranges.map { range in
            let (from, to) = (cuts.place(range.lowerBound), cuts.place(range.upperBound))
            let bytes = text.utf8
            let slice = bytes[
                bytes.index(
                    bytes.startIndex, offsetBy: from.bytes)..<bytes.index(
                        bytes.startIndex, offsetBy: to.bytes)]
            return Part(text: String(decoding: slice, as: UTF8.self), from: from.points, to: to.points)
        }
    }
}

/// The parts of one text as ranges of its atoms.
private struct Cuts {
    private let atoms: TextAtoms
    private let splitter: TextSplitter
    private(set) var ranges: [Range<Int>] = []

    init(atoms: TextAtoms, splitter: TextSplitter) {
        self.atoms = atoms
        self.splitter = splitter
        let count = atoms.atoms.count
        var start = 0
        var end = 0
        while end < count {
            let next = self.end(from: start, beyond: end)
            ranges.append(start..<next)
            start = next < count ? self.start(before: next, after: start) : next
            end = next
        }
    }

    func place(_ atom: Int) -> (points: Int, bytes: Int) {
        guard atom < atoms.atoms.count else { return (atoms.length, atoms.byteLength) }
        return (atoms.atoms[atom].start, atoms.atoms[atom].byteStart)
    }

    private func costBefore(_ atom: Int) -> Int {
        atom < atoms.atoms.count ? atoms.atoms[atom].costBefore : atoms.cost
    }

    private func edge(_ atom: Int) -> TextAtom.Edge { atoms.atoms[atom].edge }

    // MARK: Where a part ends

    /// The atom before which the part that begins at `start` ends; behind `last`, where the part before it ended.
    private func end(from start: Int, beyond last: Int) -> Int {
        let most = costBefore(start) + splitter.size * TokenEstimate.unit
        let far = furthest(from: last + 1, cost: most)
        if splitter.unit == .headings, let heading = first(.heading, in: last + 1..<far + 1) { return heading }
        if far == atoms.atoms.count { return far }
        if splitter.unit == .paragraphs, let cut = lastEdge(.paragraph, in: last + 1..<far + 1) { return cut }
        // A better place is worth a smaller part, but not one of less than half.
        let middle = max(last + 1, furthest(from: last + 1, cost: (costBefore(start) + most) / 2))
        for edge in [TextAtom.Edge.heading, .paragraph, .sentence] {
            if let cut = lastEdge(edge, in: middle..<far + 1) { return cut }
        }
        return lastEdge(.sentence, in: last + 1..<far + 1) ?? lastEdge(.word, in: last + 1..<far + 1) ?? far
    }

    /// The last atom, from `first` on, before which no more than so much lies; `first` at least.
    private func furthest(from first: Int, cost: Int) -> Int {
        var low = first
        var high = atoms.atoms.count
        while low < high {
            let middle = (low + high + 1) / 2
            if costBefore(middle) <= cost { low = middle } else { high = middle - 1 }
        }
        return low
    }

    private func lastEdge(_ edge: TextAtom.Edge, in range: Range<Int>) -> Int? {
        range.last { $0 < atoms.atoms.count && self.edge($0) >= edge }
    }

    private func first(_ edge: TextAtom.Edge, in range: Range<Int>) -> Int? {
        range.first { $0 < atoms.atoms.count && self.edge($0) >= edge }
    }

    // MARK: Where the next one begins

    private func start(before end: Int, after start: Int) -> Int {
        let overlap = splitter.overlap * TokenEstimate.unit
        guard overlap > 0, splitter.unit != .headings || edge(end) != .heading else { return end }
        let least = costBefore(end) - overlap
        var near = end
        while near - 1 > start, costBefore(near - 1) >= least { near -= 1 }
        guard near < end else { return end }
        let wanted: [TextAtom.Edge] =
            splitter.unit == .paragraphs && edge(end) >= .paragraph ? [.paragraph] : [.sentence, .word]
        for edge in wanted {
            if let found = first(edge, in: near..<end) { return found }
        }
        return end
    }
}
