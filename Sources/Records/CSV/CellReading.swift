internal import Schemas
internal import Values

/// How the cells of one column become values: the common types straight from the bytes, all others by way of their text.
///
/// The short ways take only what ``AnswerType/value(fromCell:)`` takes too, and leave every doubt to it. Plain bits, so
/// that a column costs no reference counting a cell.
struct CellReading: Sendable {
    enum Kind: UInt8 { case text, whole, number, truth, date, other }

    let kind: Kind
    /// Whether an empty cell is null.
    let isOptional: Bool

    init(_ type: AnswerType) {
        isOptional = type.allowsNull
        kind =
            switch type.withoutNull {
            case .string(maxLength: nil): .text
            case .integer: .whole
            case .number: .number
            case .boolean: .truth
            case .date: .date
            default: .other
            }
    }

    /// The value of a cell in valid UTF-8, or nil where the column's type has to say what it is.
    @inline(__always)
    func value(of cell: UnsafeRawBufferPointer) -> Value? {
        if isOptional, cell.isEmpty { return .null }
        switch kind {
        case .text: return .string(String(decoding: cell, as: UTF8.self))
        case .whole: return shortWhole(cell).map(Value.int)
        case .number: return shortDecimal(cell).map(Value.double)
        case .truth: return shortTruth(cell).map(Value.bool)
        case .date: return isSurelyDate(cell) ? .string(String(decoding: cell, as: UTF8.self)) : nil
        case .other: return nil
        }
    }
}

/// `true` and `false`; nil for everything else.
private func shortTruth(_ cell: UnsafeRawBufferPointer) -> Bool? {
    let isTrue = cell.count == 4 && cell.loadUnaligned(as: UInt32.self).littleEndian == 0x6575_7274
    if isTrue { return true }
    let isFalse =
        cell.count == 5 && cell[0] == UInt8(ascii: "f")
        && cell.loadUnaligned(fromByteOffset: 1, as: UInt32.self).littleEndian == 0x6573_6C61
    return isFalse ? false : nil
}

/// Whether this is `YYYY-MM-DD` of a day that every month has; the last days of months are left to the calendar.
private func isSurelyDate(_ cell: UnsafeRawBufferPointer) -> Bool {
    guard cell.count == 10, cell[4] == UInt8(ascii: "-"), cell[7] == UInt8(ascii: "-") else { return false }
    func digit(_ place: Int) -> UInt8 { cell[place] &- UInt8(ascii: "0") }
    guard digit(0) < 10, digit(1) < 10, digit(2) < 10, digit(3) < 10, digit(5) < 2, digit(6) < 10, digit(8) < 3,
        digit(9) < 10, digit(0) | digit(1) | digit(2) | digit(3) != 0
    else { return false }
    let (month, day) = (digit(5) * 10 + digit(6), digit(8) * 10 + digit(9))
    return (1...12).contains(month) && (1...28).contains(day)
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
