package import Diagnostics
package import Expressions

/// A part of a step's body that says to whom something goes or what is done there. What it reads is looked at when the
/// plan is made: such a value may not come from a record or an answer unless somebody or something vouches for it.
///
/// A part that cannot hold an expression, such as the text of a query, needs none of this; nor does one that the step
/// itself keeps within bounds, such as a path in the output folder or a URL within `allow`.
package struct SensitivePart: Sendable {
    package enum Role: String, Sendable {
        case recipient, host, program, path
    }

    package var role: Role
    /// As messages call it: `email.to`.
    package var key: String
    package var reads: [ReadPath]
    package var span: SourceSpan

    package init(_ role: Role, key: String, reads: [ReadPath], at span: SourceSpan) {
        self.role = role
        self.key = key
        self.reads = reads
        self.span = span
    }
}
