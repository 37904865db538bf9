#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// SQLite's log of a journal that was not closed, looked at before SQLite reads it.
///
/// SQLite takes a frame that does not check for the end of the log, as the last commit before a power cut leaves one. But
/// each commit is synced before the next begins, so no more than one can be broken that way. Where several lie behind the
/// broken frame, the log is damaged, and to go on would be to lose what they say without a word.
struct WriteAheadLog {
    /// How often the log is looked at before it is called damaged: another process may be writing it just then.
    private static let looks = 3
    /// Of our journals, for a log whose own word on it is damaged.
    private static let pageSize = 4096

    private let path: String

    init(of journal: String) { path = journal + "-wal" }

    /// Whether commits are lost behind a frame that does not check.
    func isDamaged() throws(JournalError) -> Bool {
        for _ in 0..<Self.looks where try lostCommits() < 2 { return false }
        return true
    }

    /// How many commits lie from the first frame on that does not check.
    private func lostCommits() throws(JournalError) -> Int {
        guard let file = fopen(path, "re") else {
            guard errno == ENOENT else { throw JournalError(path: path, doing: "read", errno: errno) }
            return 0
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: LogHeader.size)
        guard fread(&bytes, 1, bytes.count, file) == bytes.count else { return 0 }
        let header = LogHeader(bytes)
        var (sum, isWhole) = (header.sum, header.isWhole)
        var salts = header.isWhole ? header.salts : nil
        var lost = 0
        bytes = [UInt8](repeating: 0, count: LogFrame.headerSize + (header.pageSize ?? Self.pageSize))
        while fread(&bytes, 1, bytes.count, file) == bytes.count {
            let frame = LogFrame(bytes)
            // With a header that does not check, the first frame says which ones belong together.
            let known = salts ?? frame.salts
            salts = known
            if isWhole {
                sum.add(bytes[..<8])
                sum.add(bytes[LogFrame.headerSize...])
                isWhole = frame.salts == known && frame.checks(sum)
            }
            if !isWhole, frame.salts == known, frame.isCommit { lost += 1 }
        }
        guard ferror(file) == 0 else { throw JournalError(path: path, doing: "read", errno: errno) }
        return lost
    }
}

/// The first bytes of a log: which sums it uses, the size of its pages, and what marks the frames that belong to it.
private struct LogHeader {
    static let size = 32

    var salts: UInt64
    /// Nil where it is no size of a page.
    var pageSize: Int?
    /// Over all of it, from which the frames go on.
    var sum: LogSum
    var isWhole: Bool

    init(_ bytes: [UInt8]) {
        let magic = bytes.number(at: 0)
        salts = UInt64(bytes.number(at: 16)) << 32 | UInt64(bytes.number(at: 20))
        let size = Int(bytes.number(at: 8))
        pageSize = (512...65_536).contains(size) && size & (size - 1) == 0 ? size : nil
        sum = LogSum(isBigEndian: magic & 1 == 1)
        sum.add(bytes[..<24])
        isWhole =
            magic & ~1 == 0x377F_0682 && pageSize != nil && sum.first == bytes.number(at: 24)
            && sum.second == bytes.number(at: 28)
    }
}

/// One page in a log.
private struct LogFrame {
    static let headerSize = 24

    var salts: UInt64
    /// Whether a transaction ends with it.
    var isCommit: Bool
    private var sums: (UInt32, UInt32)

    init(_ bytes: [UInt8]) {
        isCommit = bytes.number(at: 4) != 0
        salts = UInt64(bytes.number(at: 8)) << 32 | UInt64(bytes.number(at: 12))
        sums = (bytes.number(at: 16), bytes.number(at: 20))
    }

    func checks(_ sum: LogSum) -> Bool { sums == (sum.first, sum.second) }
}

/// The running sum over a log, as SQLite's file format has it.
private struct LogSum {
    let isBigEndian: Bool
    private(set) var first: UInt32 = 0
    private(set) var second: UInt32 = 0

    init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

    /// - Parameter bytes: a multiple of eight.
    mutating func add(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { bytes in
            for place in stride(from: 0, to: bytes.count, by: 8) {
                first &+= word(bytes, place) &+ second
                second &+= word(bytes, place + 4) &+ first
            }
        }
    }

    private func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt32 {
        let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
        return isBigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)
    }
}

extension [UInt8] {
    /// Four bytes, the highest first.
    fileprivate func number(at place: Int) -> UInt32 {
        self[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
