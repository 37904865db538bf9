internal import Locks

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What SQLite's index of a write-ahead log (`-shm`) says of the log: how many pages were committed to it.
///
/// SQLite builds it anew from the log where nobody has the journal open, so it is a witness for the first look only: of a
/// process that was killed, it tells what the log must hold. Each page was synced before it was named here, so a log
/// that holds fewer was cut. That is sure within one boot of the machine. The index itself is never synced: after a power
/// cut it may be of any earlier moment, or tell of a log that SQLite recovered and nobody had synced yet.
struct WriteAheadIndex: Equatable {
    private static let headerSize = 48
    /// Two copies of the header, and how far the log was brought into the file.
    private static let size = 2 * headerSize + 4
    private static let version: UInt32 = 3_007_000

    /// Pages in the log that belong to commits.
    var pages: Int
    /// How many of them are in the journal's file too.
    var pagesInFile: Int
    var pageSize: Int
    /// Those of the log that it belongs to.
    var salts: UInt64

    /// Nil where there is none, none that can be read, or one that was not changed since the machine started.
    init?(of journal: String) {
        guard let bytes = Self.read(journal + "-shm") else { return nil }
        let header = bytes[..<Self.headerSize]
        // A process that was killed while it wrote one of the copies leaves two.
        guard header.elementsEqual(bytes[Self.headerSize..<2 * Self.headerSize]) else { return nil }
        var sum = LogSum.ofThisMachine
        sum.add(header[..<40])
        guard bytes.own(at: 0) == Self.version, bytes[12] == 1, sum.first == bytes.own(at: 40),
            sum.second == bytes.own(at: 44)
        else { return nil }
        let size = Int(bytes.own(at: 14, as: UInt16.self))
        pageSize = size == 1 ? 65_536 : size
        pages = Int(bytes.own(at: 16))
        salts = UInt64(bytes.number(at: 32)) << 32 | UInt64(bytes.number(at: 36))
        pagesInFile = Int(bytes.own(at: 2 * Self.headerSize))
    }

    // MARK: Reading beside SQLite

    private struct FileIdentity: Hashable {
        var device: UInt64
        var number: UInt64
    }

    /// Files that were looked at stay open until they are gone: closing one would give up the locks that SQLite has on it
    /// in this process.
    private static let open = Guarded<[FileIdentity: CInt]>([:])

    private static func read(_ path: String) -> [UInt8]? {
        open.withLock { open in
            var info = stat()
            guard stat(path, &info) == 0, info.st_size >= size, isOfThisBoot(info) else { return nil }
            let identity = FileIdentity(device: UInt64(info.st_dev), number: UInt64(info.st_ino))
            if open[identity] == nil {
                closeWhatIsGone(&open)
                let file = openToRead(path)
                if file >= 0 { open[identity] = file }
            }
            guard let file = open[identity] else { return nil }
            var bytes = [UInt8](repeating: 0, count: size)
            return pread(file, &bytes, size, 0) == size ? bytes : nil
        }
    }

    private static func closeWhatIsGone(_ open: inout [FileIdentity: CInt]) {
        for (identity, file) in open {
            var info = stat()
            guard fstat(file, &info) == 0, info.st_nlink == 0 else { continue }
            close(file)
            open[identity] = nil
        }
    }

    private static func isOfThisBoot(_ info: stat) -> Bool {
        #if canImport(Darwin)
            let (changed, sinceBoot) = (info.st_mtimespec, CLOCK_MONOTONIC)
        #else
            let (changed, sinceBoot) = (info.st_mtim, CLOCK_BOOTTIME)
        #endif
        var (now, uptime) = (timespec(), timespec())
        guard clock_gettime(CLOCK_REALTIME, &now) == 0, clock_gettime(sinceBoot, &uptime) == 0 else { return false }
        return changed.tv_sec > now.tv_sec - uptime.tv_sec
    }
}

private func openToRead(_ path: String) -> CInt { open(path, O_RDONLY | O_CLOEXEC) }

extension [UInt8] {
    /// A number in the order of this machine.
    fileprivate func own<Number: FixedWidthInteger & BitwiseCopyable>(
        at place: Int, as type: Number.Type = UInt32.self
    ) -> Number {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: type) }
    }
}
