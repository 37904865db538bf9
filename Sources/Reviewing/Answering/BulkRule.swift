internal import Diagnostics
package import Digests
internal import Expressions
package import Journaling
package import Values

/// A condition in CEL by which many reviews are approved at once.
///
/// It reads what the person would see, by the recipe's names: `input`, `record.id`, every earlier step that is shown.
package struct BulkRule: Sendable {
    package var text: String
    private let expression: Expression
    private let names: [String]
    /// The fields that it reads, as far as they are known from its text.
    let fields: [FieldPath]

    /// Why a rule cannot be used, with the places in it.
    package struct Unusable: Error, Hashable, Sendable {
        package var message: String
    }

    /// - Parameter names: everything that a record of the queue shows, by its first name.
    package init(_ text: String, names: [String]) throws(Unusable) {
        var scope = Scope()
        let names = ["input", "record"] + names.filter { $0 != "input" && $0 != "record" }
        for (slot, name) in names.enumerated() { scope.declare(name, .any, slot: slot) }
        let start = SourcePosition(line: 1, column: 1)
        let located = LocatedText(text, span: SourceSpan(file: "rule", start: start, end: start))
        var problems = Problems()
        let compiled = Expression.compile(located, in: scope, problems: &problems)
        guard let compiled, !problems.hasErrors else {
            let errors = problems.sorted.filter { $0.severity == .error }.map { problem in
                problem.span.map { "column \($0.start.column): \(problem.message)" } ?? problem.message
            }
            throw Unusable(message: errors.joined(separator: "; "))
        }
        guard compiled.type == .bool || compiled.type == .any else {
            throw Unusable(message: "a rule is true or false, and this is \(compiled.type)")
        }
        self.text = text
        self.names = names
        expression = compiled
        fields = compiled.reads.map { FieldPath(names: [names[$0.slot]] + $0.names) }
    }

    /// Whether it is true of a record.
    ///
    /// - Returns: why it cannot be said, such as a field that this record does not have.
    package func judge(_ subject: BulkSubject) -> Result<Bool, Unusable> {
        var slots = Slots(count: names.count)
        for (slot, name) in names.enumerated() { slots[slot] = subject.values[name] ?? .null }
        do throws(EvaluationError) {
            return .success(try expression.isTrue(slots))
        } catch {
            return .failure(Unusable(message: error.message))
        }
    }
}

/// What a rule reads of one record.
package struct BulkSubject: Sendable {
    /// By first names.
    package private(set) var values = ValueMap()

    package init(_ wait: Wait, input: Value) {
        values.set("input", to: input)
        values.set("record", to: ["id": .string(wait.record)])
        for shown in wait.shown { take(shown.name, shown.value) }
        for field in wait.fields { take(field.name, field.value) }
    }

    package var names: [String] { Self.names(of: values) }

    private static func names(of map: ValueMap) -> [String] { map.keys.compactMap(\.text) }

    /// How many names of a path are there, and the names beside the first that is not.
    func reach(of path: FieldPath) -> (count: Int, beside: [String]) {
        var map = values
        for (count, name) in path.names.enumerated() {
            guard let value = map[name] else { return (count, Self.names(of: map)) }
            guard let inner = value.map else { return (count + 1, []) }
            map = inner
        }
        return (path.names.count, [])
    }

    /// A value that is shown under a name with dots stands in the maps that the name goes through; anything else that is
    /// shown, such as a sum, has no name to be read by.
    private mutating func take(_ name: String, _ value: Value) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let first = parts.first, parts.allSatisfy(Self.isIdentifier) else { return }
        let whole = (values[first] ?? .null).replacing(parts.dropFirst(), with: value)
        values.set(first, to: whole)
    }

    private static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
        }
    }
}

/// The records that a rule is true of, as a person is shown them before they are approved.
package struct BulkMatches: Hashable, Sendable {
    package var rule: String
    package var items: [QueueItem]
    /// Records that the rule cannot judge; they are not approved.
    package var unjudged: [Unjudged]
    /// How many the rule is false of.
    package var others: Int

    package struct Unjudged: Hashable, Sendable {
        package var record: String
        package var message: String
    }

    /// Of the rule and all that would be approved: an approval names it, so that what was shown is what is approved.
    package var seen: SHA256Digest {
        var hash = SHA256Stream()
        hash.addPart(rule.utf8)
        for item in items {
            hash.addPart(String(item.number).utf8)
            hash.addPart(item.seen.bytes)
        }
        return hash.digest
    }
}
