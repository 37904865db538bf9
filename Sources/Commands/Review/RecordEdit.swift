internal import Journaling
internal import Reviewing
internal import Values

/// What a person writes anew of one record, until an answer takes it along or the person goes on to another.
struct RecordEdit {
    /// New values by the names of fields, each checked by its schema.
    private(set) var values = ValueMap()
    /// What was typed last and could not be taken. While it stands here, no answer may use the text without it.
    private(set) var refused: Refused?

    struct Refused: Equatable {
        /// The file as the editor left it.
        var typed: String
        /// Why, on one line.
        var problem: String
    }

    /// Has the fields edited. What was edited before is edited on, and so is what was refused, as it was typed.
    ///
    /// - Returns: What to tell the person.
    mutating func edit(
        _ fields: [Wait.Field], in editor: (String) throws(Editor.Problem) -> String
    ) -> String {
        let fields = fields.map { field in
            Wait.Field(field.name, values[field.name] ?? field.value, schema: field.schema)
        }
        let form = EditForm(fields)
        let file = EditorText(form)
        let typed: String
        do throws(Editor.Problem) {
            typed = try editor(refused.map { file.text(again: $0.typed, because: $0.problem) } ?? file.text)
        } catch {
            if let typed = error.typed { return refuse(typed, "\(error)") }
            return refused == nil ? "\(error)" : "\(error). \(Self.waysOn)"
        }
        guard !typed.allSatisfy(\.isWhitespace) else {
            giveUp()
            return "nothing is changed"
        }
        do {
            let new = try form.edits(file.texts(in: typed), of: fields)
            refused = nil
            for (key, value) in new { values.set(key, to: value) }
            return values.isEmpty
                ? "nothing is changed" : "your changes stand at the top; a or w takes them, e edits on"
        } catch let problems as EditProblems {
            return refuse(typed, problems.all.map { "\($0.name): \($0.message)" }.joined(separator: "; "))
        } catch let torn as EditorText.Torn {
            return refuse(typed, "the line '\(torn.missing)' is not where it was")
        } catch {
            return refuse(typed, "\(error)")
        }
    }

    /// Gives up what was refused; what was taken before stays.
    mutating func giveUp() { refused = nil }

    private mutating func refuse(_ typed: String, _ problem: String) -> String {
        let problem = problem.split(whereSeparator: \.isNewline).joined(separator: " ")
        refused = Refused(typed: typed, problem: problem)
        return "not taken: \(problem). \(Self.waysOn)"
    }

    /// For the person, while an edit was not taken.
    static let waysOn = "e mends it, u gives it up"
}
