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
/// broken frame, the log is damaged, and to go on would be to lose what they say without a word. Of the last two the log
/// alone cannot tell, nor of what was cut off; its index can, where a killed process left one (``WriteAheadIndex``).
struct WriteAheadLog {
    /// How often the log is looked at before it is called damaged: another process may be writing it just then.
    private static let looks = 3
    /// Of our journals, for a log whose own word on it is damaged.
    private static let pageSize = 4096

    /// What is wrong with a log, as the message of a damaged journal has it.
    struct Damage: Equatable {
        var words: String
        /// Whether the index beside the log is what tells.
        var isToldByIndex: Bool
    }

    private let journal: String
    private let path: String

    init(of journal: String) {
        self.journal = journal
        path = journal + "-wal"
    }

    /// What is lost to who goes on with the journal; nil where nothing is, as far as can be told. Reads the whole log.
    func damage() throws(JournalError) -> Damage? {
        try afterLooks { () throws(JournalError) -> Damage? in
            let index = WriteAheadIndex(of: journal)
            let content = try read()
            if content.lostCommits >= 2 {
                return Damage(words: "commits lie behind a broken one in its write-ahead log", isToldByIndex: false)
            }
            return loss(of: index, left: content.pages, salts: content.salts)
        }
    }

    /// The same, by the length of the log alone: for readers, who come often.
    func cut() throws(JournalError) -> Damage? {
        try afterLooks { () throws(JournalError) -> Damage? in
            guard let index = WriteAheadIndex(of: journal) else { return nil }
            var info = stat()
            guard stat(path, &info) == 0 else {
                guard errno == ENOENT else { throw JournalError(path: path, doing: "look at", errno: errno) }
                return loss(of: index, left: 0, salts: nil)
            }
            let salts = try read(pages: 0).salts
            // Without its header nothing of a log is read, and the index would be made anew without it.
            let length = salts == nil ? 0 : Int(info.st_size) - LogHeader.size
            return loss(of: index, left: max(0, length) / (LogFrame.headerSize + index.pageSize), salts: salts)
        }
    }

    private func afterLooks(_ look: () throws(JournalError) -> Damage?) throws(JournalError) -> Damage? {
        var damage: Damage?
        for _ in 0..<Self.looks {
            damage = try look()
            if damage == nil { break }
        }
        return damage
    }

    /// What the index names and the log does not have.
    ///
    /// - Parameter salts: the log's own; one with others than the index has was begun anew since, and of that nothing is known.
    private func loss(of index: WriteAheadIndex?, left: Int, salts: UInt64?) -> Damage? {
        guard let index, left < index.pages, salts == nil || salts == index.salts,
            // The log has grown past it, or begun anew, while it was looked at.
            let now = WriteAheadIndex(of: journal), now.salts == index.salts, now.pages > 0
        else { return nil }
        // What is in the file as a whole needs no log; a part of the log would lay old pages over new ones.
        if left == 0, index.pagesInFile >= index.pages { return nil }
        return Damage(
            words: "of \(index.pages) pages that were committed to its write-ahead log, \(left) are left there",
            isToldByIndex: true)
    }

    /// What a log holds that can be used, and what it holds that cannot.
    private struct Content {
        /// Nil where there is no log, or its header does not check.
        var salts: UInt64?
        /// From the first on, as far as they check.
        var pages = 0
        /// From the first frame on that does not check.
        var lostCommits = 0
    }

    /// - Parameter most: of how many pages; 0 for the header alone.
    private func read(pages most: Int = .max) throws(JournalError) -> Content {
        var content = Content()
        guard let file = fopen(path, "re") else {
            guard errno == ENOENT else { throw JournalError(path: path, doing: "read", errno: errno) }
            return content
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: LogHeader.size)
        guard fread(&bytes, 1, bytes.count, file) == bytes.count else { return content }
        let header = LogHeader(bytes)
        var (sum, isWhole) = (header.sum, header.isWhole)
        content.salts = header.isWhole ? header.salts : nil
        var salts = content.salts
        var seen = 0
        bytes = [UInt8](repeating: 0, count: LogFrame.headerSize + (header.pageSize ?? Self.pageSize))
        while seen < most, fread(&bytes, 1, bytes.count, file) == bytes.count {
            seen += 1
            let frame = LogFrame(bytes)
            // With a header that does not check, the first frame says which ones belong together.
            let known = salts ?? frame.salts
            salts = known
            if isWhole {
                sum.add(bytes[..<8])
                sum.add(bytes[LogFrame.headerSize...])
                isWhole = frame.salts == known && frame.checks(sum)
            }
            if isWhole { content.pages += 1 }
            if !isWhole, frame.salts == known, frame.isCommit { content.lostCommits += 1 }
        }
        guard ferror(file) == 0 else { throw JournalError(path: path, doing: "read", errno: errno) }
        return content
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

/// The running sum over a log or the header of its index, as SQLite's file format has it.
struct LogSum {
    /// As the index beside a log uses it.
    static var ofThisMachine: LogSum { LogSum(isBigEndian: UInt32(1).bigEndian == 1) }

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
    func number(at place: Int) -> UInt32 {
        self[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
