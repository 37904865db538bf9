import Values

extension Function {
    private static let t = ValueType.parameter("T")

    static let optionals: [Function] = [
        .global("optional.of", [([t], .optional(t))], .one { value, _ in .optional(value) }),
        .global("optional.none", [([], .optional(t))], .many { _, _ in .optional(nil) }),
        .global(
            "optional.ofNonZeroValue", [([t], .optional(t))],
            .one { value, _ in .optional(value.isZero ? Value?.none : value) }),
        .method(
            "hasValue", [([.optional(t)], .bool)],
            .one { value, _ throws(Fault) in
                guard case .optional(let inner) = value else { throw unsupported("hasValue", value) }
                return .bool(inner != nil)
            }),
        .method(
            "value", [([.optional(t)], t)],
            .one { value, _ throws(Fault) in
                guard case .optional(let inner) = value else { throw unsupported("value", value) }
                guard let inner else { throw Fault("this optional has no value; `orValue` gives another instead") }
                return inner
            }),
        .method(
            "or", [([.optional(t), .optional(t)], .optional(t))],
            .two { one, other, _ throws(Fault) in
                guard case .optional(let inner) = one, case .optional = other else {
                    throw unsupported("or", one, other)
                }
                return inner == nil ? other : one
            }),
        .method(
            "orValue", [([.optional(t), t], t)],
            .two { one, other, _ throws(Fault) in
                guard case .optional(let inner) = one else { throw unsupported("orValue", one, other) }
                return inner ?? other
            }),
    ]
}

extension Value {
    /// The value that a type begins with: 0, "", an empty list or map, null, none.
    fileprivate var isZero: Bool {
        switch self {
        case .null: true
        case .bool(let truth): !truth
        case .int(let number): number == 0
        case .uint(let number): number == 0
        case .double(let number): number == 0
        case .string(let text): text.isEmpty
        case .bytes(let bytes): bytes.isEmpty
        case .list(let items): items.isEmpty
        case .map(let map): map.isEmpty
        case .timestamp(let moment): moment == Timestamp(seconds: 0)
        case .duration(let length): length == Duration(seconds: 0)
        case .optional(let inner): inner == nil
        case .type: false
        }
    }
}
