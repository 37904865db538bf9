import Journaling
import Reviewing
import Testing
import Values

@testable import Commands

/// What becomes of what a person types in an editor.
@Suite struct RecordEditTests {
    private static let fields = [
        Wait.Field("subject", "Re: invoice", schema: ["type": "string", "maxLength": 20]),
        Wait.Field("body", "Dear Bob", schema: ["type": "string", "maxLength": 40]),
    ]
    private static let long = String(repeating: "x", count: 21)

    /// Edits by replacing texts, and gives back what stood in the file before.
    private func replace(_ old: String, _ new: String, in edit: inout RecordEdit) -> (shown: String, told: String) {
        var shown = ""
        let told = edit.edit(Self.fields) { (text: String) throws(Editor.Problem) in
            shown = text
            return text.replacing(old, with: new)
        }
        return (shown, told)
    }

    @Test func `what was refused is reopened as it was typed, with the last reason alone`() {
        var edit = RecordEdit()
        #expect(replace("Re: invoice", Self.long, in: &edit).told.contains("subject: 21 characters, at most 20"))
        #expect(edit.refused != nil && edit.values.isEmpty)
        let second = replace("Dear Bob", String(repeating: "y", count: 41), in: &edit)
        #expect(second.shown.contains("\n\(Self.long)\n"))
        #expect(second.told.contains("body: 41 characters, at most 40"))
        let third = replace(String(repeating: "y", count: 41), "Dear Ann", in: &edit)
        #expect(third.shown.split(separator: "\n").count { $0.hasPrefix("Not taken") } == 1)
        let fourth = replace(Self.long, "Re: yours", in: &edit)
        #expect(fourth.shown.hasPrefix("Not taken: subject: 21"))
        #expect(edit.refused == nil)
        #expect(edit.values == ValueMap([("subject", "Re: yours"), ("body", "Dear Ann")]))
    }

    @Test func `text under a heading that was torn away is kept, and so is what is no UTF-8`() {
        var edit = RecordEdit()
        let torn = replace("===== subject (text, at most 20 characters)\nRe: invoice", "Re: torn", in: &edit)
        #expect(torn.told.contains("the line '===== subject (text, at most 20 characters)' is not where it was"))
        let again = replace("Re: torn", "===== subject (text, at most 20 characters)\nRe: whole", in: &edit)
        #expect(again.shown.contains("Re: torn") && edit.values == ValueMap([("subject", "Re: whole")]))
        _ = edit.edit(Self.fields) { (_: String) throws(Editor.Problem) in
            throw Editor.Problem(description: "what the editor wrote is no UTF-8", typed: "R\u{FFFD}")
        }
        #expect(edit.refused?.typed == "R\u{FFFD}")
    }

    @Test func `an editor that fails, and one whose file is emptied, leave nothing to mend`() {
        var edit = RecordEdit()
        _ = edit.edit(Self.fields) { (_: String) throws(Editor.Problem) in throw Editor.Problem(description: "no vi") }
        #expect(edit.refused == nil)
        _ = replace("Re: invoice", Self.long, in: &edit)
        _ = edit.edit(Self.fields) { (_: String) throws(Editor.Problem) in throw Editor.Problem(description: "no vi") }
        #expect(edit.refused != nil)
        #expect(edit.edit(Self.fields) { (_: String) throws(Editor.Problem) in "\n" } == "nothing is changed")
        #expect(edit.refused == nil && edit.values.isEmpty)
    }
}
