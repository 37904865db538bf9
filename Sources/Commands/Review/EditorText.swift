internal import Reviewing

/// The fields of a record as a file for an editor, and back.
struct EditorText {
    private let form: EditForm
    /// What a line begins with that says which field follows; no line of any field does.
    private let mark: String

    init(_ form: EditForm) {
        self.form = form
        var mark = "====="
        let texts = form.items.map(\.text)
        while texts.contains(where: { $0.hasPrefix(mark) || $0.contains("\n" + mark) }) { mark += "=" }
        self.mark = mark
    }

    private func heading(_ item: EditForm.Item) -> String { "\(mark) \(item.name)" }

    private func headingLine(_ item: EditForm.Item) -> String { "\(heading(item)) (\(item.hint))" }

    private var head: String {
        "Write below the lines that begin with \(mark), and leave those lines as they are. What stands up here is\n"
            + Self.endOfHead + "\n"
    }

    private static let endOfHead = "left out; a file without them changes nothing."

    var text: String {
        form.items.reduce(into: head) { $0 += "\(headingLine($1))\n\($1.text)\n" }
    }

    /// The file once more as it was typed and could not be taken, with the reason on top.
    ///
    /// - Parameter problem: one line.
    func text(again typed: String, because problem: String) -> String {
        var lines = typed.split(separator: "\n", omittingEmptySubsequences: false)
        // The head of the last time, which has a reason of its own.
        if let end = lines.prefix(3).firstIndex(where: { $0 == Self.endOfHead }) { lines.removeFirst(end + 1) }
        return "Not taken: \(problem)\n" + head + lines.joined(separator: "\n")
    }

    struct Torn: Error {
        /// The first of the lines that say which field follows that is not in its place.
        var missing: String
    }

    /// By the names of items.
    ///
    /// - Throws: ``Torn`` where the lines that say which field follows are not all there, in their order.
    func texts(in edited: String) throws(Torn) -> [String: String] {
        var texts: [String: String] = [:]
        var left = form.items[...]
        var name: String?
        var lines: [Substring] = []
        for line in edited.split(separator: "\n", omittingEmptySubsequences: false) {
            if let next = left.first, line.hasPrefix(heading(next) + " (") {
                if let name { texts[name] = lines.joined(separator: "\n") }
                (name, lines) = (next.name, [])
                left.removeFirst()
            } else {
                lines.append(line)
            }
        }
        if let missing = left.first { throw Torn(missing: headingLine(missing)) }
        guard let name else { return [:] }
        // The line end behind the last line is the editor's.
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        texts[name] = lines.joined(separator: "\n")
        return texts
    }
}
