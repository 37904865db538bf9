internal import Diagnostics

/// `input.from`: a field by the names that lead to it.
struct FieldPath: Hashable, Sendable {
    var names: [String]
}

/// Looks for a field over many records: a name that none of them has is misspelt, one that some have is not.
struct FieldSearch {
    let path: FieldPath
    /// How many of its names were found, at most.
    private var found = 0
    /// The names beside the first that was not.
    private var beside: [String] = []

    init(_ path: FieldPath) { self.path = path }

    mutating func look(in subject: BulkSubject) {
        guard found < path.names.count else { return }
        let reach = subject.reach(of: path)
        if reach.count > found { (found, beside) = (reach.count, []) }
        if reach.count == found { for name in reach.beside where !beside.contains(name) { beside.append(name) } }
    }

    /// What is wrong; nil for a field that was found.
    var problem: BulkRule.Unusable? {
        guard found < path.names.count else { return nil }
        func name(_ last: String) -> String { (path.names[..<found] + [last]).joined(separator: ".") }
        let near = nearestName(to: path.names[found], among: beside).map { "; did you mean '\(name($0))'?" } ?? ""
        return BulkRule.Unusable(message: "no record that waits has a field '\(name(path.names[found]))'" + near)
    }
}
