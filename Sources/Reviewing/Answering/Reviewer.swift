/// Who answers, and where from: both stand in the journal with every answer.
package struct Reviewer: Hashable, Sendable {
    package var name: String
    /// `terminal`, `script`, or the address of a browser.
    package var from: String

    package init(_ name: String, from: String) {
        self.name = name
        self.from = from
    }
}
