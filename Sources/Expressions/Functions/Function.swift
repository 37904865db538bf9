import Values

/// A function of the language: how it is called, what it takes and gives, what it does.
struct Function: Sendable {
    struct Signature: Sendable {
        /// The receiver of a method comes first.
        var parameters: [ValueType]
        var result: ValueType
    }

    let name: String
    /// Called as `receiver.name(…)`, not `name(…)`.
    let isMethod: Bool
    /// All of one length. What they cannot tell apart before the run, the implementation tells apart by the values.
    let signatures: [Signature]
    let implementation: Implementation

    var arity: Int { signatures[0].parameters.count }

    static func method(
        _ name: String, _ signatures: [(parameters: [ValueType], result: ValueType)], _ implementation: Implementation
    ) -> Function {
        Function(
            name: name, isMethod: true,
            signatures: signatures.map { Signature(parameters: $0.parameters, result: $0.result) },
            implementation: implementation)
    }

    static func global(
        _ name: String, _ signatures: [(parameters: [ValueType], result: ValueType)], _ implementation: Implementation
    ) -> Function {
        Function(
            name: name, isMethod: false,
            signatures: signatures.map { Signature(parameters: $0.parameters, result: $0.result) },
            implementation: implementation)
    }

    /// Everything that can be called by this name, in either way.
    static func named(_ name: String) -> [Function] { byName[name] ?? [] }

    static let names: [String] = all.map(\.name) + macroNames

    /// What the compiler takes apart itself.
    static let macroNames = [
        "has", "all", "exists", "exists_one", "existsOne", "map", "filter", "transformList", "transformMap",
        "transformMapEntry", "optMap", "optFlatMap", "cel.bind",
    ]

    private static let all = conversions + sizes + searches + texts + words + times + optionals
    private static let byName = Dictionary(grouping: all, by: \.name)
}

/// What an implementation throws when it is given what it does not take.
func unsupported(_ name: String, _ operands: Value...) -> Fault {
    let kinds = operands.map(\.kindInWords)
    let list =
        kinds.count < 2 ? kinds.joined() : kinds.dropLast().joined(separator: ", ") + " and " + kinds[kinds.count - 1]
    return Fault("'\(name)' cannot take \(list)")
}
