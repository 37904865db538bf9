internal import CZlib

/// A ZIP file of files that are kept as they are.
///
/// - Parameter size: what its directory says that each unpacks to; nil for the truth.
public func smallZip(_ files: [(name: String, text: String)], size: Int? = nil) -> [UInt8] {
    smallZip(files.map { (name: $0.name, bytes: Array($0.text.utf8)) }, method: 0, size: size)
}

/// A ZIP file of one file of so many blanks, packed as ZIP files mostly are.
public func packedZip(_ name: String, of count: Int, says size: Int) -> [UInt8] {
    let blanks = [UInt8](repeating: 0x20, count: count)
    var packed = [UInt8](repeating: 0, count: Int(compressBound(uLong(count))))
    var length = uLongf(packed.count)
    compress2(&packed, &length, blanks, uLong(count), Z_BEST_COMPRESSION)
    // Without zlib's own two bytes at the start and four at the end.
    return smallZip([(name: name, bytes: Array(packed[2..<Int(length) - 4]))], method: 8, size: size)
}

private func smallZip(_ files: [(name: String, bytes: [UInt8])], method: Int, size: Int?) -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, bytes) in files {
        let checksum = Int(crc32(0, bytes, uInt(bytes.count)))
        let common =
            number(20, 2) + number(0, 2) + number(method, 2) + number(0, 4) + number(checksum, 4)
            + number(bytes.count, 4) + number(size ?? bytes.count, 4) + number(name.utf8.count, 2) + number(0, 2)
        directory += number(0x0201_4B50, 4) + number(20, 2) + common + number(0, 2) + number(0, 2) + number(0, 2)
        directory += number(0, 4) + number(file.count, 4) + Array(name.utf8)
        file += number(0x0403_4B50, 4) + common + Array(name.utf8) + bytes
    }
    let start = file.count
    file += directory + number(0x0605_4B50, 4) + number(0, 4) + number(files.count, 2) + number(files.count, 2)
    return file + number(directory.count, 4) + number(start, 4) + number(0, 2)
}

private func number(_ value: Int, _ bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
