// ASCII bytes compared with characters as they are written in the source.

func ~= (scalar: Unicode.Scalar, byte: UInt8) -> Bool { scalar.value == UInt32(byte) }

func ~= (scalars: ClosedRange<Unicode.Scalar>, byte: UInt8) -> Bool {
    (scalars.lowerBound.value...scalars.upperBound.value).contains(UInt32(byte))
}

func == (byte: UInt8?, scalar: Unicode.Scalar) -> Bool { byte.map { UInt32($0) == scalar.value } ?? false }
func != (byte: UInt8?, scalar: Unicode.Scalar) -> Bool { !(byte == scalar) }

extension UInt8 {
    var isDigit: Bool { self &- 0x30 < 10 }
    var isLetter: Bool { lowercased &- 0x61 < 26 }
    var isHexDigit: Bool { isDigit || "a"..."f" ~= lowercased }
    var isNamePart: Bool { isLetter || isDigit || self == "_" }
    /// The small letter of an ASCII capital; anything else as it is.
    var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
    /// The capital of a small ASCII letter; anything else as it is.
    var uppercased: UInt8 { self &- 0x61 < 26 ? self & ~0x20 : self }
}
