internal import YAMLNodes

extension Form {
    /// What must stand there, as a message says it.
    var wanted: String {
        switch self {
        case .text: "a text"
        case .expression: "an expression"
        case .template: "a text"
        case .computed: "an expression, or a text with '{{ … }}'"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "a number from \(range.lowerBound.short) to \(range.upperBound.short)"
        case .amount: "an amount of money above 0, such as 5.00"
        case .boolean: "true or false"
        case .duration: "a time such as 500ms, 10s, 1m30s, 2h or 3d"
        case .share: "a share such as 30%, or a whole number"
        case .width: "a whole number from 1 up, or auto"
        case .choice(let names): names.map { "'\($0)'" }.joined(or: "or")
        case .answer: "a type"
        case .value: "a value"
        case .list: "a list"
        case .oneOrList(let item): "\(item.wanted), or a list"
        case .map: "a map"
        case .keys(let keys): "a map with \(keys.map { "'\($0.name)'" }.joined(or: "or"))"
        case .kinds(let kinds):
            "a map with \((kinds.discriminator.map { [$0] } ?? kinds.kinds.map(\.name)).map { "'\($0)'" }.joined(or: "or"))"
        case .anyOf(let forms): forms.map(\.wanted).joined(or: "or")
        case .later: "left out"
        }
    }

    /// Whether `null`, or nothing at all, can be meant.
    var takesNull: Bool {
        switch self {
        case .value, .later, .answer: true
        default: false
        }
    }

    /// Whether the shape of a node is the one this form wants.
    func fits(_ node: YAMLNode) -> Bool {
        switch self {
        case .list: node.items != nil
        case .map, .keys, .kinds: node.pairs != nil
        case .answer, .value, .later: true
        case .oneOrList(let item): node.items != nil || item.fits(node)
        case .anyOf(let forms): forms.contains { $0.fits(node) }
        default: node.scalar != nil
        }
    }

    /// Whether a text is wanted that YAML's notation can damage.
    var isWritten: Bool {
        switch self {
        case .text, .expression, .template, .computed: true
        default: false
        }
    }
}

extension [String] {
    /// `a, b or c`.
    func joined(or word: String) -> String {
        guard count > 1, let last else { return first ?? "" }
        return dropLast().joined(separator: ", ") + " \(word) \(last)"
    }
}

extension Double {
    /// Without the `.0` of a whole number.
    fileprivate var short: String {
        self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)"
    }
}
