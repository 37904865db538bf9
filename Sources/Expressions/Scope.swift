import Diagnostics
public import Values

/// The names that an expression may read at one place of a recipe, and what is known of them there.
public struct Scope: Sendable {
    /// A name and where its value is found.
    struct Declaration: Sendable {
        var name: String
        var type: ValueType
        var slot: Int
        var missing: String?
    }

    private(set) var declarations: [Declaration] = []
    /// Names that exist but may not be read here, with what is said to whoever tries.
    private(set) var hidden: [(name: String, message: String)] = []
    /// What is known not to be null at this place.
    private(set) var facts = Facts()
    /// Names that stand elsewhere in the recipe, with what is said to whoever looks for them here. They are free otherwise.
    private(set) var elsewhere: [(name: String, message: String)] = []
    /// Whether a value is wanted here rather than true or false, so that a test alone would be no mend.
    public var isOfValues = false
    /// CEL's container: names are tried with this prefix first. Recipes have none.
    var container = ""

    public init() {}

    /// Makes a name readable. The order is the order of suggestions; a name declared again has the later meaning.
    ///
    /// - Parameter missing: for a value that is null only where something is not as it should be: when that is, and what fails
    ///   then, as words behind the name. Reading it untested is a warning with these words instead of an error.
    public mutating func declare(_ name: String, _ type: ValueType, slot: Int, missing: String? = nil) {
        declarations.removeAll { $0.name == name }
        hidden.removeAll { $0.name == name }
        let type = missing != nil ? type.orNull : type
        declarations.append(Declaration(name: name, type: type, slot: slot, missing: missing))
    }

    /// Takes a name that exists but may not be read here; the message is the error that reading it gets.
    public mutating func hide(_ name: String, because message: String) {
        declarations.removeAll { $0.name == name }
        hidden.removeAll { $0.name == name }
        hidden.append((name, message))
    }

    /// Takes a name that is not known here but is in another part of the recipe; the message is the error that reading it
    /// gets.
    public mutating func explain(_ name: String, as message: String) {
        elsewhere.removeAll { $0.name == name }
        elsewhere.append((name, message))
    }

    /// The same names where a condition is known to be true: what it rules out to be null can be read there.
    public func assuming(_ condition: Expression) -> Scope {
        var scope = self
        scope.facts = facts.union(condition.whenTrue)
        return scope
    }

    /// What reading a name untested is warned of that is null only where something is not as it should be; nil for others.
    func warning(ofNull name: String) -> String? {
        guard let missing = self[name]?.missing else { return nil }
        return "'\(name)' \(missing) fails here; to go on with it, test it: `\(name) != null`"
    }

    /// Where the value of a readable name is found.
    public func slot(of name: String) -> Int? { self[name]?.slot }

    /// A slot that none of the names has.
    public var freeSlot: Int { (declarations.map(\.slot).max() ?? -1) + 1 }

    /// In the order of declaration.
    public var names: [String] { declarations.map(\.name) }

    /// The same names with every null ruled out: where it is not known what a broken condition would have ruled out.
    public var withoutNull: Scope {
        var scope = self
        scope.declarations = declarations.map {
            Declaration(name: $0.name, type: $0.type.withoutInnerNull, slot: $0.slot)
        }
        return scope
    }

    /// Whether a name with dots can be more than a field of a field.
    var hasQualifiedNames: Bool { !container.isEmpty || declarations.contains { $0.name.utf8.contains(0x2E) } }

    subscript(name: String) -> Declaration? { declarations.first { $0.name.hasSameBytes(as: name) } }

    /// What reading a name that exists but may not be read here is told; nil for every other name.
    public func reasonHidden(_ name: String) -> String? { hidden.first { $0.name.hasSameBytes(as: name) }?.message }
}

extension ValueType {
    /// Without null, in its fields as well.
    fileprivate var withoutInnerNull: ValueType {
        guard case .object(let object) = withoutNull else { return withoutNull }
        return .object(ObjectType(object.fields.map { ObjectType.Field($0.name, $0.type.withoutInnerNull) }))
    }
}
