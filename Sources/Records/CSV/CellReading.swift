internal import Schemas
internal import Values

/// How the cells of one column become values: the common types straight from the bytes, all others by way of their text.
///
/// The short ways take only what ``AnswerType/value(fromCell:)`` takes too, and leave every doubt to it.
enum CellReading: Sendable {
    case text
    case whole(AnswerType)
    case number(AnswerType)
    case truth(AnswerType)
    /// Null where the cell is empty.
    indirect case optional(CellReading)
    case other(AnswerType)

    init(_ type: AnswerType) {
        self =
            switch type {
            case .string(maxLength: nil): .text
            case .integer: .whole(type)
            case .number: .number(type)
            case .boolean: .truth(type)
            case .nullable(let inner): .optional(CellReading(inner))
            default: .other(type)
            }
    }

    /// - Parameter cell: valid UTF-8.
    @inline(__always)
    func value(of cell: UnsafeRawBufferPointer) -> Result<Value, CellError> {
        if case .optional(let inner) = self { return cell.isEmpty ? .success(.null) : inner.plainValue(of: cell) }
        return plainValue(of: cell)
    }

    @inline(__always)
    private func plainValue(of cell: UnsafeRawBufferPointer) -> Result<Value, CellError> {
        switch self {
        case .text: return .success(.string(String(decoding: cell, as: UTF8.self)))
        case .whole(let type):
            if let number = shortWhole(cell) { return .success(.int(number)) }
            return type.value(fromCell: String(decoding: cell, as: UTF8.self))
        case .number(let type):
            if let number = shortDecimal(cell) { return .success(.double(number)) }
            return type.value(fromCell: String(decoding: cell, as: UTF8.self))
        case .truth(let type):
            if cell.elementsEqual("true".utf8) { return .success(.bool(true)) }
            if cell.elementsEqual("false".utf8) { return .success(.bool(false)) }
            return type.value(fromCell: String(decoding: cell, as: UTF8.self))
        case .optional(let inner): return inner.value(of: cell)
        case .other(let type): return type.value(fromCell: String(decoding: cell, as: UTF8.self))
        }
    }
}

/// Up to 18 digits, a minus before them or not; nil for everything else.
private func shortWhole(_ cell: UnsafeRawBufferPointer) -> Int64? {
    guard let first = cell.first else { return nil }
    let start = first == UInt8(ascii: "-") ? 1 : 0
    guard cell.count > start, cell.count - start <= 18 else { return nil }
    var number: Int64 = 0
    for place in start..<cell.count {
        let digit = cell[place] &- UInt8(ascii: "0")
        guard digit < 10 else { return nil }
        number = number &* 10 &+ Int64(digit)
    }
    return start == 1 ? -number : number
}

/// Up to 15 digits with a point among them: both the digits and the power of ten are exact doubles, so one division
/// rounds as it must. Nil for everything else.
private func shortDecimal(_ cell: UnsafeRawBufferPointer) -> Double? {
    guard let first = cell.first else { return nil }
    let start = first == UInt8(ascii: "-") ? 1 : 0
    guard cell.count > start, cell.count - start <= 16 else { return nil }
    var digits: Int64 = 0
    var count = 0
    var decimals: Int?
    for place in start..<cell.count {
        let byte = cell[place]
        if byte == UInt8(ascii: "."), decimals == nil {
            decimals = 0
            continue
        }
        let digit = byte &- UInt8(ascii: "0")
        guard digit < 10 else { return nil }
        digits = digits &* 10 &+ Int64(digit)
        count += 1
        if let seen = decimals { decimals = seen + 1 }
    }
    // A number has digits on both sides of its point here; what else might pass is not for the short way to say.
    guard count > 0, count <= 15, decimals != 0, decimals != count else { return nil }
    let magnitude = Double(digits) / powersOfTen[decimals ?? 0]
    return start == 1 ? -magnitude : magnitude
}

private let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
]
