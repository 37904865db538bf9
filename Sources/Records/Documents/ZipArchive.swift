internal import CZlib

/// The list of what a ZIP file holds, as its directory says, and the content of small files in it.
///
/// Trusts nothing: every place is looked at before it is read, and nothing is unpacked beyond a bound.
struct ZipArchive: Sendable {
    struct Entry: Sendable {
        var name: String
        /// Unpacked, as the directory has it.
        var size: Int
        fileprivate var packedSize: Int
        fileprivate var method: Int
        fileprivate var offset: Int
    }

    let entries: [Entry]
    private let bytes: [UInt8]

    private static let mostEntries = 100_000

    /// Nil for what is no ZIP file.
    init?(_ bytes: [UInt8]) {
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
    func content(of name: String, limit: Int) -> [UInt8]? {
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
    var keepsItsWord: Bool { entries.allSatisfy { $0.method != 8 || unpacks($0) } }

    private func unpacks(_ entry: Entry) -> Bool {
        // What is damaged in another way, the converter says better.
        guard let packed = packed(entry) else { return true }
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else { return true }
        defer { inflateEnd(&stream) }
        var input = Array(packed)
        let inputCount = input.count
        var (total, result) = (0, Z_OK)
        input.withUnsafeMutableBufferPointer { input in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 16) { output in
                stream.next_in = input.baseAddress
                stream.avail_in = uInt(inputCount)
                while result == Z_OK, total <= entry.size {
                    stream.next_out = output.baseAddress
                    stream.avail_out = uInt(output.count)
                    result = zlib_inflate(&stream, Z_NO_FLUSH)
                    total += output.count - Int(stream.avail_out)
                }
            }
        }
        return total <= entry.size
    }

    private static func inflate(_ packed: ArraySlice<UInt8>, size: Int) -> [UInt8]? {
        var stream = z_stream()
        // No header of zlib's own: ZIP has its own.
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var input = Array(packed)
        var output = [UInt8](repeating: 0, count: size)
        let (inputCount, outputCount) = (input.count, output.count)
        let result = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = uInt(inputCount)
                stream.next_out = output.baseAddress
                stream.avail_out = uInt(outputCount)
                return zlib_inflate(&stream)
            }
        }
        guard result == Z_STREAM_END, stream.avail_out == 0 else { return nil }
        return output
    }
}

private func zlib_inflate(_ stream: inout z_stream, _ flush: CInt = Z_FINISH) -> CInt { inflate(&stream, flush) }

extension [UInt8] {
    /// A number of so many bytes, the lowest first; nil beyond the end.
    fileprivate func number(at place: Int, bytes count: Int) -> Int? {
        guard place >= 0, place + count <= self.count else { return nil }
        return (0..<count).reduce(0) { $0 | Int(self[place + $1]) << (8 * $1) }
    }
}
