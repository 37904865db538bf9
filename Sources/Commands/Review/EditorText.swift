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

    var text: String {
        var text =
            "Write below the lines that begin with \(mark), and leave those lines as they are. What stands up here is\n"
            + "left out; a file without them changes nothing.\n"
        for item in form.items { text += "\(heading(item)) (\(item.hint))\n\(item.text)\n" }
        return text
    }

    struct Torn: Error {}

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
        guard left.isEmpty, let name else { throw Torn() }
        // The line end behind the last line is the editor's.
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        texts[name] = lines.joined(separator: "\n")
        return texts
    }
}
