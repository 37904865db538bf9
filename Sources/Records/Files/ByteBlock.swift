internal import Runs

/// A stretch of a file in memory. Filled once by the reader that made it, then only read, from any lane.
final class ByteBlock: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    let capacity: Int
    /// Set once, before the block is handed out.
    fileprivate(set) var count = 0

    init(capacity: Int) {
        start = .allocate(byteCount: max(capacity, 1), alignment: 16)
        self.capacity = capacity
    }

    deinit { start.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}

/// Bytes that are read from a place on, such as those of a file.
protocol ByteSource: AnyObject {
    /// Reads until the buffer is full or there is no more, and returns how many bytes that were.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int

    /// What the system tells of the bytes; nil where it tells nothing of them, or they cannot be read from any place on.
    var stamp: FileStamp? { get }
}

extension ByteSource {
    var stamp: FileStamp? { nil }
}

extension File: ByteSource {}

/// Reads a file forward in blocks. What is not used up of one block begins the next, so a record is always in one piece.
///
/// The file is read, never mapped: a file that shrinks under a map kills the process.
struct BlockReader {
    private let file: any ByteSource
    private let blockSize: Int
    private(set) var block: ByteBlock
    /// Of the block's first byte in the file.
    private var offset: Int64
    /// The first byte of the block that is not used up.
    var start = 0
    /// Whether the block holds the file's last byte.
    private(set) var isLast = false

    init(_ file: any ByteSource, from offset: Int64, blockSize: Int) {
        self.file = file
        self.offset = offset
        self.blockSize = blockSize
        block = ByteBlock(capacity: 0)
    }

    /// Where ``start`` is in the file.
    var position: Int64 { offset + Int64(start) }
    var rest: Int { block.count - start }

    /// Goes on from another place of the file.
    mutating func move(to offset: Int64) {
        self.offset = offset
        block = ByteBlock(capacity: 0)
        (start, isLast) = (0, false)
    }

    /// Makes a block that begins at ``start`` and reaches further than this one. A rest that fills more than half of it
    /// doubles it, so that a long record is copied a bounded number of times.
    mutating func refill() throws(SourceError) {
        let next = ByteBlock(capacity: max(blockSize, rest * 2))
        if rest > 0 { next.start.copyMemory(from: block.start + start, byteCount: rest) }
        let space = UnsafeMutableRawBufferPointer(start: next.start + rest, count: next.capacity - rest)
        let count: Int
        do throws(FileError) {
            count = try file.read(into: space, at: offset + Int64(block.count))
        } catch {
            throw SourceError(error.message)
        }
        next.count = rest + count
        isLast = count < space.count
        offset += Int64(start)
        start = 0
        block = next
    }
}

extension ByteBlock {
    convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(capacity: bytes.count)
        if let base = bytes.baseAddress { start.copyMemory(from: base, byteCount: bytes.count) }
        count = bytes.count
    }
}
