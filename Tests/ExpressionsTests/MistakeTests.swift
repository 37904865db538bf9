import Diagnostics
import TestSupport
import Testing

@testable import Expressions

/// What the author of an expression is told. The place of each mistake is marked in the text.
@Suite struct MistakeTests {
    private func check(_ marked: String, _ message: String, _ place: SourceLocation = #_sourceLocation) {
        let text = MarkedText(marked)
        let wanted = "\(text[1].column): \(message)"
        #expect(Workbench.mistakes(in: text.text) == [wanted], sourceLocation: place)
    }

    @Test(arguments: [
        ("«1»titel", "nothing here is called 'titel'; a text needs quotes, \"titel\""),
        ("«1»path == \"a\"", "nothing here is called 'path'; did you mean 'input.path'?"),
        ("«1»pages.text", "nothing here is called 'pages'; did you mean 'page'?"),
        ("facts.people.all(person, «1»persn == \"x\")", "nothing here is called 'persn'; did you mean 'person'?"),
        ("«1»verdict.pass", "'verdict' is written by a later step"),
        ("«1»verdct.pass", "nothing here is called 'verdct'; 'verdict' is, but 'verdict' is written by a later step"),
        ("«1»size > 3", "'size' is a function; call it with parentheses"),
        ("input.«1»titel", "'input' has no field 'titel'; did you mean 'title'?"),
        ("input.meta.«1»Tags", "'input.meta' has no field 'Tags'; did you mean 'tags'?"),
        ("facts.«1»dates", "'facts' has no field 'dates'; it has people, count"),
        (
            "input[«1»\"Company\"]",
            "'input' has no field 'Company'; it has path, title, text, bytes, score, meta, Company Name, raw"
        ),
        ("input.title.«1»size > 3", "'input.title' is a string and has no field 'size'; did you mean 'size()'?"),
        (
            "notes.«1»note",
            "'notes' is a list of {note: {text: string}} and has no field 'note'; read one item, `[0].note`, or all of them, `.map(x, x.note)`"
        ),
        ("notes[0].note.«1»txt", "'notes[0].note' has no field 'txt'; did you mean 'text'?"),
    ])
    func `a name that is not known is compared with those that are`(marked: String, message: String) {
        check(marked, message)
    }

    @Test(arguments: [
        (
            "size(«1»input.meta.title) > 3",
            "'input.meta.title' may be null here; test it first, `input.meta.title != null && …`, or read `input.meta.?title.orValue(\"\")`"
        ),
        (
            "«1»page.text.contains(\"a\")",
            "'page' may be null here; test it first, `page != null && …`, or read `page.?text.orValue(…)`"
        ),
        (
            "«1»input.meta.title.contains(\"a\")",
            "'input.meta.title' may be null here; test it first, `input.meta.title != null && …`, or read `input.meta.?title.orValue(\"\")`"
        ),
        ("«1»urgent && true", "'urgent' may be null here; test it first, `urgent != null && …`"),
        (
            "page != null && size(«1»page.lang) > 1",
            "'page.lang' may be null here; test it first, `page.lang != null && …`, or read `page.?lang.orValue(\"\")`"
        ),
        (
            "«1»page.status > 3 || page == null",
            "'page' may be null here; test it first, `page != null && …`, or read `page.?status.orValue(…)`"
        ),
        (
            "facts.count > 1 ? «1»page.status : 0",
            "'page' may be null here; test it first, `page != null && …`, or read `page.?status.orValue(…)`"
        ),
    ])
    func `what may be null is told with the ways to rule it out`(marked: String, message: String) {
        check(marked, message)
    }

    @Test(arguments: [
        ("facts.count «1»= 3", "a single '=' compares nothing; write `==`"),
        ("facts.count > 1 «1»and urgent", "'and' cannot follow here; 'and' is written `&&`"),
        ("facts.count > 1 «1»& urgent", "a single '&' joins nothing; write `&&`"),
        ("input.title == «1»“A letter”", "texts stand between straight quotes, ' or \", not '“'"),
        ("input.title == «1»\"A letter", "this text has no closing \""),
        ("input.title == \"A «1»\\d\"", #"'\d' is no escape; a backslash itself is written `\\`, or the text as r"…""#),
        ("size«1»(input.title", "this '(' is never closed"),
        ("facts.people[0«1»", "the expression ends where the `]` of this index is expected"),
        ("«1»{{ input.title }}", "an expression stands here without `{{` and `}}`"),
        ("input.gr«1»öße", "names hold the letters a to z, digits and '_'; other fields are read as `input[\"ö…\"]`"),
        ("«1»for > 3", "'for' is a reserved word and cannot be a name"),
        ("facts.count > «1»3px", "'3px' is neither a number nor a name; a text needs quotes"),
        (
            "facts.count > «1»99999999999999999999",
            "99999999999999999999 is too large for an integer; write 99999999999999999999.0 for a number"
        ),
        ("urgent == true ? 1«1»", "the expression ends where the `:` of `condition ? this : that` is expected"),
        ("facts.count > 1«1») && true", "')' cannot follow here; nothing opens it"),
        ("«1»$input.title", "'$' has no meaning in an expression; write the name alone"),
        ("1 +«1»", "the expression ends where a value is expected"),
    ])
    func `a text that is no expression is told what to write`(marked: String, message: String) {
        check(marked, message)
    }

    @Test(arguments: [
        ("«1»input.score + input.bytes", "a number and an integer do not mix; write `double(input.bytes)`"),
        ("«1»input.bytes * 1.5", "an integer and a number do not mix; write `double(input.bytes)`"),
        ("«1»input.bytes == input.score", "an integer and a number do not mix; write `double(input.bytes)`"),
        ("«1»input.title + input.bytes", "`+` cannot take a string and an integer; write `string(input.bytes)`"),
        ("«1»input.title == 3", "a string is never equal to an integer; write `string(3)`"),
        ("«1»input.title < 3", "a string and an integer have no order; write `string(3)`"),
        ("«1»facts.people > facts.people", "a list of string has no order"),
        (
            "«1»input.title && true",
            "'input.title' is a string where a condition is needed; write `input.title != \"\"`"
        ),
        (
            "!«1»facts.people",
            "'facts.people' is a list of string where a condition is needed; write `size(facts.people) > 0`"
        ),
        ("-«1»input.title", "a string has no negative"),
        (
            "\"a\" in «1»input.title",
            "`in` looks into a list or a map, not a string; a part of a text is found with `text.contains(part)`"
        ),
        ("«1»3 in facts.people", "'facts.people' holds string, so an integer is never in it"),
        ("facts.count > 0 ? 1 : «1»\"no\"", "the two answers of `?:` are an integer and a string; make both one type"),
        (
            "facts.people[«1»\"a\"]",
            "'facts.people' is a list of string and has no field 'a'; read one item, `[0].a`, or all of them, `.map(x, x.a)`"
        ),
        ("facts.people[«1»1.5]", "the index of a list is an integer, not a number"),
    ])
    func `operands that do not go together are told apart`(marked: String, message: String) {
        check(marked, message)
    }

    @Test(arguments: [
        ("input.title.«1»startWith(\"a\")", "there is no function 'startWith'; did you mean 'startsWith'?"),
        ("input.title.«1»length()", "there is no function 'length'; the length is `size(x)`"),
        ("«1»contains(input.title, \"a\")", "'contains' is written `x.contains(…)`"),
        ("input.bytes.«1»string()", "'string' is written `string(x)`"),
        ("input.title.«1»substring()", "'substring' takes 1 or 2 arguments, not 0"),
        ("input.title.startsWith(«1»3)", "'startsWith' takes a string here, not an integer; write `string(3)`"),
        ("«1»input.bytes.trim()", "'trim' takes a string here, not an integer; write `string(input.bytes)`"),
        (
            "«1»[1, 2].join(\", \")",
            "'join' takes a list of string here, not a list of integer; make texts of the items, `.map(x, string(x))`"
        ),
        ("input.title.matches(«1»\"(a\")", "this is no pattern of RE2: missing ): (a"),
        ("duration(«1»\"3 days\")", "'3 days' is not a duration such as 1h30m, of at most 292 years"),
        (
            "timestamp(«1»\"2026-02-30T00:00:00Z\") < seen",
            "'2026-02-30T00:00:00Z' is not a timestamp such as 2026-03-01T12:30:00Z"
        ),
        ("\"%s: %d\".format(«1»[input.title])", "the text has 2 clauses, but the list has 1 values"),
        ("«1»has(input)", "`has` asks for one field: has(input.title)"),
        ("facts.people.all(«1»\"p\", true)", "the first argument of `all` is a name for each item: list.all(x, …)"),
        ("«1»input.bytes.map(x, x)", "`map` visits a list or a map, not an integer"),
        ("page.?text.orValue(«1»3)", "'orValue' takes a string here, not an integer; write `string(3)`"),
    ])
    func `a call that cannot be is shown how it can`(marked: String, message: String) {
        check(marked, message)
    }

    @Test func `all mistakes of an expression are reported in one pass`() {
        let mistakes = Workbench.mistakes(in: "input.titel == \"a\" && page.text != \"\" && facts.count + 1.5 > 2.0")
        #expect(mistakes.count == 3)
        #expect(mistakes.map { $0.prefix { $0 != ":" } } == ["7", "23", "42"])
    }

    @Test func `a mistake in a folded text points into the file`() {
        let text = LocatedText(
            "a\ninput.titel",
            span: SourceSpan(
                file: "recipe.yaml", start: SourcePosition(line: 5, column: 8), end: SourcePosition(line: 6, column: 20)
            ),
            anchors: [
                .init(offset: 0, position: SourcePosition(line: 5, column: 8)),
                .init(offset: 2, position: SourcePosition(line: 6, column: 8)),
            ])
        var problems = Problems()
        #expect(Expression.compile(text, in: Workbench.scope, problems: &problems) == nil)
        #expect(problems.all.map { $0.span?.start } == [SourcePosition(line: 6, column: 8)])
    }

    @Test func `an empty expression is missing`() {
        #expect(Workbench.mistakes(in: "  ") == ["1: an expression is missing here"])
        #expect(Workbench.mistakes(in: "// only a comment") == ["18: the expression ends where a value is expected"])
    }
}
