package import Diagnostics
package import Expressions

extension Template {
    /// Compiles a text that somebody will read. One that is nothing but a known name was meant to be what the name
    /// stands for, and is an error.
    package static func compile(
        readable text: LocatedText, in scope: Scope, isNeeded: Bool = false, problems: inout Problems
    ) -> Template? {
        guard !Expression.isPlainName(text.text, in: scope) else {
            problems.error(
                "'\(text.text)' is taken as it stands, word for word; did you mean `{{ \(text.text) }}`?", at: text.span
            )
            return nil
        }
        return compile(text, in: scope, isNeeded: isNeeded, problems: &problems)
    }
}

extension Scope {
    /// The same names where a value is wanted rather than true or false.
    var ofValues: Scope {
        var scope = self
        scope.isOfValues = true
        return scope
    }
}
