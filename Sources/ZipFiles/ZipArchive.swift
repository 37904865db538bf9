internal import CZlib

/// The list of what a ZIP file holds, as its directory says, and the content of small files in it.
///
/// Trusts nothing: every place is looked at before it is read, and nothing is unpacked beyond a bound.
package struct ZipArchive: Sendable {
    package struct Entry: Sendable {
        package var name: String
        /// Unpacked, as the directory has it.
        package var size: Int
        fileprivate var packedSize: Int
        fileprivate var method: Int
        fileprivate var offset: Int
    }

    package let entries: [Entry]
    private let bytes: [UInt8]

    private static let mostEntries = 100_000

    /// Nil for what is no ZIP file.
    package init?(_ bytes: [UInt8]) {
        self.bytes = bytes
        guard let end = Self.directoryEnd(in: bytes) else { return nil }
        let count = bytes.number(at: end + 10, bytes: 2) ?? 0
        var place = bytes.number(at: end + 16, bytes: 4) ?? 0
        var entries: [Entry] = []
        while entries.count < min(count, Self.mostEntries), bytes.number(at: place, bytes: 4) == 0x0201_4B50 {
            guard let length = bytes.number(at: place + 28, bytes: 2),
                let extra = bytes.number(at: place + 30, bytes: 2),
                let comment = bytes.number(at: place + 32, bytes: 2), place + 46 + length <= bytes.count,
                let method = bytes.number(at: place + 10, bytes: 2),
                let packed = bytes.number(at: place + 20, bytes: 4),
                let size = bytes.number(at: place + 24, bytes: 4), let offset = bytes.number(at: place + 42, bytes: 4)
            else { return nil }
            let name = String(decoding: bytes[place + 46..<place + 46 + length], as: UTF8.self)
            entries.append(Entry(name: name, size: size, packedSize: packed, method: method, offset: offset))
            place += 46 + length + extra + comment
        }
        guard !entries.isEmpty, entries.count == count else { return nil }
        self.entries = entries
    }

    /// The record at the end of the file, behind which there may be a comment.
    private static func directoryEnd(in bytes: [UInt8]) -> Int? {
        let first = max(0, bytes.count - 22 - 65_535)
        var place = bytes.count - 22
        while place >= first {
            if bytes[place] == 0x50, bytes.number(at: place, bytes: 4) == 0x0605_4B50 { return place }
            place -= 1
        }
        return nil
    }

    /// A file of the archive, unpacked; nil where there is none, or it is broken or longer than the limit.
    package func content(of name: String, limit: Int) -> [UInt8]? {
        guard let entry = entries.first(where: { $0.name == name }), entry.size <= limit, entry.packedSize <= limit,
            let packed = packed(entry)
        else { return nil }
        return switch entry.method {
        case 0: Array(packed)
        case 8: Self.inflate(packed, size: entry.size)
        default: nil
        }
    }

    /// Its bytes as they stand in the archive; nil where they do not.
    private func packed(_ entry: Entry) -> ArraySlice<UInt8>? {
        guard bytes.number(at: entry.offset, bytes: 4) == 0x0403_4B50,
            let length = bytes.number(at: entry.offset + 26, bytes: 2),
            let extra = bytes.number(at: entry.offset + 28, bytes: 2)
        else { return nil }
        let start = entry.offset + 30 + length + extra
        guard start + entry.packedSize <= bytes.count else { return nil }
        return bytes[start..<start + entry.packedSize]
    }

    /// Whether every file of the archive unpacks to no more than the directory says: one that does not is made to fill
    /// the machine of whoever trusts it. Holds nothing of what it unpacks.
    package var keepsItsWord: Bool { entries.allSatisfy { $0.method != 8 || unpacks($0) } }

    private func unpacks(_ entry: Entry) -> Bool {
        // What is damaged in another way, the converter says better.
        guard let packed = packed(entry) else { return true }
        var stream = unsafe z_stream()
        guard unsafe begin(&stream) else { return true }
        defer { unsafe inflateEnd(&stream) }
        var input = Array(packed)
        let inputCount = input.count
        var (total, result) = (0, Z_OK)
        unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 16) { output in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = uInt(inputCount)
                while result == Z_OK, total <= entry.size {
                    unsafe stream.next_out = output.baseAddress
                    unsafe stream.avail_out = uInt(output.count)
                    result = unsafe zlib_inflate(&stream, Z_NO_FLUSH)
                    total += unsafe output.count - Int(stream.avail_out)
                }
            }
        }
        return total <= entry.size
    }

    private static func inflate(_ packed: ArraySlice<UInt8>, size: Int) -> [UInt8]? {
        var stream = unsafe z_stream()
        guard unsafe begin(&stream) else { return nil }
        defer { unsafe inflateEnd(&stream) }
        var input = Array(packed)
        var output = [UInt8](repeating: 0, count: size)
        let (inputCount, outputCount) = (input.count, output.count)
        let result = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = uInt(inputCount)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = uInt(outputCount)
                return unsafe zlib_inflate(&stream, Z_FINISH)
            }
        }
        guard result == Z_STREAM_END, unsafe stream.avail_out == 0 else { return nil }
        return output
    }
}

/// No header of zlib's own: ZIP has its own.
private func begin(_ stream: inout z_stream) -> Bool {
    unsafe inflateInit2_(&stream, -15, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
}

private func zlib_inflate(_ stream: inout z_stream, _ flush: CInt) -> CInt { unsafe inflate(&stream, flush) }

extension [UInt8] {
    /// A number of so many bytes, the lowest first; nil beyond the end.
    fileprivate func number(at place: Int, bytes count: Int) -> Int? {
        guard place >= 0, place + count <= self.count else { return nil }
        return (0..<count).reduce(0) { $0 | Int(self[place + $1]) << (8 * $1) }
    }
}
