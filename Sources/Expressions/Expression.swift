public import Diagnostics
public import Values

/// A CEL expression, checked against the types of its names and ready to be evaluated for any number of records.
public struct Expression: Sendable {
    // One reference: expressions are copied wherever a plan is, and looked into once for each record.
    private let compiled: Compiled

    public var source: LocatedText { compiled.source }
    public var type: ValueType { compiled.type }
    /// Everything it reads outside the variables of its macros, each once, in the order of the text.
    public var reads: [ReadPath] { compiled.reads }
    /// What cannot be null once this is true.
    var whenTrue: Facts { compiled.whenTrue }

    /// Reads and checks an expression. Reports every mistake it can find at its place and returns nil then.
    public static func compile(_ text: LocatedText, in scope: Scope, problems: inout Problems) -> Expression? {
        compile(text, in: scope, options: Compiler.Options(), problems: &problems)
    }

    static func compile(
        _ text: LocatedText, in scope: Scope, options: Compiler.Options, problems: inout Problems
    ) -> Expression? {
        guard text.text.utf8.count <= Parser.lengthBound else {
            problems.error("an expression has at most \(Parser.lengthBound) bytes", at: text.span)
            return nil
        }
        do throws(SyntaxError) {
            let syntax = try Parser.parse(text.text)
            return Expression(syntax, of: text, in: scope, options: options, problems: &problems)
        } catch {
            let isEmpty = text.text.withoutOuterSpace.isEmpty
            let message = isEmpty ? "an expression is missing here" : error.message
            problems.error(message, at: isEmpty ? text.span : text.span(of: error.range))
            return nil
        }
    }

    /// Checks what was read already; `text` is where it stands.
    init?(
        _ syntax: Syntax, of text: LocatedText, in scope: Scope, options: Compiler.Options = .init(),
        problems: inout Problems
    ) {
        var compiler = Compiler(scope: scope, source: text, options: options)
        let part = compiler.compile(syntax, knowing: scope.facts)
        for problem in compiler.problems + compiler.warnings { problems.add(problem) }
        guard compiler.problems.isEmpty else { return nil }
        compiled = Compiled(text, syntax.range, part, reads: compiler.reads, localCount: compiler.localCount)
    }

    public func evaluate(_ slots: borrowing Slots) throws(EvaluationError) -> Value {
        try evaluate(slots) { root, frame throws(Fault) in try root.value(&frame) }
    }

    /// The value of a condition. An expression whose value turns out to be no boolean is an error.
    public func isTrue(_ slots: borrowing Slots) throws(EvaluationError) -> Bool {
        try evaluate(slots) { root, frame throws(Fault) in try root.bool(&frame) }
    }

    /// Adds the value to a text, as ``Template`` writes it.
    func append(to text: inout String, _ slots: borrowing Slots) throws(EvaluationError) {
        try evaluate(slots) { root, frame throws(Fault) in
            if compiled.isText {
                text += try root.string(&frame)
            } else {
                text += try Template.text(of: try root.value(&frame))
            }
        }
    }

    @inline(__always)
    private func evaluate<Result>(
        _ slots: borrowing Slots, _ body: (any Node, inout Frame) throws(Fault) -> Result
    ) throws(EvaluationError) -> Result {
        do throws(Fault) {
            return try Frame.evaluating(slots, localCount: compiled.localCount) { frame throws(Fault) in
                try body(compiled.root, &frame)
            }
        } catch {
            throw compiled.located(error)
        }
    }

    private final class Compiled: Sendable {
        let source: LocatedText
        /// Where it stands in the text, which may be a template with others.
        let range: Range<Int>
        let type: ValueType
        let isText: Bool
        let reads: [ReadPath]
        let whenTrue: Facts
        let root: any Node
        let localCount: Int

        init(_ source: LocatedText, _ range: Range<Int>, _ part: Part, reads: [ReadPath], localCount: Int) {
            self.source = source
            self.range = range
            type = part.type.settled
            isText = part.type == .string
            self.reads = reads
            whenTrue = part.whenTrue
            root = part.node
            self.localCount = localCount
        }

        func located(_ fault: Fault) -> EvaluationError {
            EvaluationError(fault.message, at: source.span(of: fault.range ?? range))
        }
    }
}

extension Expression {
    /// Whether a text is nothing but a name that is known here, fields included: `draft.subject`. A text like that was
    /// most likely meant to be read.
    public static func isPlainName(_ text: String, in scope: Scope) -> Bool {
        do throws(SyntaxError) {
            guard text.utf8.count <= 1000 else { return false }
            let syntax = try Parser.parse(text)
            guard let (names, isRooted) = syntax.dottedName, !isRooted else { return false }
            if scope.reasonHidden(names[0]) != nil { return true }
            guard scope[names[0]] != nil else { return false }
            // Null in between is no reason to take it for a plain text.
            var problems = Problems()
            let known = scope.withoutNull
            return Expression(syntax, of: LocatedText(plain: text), in: known, problems: &problems) != nil
        } catch {
            return false
        }
    }
}

extension LocatedText {
    /// A text that stands in no file.
    fileprivate init(plain text: String) {
        let start = SourcePosition(line: 1, column: 1)
        self.init(text, span: SourceSpan(file: "", start: start, end: start))
    }
}
