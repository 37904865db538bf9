/// The candidate that a misspelt name most likely meant, or nil when none is near enough.
///
/// Near is at most a third of the name's length in insertions, deletions, changes and swaps of neighbours; a name that
/// differs only in case, `-` and `_` is always near. Ties go to the earlier candidate.
public func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
    let folded = fold(name)
    let limit = max(1, folded.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let other = fold(candidate)
        if other == folded { return candidate }
        guard abs(other.count - folded.count) <= limit else { continue }
        let distance = editDistance(folded, other)
        if distance <= limit, distance < best?.distance ?? Int.max { best = (candidate, distance) }
    }
    return best?.name
}

private func fold(_ name: String) -> [Unicode.Scalar] {
    name.lowercased().unicodeScalars.filter { $0 != "_" && $0 != "-" && $0 != " " }
}

/// Optimal string alignment distance.
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var before: [Int] = []
    var previous = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var current = [i + 1]
        for (j, y) in b.enumerated() {
            var cost = min(previous[j] + (x == y ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
            if i > 0, j > 0, x == b[j - 1], a[i - 1] == y { cost = min(cost, before[j - 1] + 1) }
            current.append(cost)
        }
        (before, previous) = (previous, current)
    }
    return previous[b.count]
}
