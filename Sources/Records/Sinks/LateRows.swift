/// Rows that finished out of order, kept until the end without holding them in memory.
///
/// They gather up to a few megabytes, are sorted by ordinal and appended to a file as one segment; in the end all
/// segments are merged, at most ``fanIn`` at a time. A run with few of them never touches the disk. The file has no name
/// once it is open, so that nothing is left of it when the process dies.
final class LateRows {
    /// Where a row belongs: behind the first `offset` bytes of a chunk's rows, and among others there by ordinal.
    struct Place {
        var ordinal: Int
        var chunk: Int
        var offset: Int
    }

    static let fanIn = 64

    private let path: String
    private let gatherLimit: Int
    private var bytes: [UInt8] = []
    private var gathered: [(place: Place, range: Range<Int>)] = []
    private var file: File?
    private var fileEnd: Int64 = 0
    private var segments: [LateSegment] = []
    private(set) var count = 0

    /// - Parameter path: where the file is made once memory is not enough.
    init(path: String, gatherLimit: Int) {
        self.path = path
        self.gatherLimit = gatherLimit
    }

    var isEmpty: Bool { count == 0 }

    func add(_ row: [UInt8], at place: Place) throws(FileError) {
        gathered.append((place, bytes.count..<bytes.count + row.count))
        bytes.append(contentsOf: row)
        count += 1
        if bytes.count + gathered.count * 48 >= gatherLimit { try spill() }
    }

    /// Hands over every row in order of ordinals; the rows stay.
    func forEach(
        _ body: (Place, UnsafeRawBufferPointer) throws(FileError) -> Void
    ) throws(FileError) {
        while segments.count >= LateRows.fanIn { try mergeSegments() }
        var cursors = segments.map { LateCursor($0, of: file) }
        cursors.append(LateCursor(holding: sortedSegment()))
        try merge(cursors, body)
    }

    private func spill() throws(FileError) {
        let segment = sortedSegment()
        let file = if let open = self.file { open } else { try makeFile() }
        self.file = file
        try segment.withBytes { bytes throws(FileError) in try file.write(bytes, at: fileEnd) }
        segments.append(LateSegment(start: fileEnd, end: fileEnd + Int64(segment.count)))
        fileEnd += Int64(segment.count)
        gathered.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    private func makeFile() throws(FileError) -> File {
        let file = try File.writing(path, emptied: true)
        try Paths.remove(path)
        return file
    }

    private func sortedSegment() -> [UInt8] {
        var segment: [UInt8] = []
        segment.reserveCapacity(bytes.count + gathered.count * LateEntry.headSize)
        for entry in gathered.sorted(by: { $0.place.ordinal < $1.place.ordinal }) {
            LateEntry.append(entry.place, bytes[entry.range], to: &segment)
        }
        return segment
    }

    /// Makes one segment of each group of them, in a new file.
    private func mergeSegments() throws(FileError) {
        let next = try makeFile()
        var merged: [LateSegment] = []
        var writer = FileWriter(next, at: 0)
        for start in stride(from: 0, to: segments.count, by: LateRows.fanIn) {
            let begin = writer.offset
            let group = segments[start..<min(start + LateRows.fanIn, segments.count)]
            try merge(group.map { LateCursor($0, of: file) }) { place, row throws(FileError) in
                var entry: [UInt8] = []
                LateEntry.append(place, row, to: &entry)
                try writer.write(entry)
            }
            merged.append(LateSegment(start: begin, end: writer.offset))
        }
        try writer.flush()
        file = next
        fileEnd = writer.offset
        segments = merged
    }

    private func merge(
        _ all: [LateCursor], _ body: (Place, UnsafeRawBufferPointer) throws(FileError) -> Void
    ) throws(FileError) {
        var cursors: [LateCursor] = []
        for cursor in all where try cursor.advance() { cursors.append(cursor) }
        // A heap would save little: there are few cursors, and their heads lie side by side.
        while !cursors.isEmpty {
            var first = 0
            for index in 1..<max(cursors.count, 1) where cursors[index].place.ordinal < cursors[first].place.ordinal {
                first = index
            }
            let cursor = cursors[first]
            try cursor.withRow(body)
            if try !cursor.advance() { cursors.remove(at: first) }
        }
    }
}

/// Sorted rows in the file, from one offset up to another.
private struct LateSegment {
    var start: Int64
    var end: Int64
}

/// How a row stands in a segment: its place and length in four 64-bit numbers, then its bytes.
private enum LateEntry {
    static let headSize = 32

    static func append(_ place: LateRows.Place, _ row: some Collection<UInt8>, to bytes: inout [UInt8]) {
        for number in [place.ordinal, place.chunk, place.offset, row.count] {
            withUnsafeBytes(of: Int64(number)) { bytes.append(contentsOf: $0) }
        }
        bytes.append(contentsOf: row)
    }
}

/// Reads one segment from front to back.
private final class LateCursor {
    private let file: File?
    private var next: Int64
    private let end: Int64
    private var buffer: [UInt8]
    private var at = 0
    private var length = 0
    private(set) var place = LateRows.Place(ordinal: 0, chunk: 0, offset: 0)

    init(_ segment: LateSegment, of file: File?) {
        self.file = file
        next = segment.start
        end = segment.end
        buffer = []
    }

    init(holding bytes: [UInt8]) {
        file = nil
        next = 0
        end = 0
        buffer = bytes
    }

    /// Goes to the next row; false behind the last.
    func advance() throws(FileError) -> Bool {
        at += length
        length = 0
        if at == buffer.count, next == end { return false }
        try fill(LateEntry.headSize)
        place = LateRows.Place(ordinal: number(0), chunk: number(1), offset: number(2))
        let size = number(3)
        at += LateEntry.headSize
        try fill(size)
        length = size
        return true
    }

    func withRow(
        _ body: (LateRows.Place, UnsafeRawBufferPointer) throws(FileError) -> Void
    ) throws(FileError) {
        try buffer.withBytes { bytes throws(FileError) in
            try body(place, UnsafeRawBufferPointer(rebasing: bytes[at..<at + length]))
        }
    }

    private func number(_ index: Int) -> Int {
        buffer.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: at + index * 8, as: Int64.self)) }
    }

    /// Makes sure that so many bytes follow in the buffer; throws where the segment has not so many, for a row that is cut
    /// off is a row lost.
    private func fill(_ size: Int) throws(FileError) {
        if size >= 0, buffer.count - at >= size { return }
        guard let file else { preconditionFailure("rows in memory are whole") }
        guard size >= 0, Int64(size - (buffer.count - at)) <= end - next else {
            throw FileError(.read, file.path, cutShort)
        }
        let rest = buffer.count - at
        let more = Int(min(Int64(max(size - rest, 1 << 16)), end - next))
        var filled = [UInt8](repeating: 0, count: rest + more)
        filled.replaceSubrange(0..<rest, with: buffer[at...])
        let start = next
        let count = try filled.withMutableBytes { bytes throws(FileError) in
            try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[rest...]), at: start)
        }
        guard count == more else { throw FileError(.read, file.path, cutShort) }
        next += Int64(count)
        buffer = filled
        at = 0
    }
}
