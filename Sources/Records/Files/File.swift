internal import Digests
internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// One open file: the few system calls this room needs, every one of them blocking.
///
/// Closed with the last reference. No child process inherits it.
final class File: Sendable {
    /// As it was opened, for messages.
    let path: String
    let descriptor: Int32
    private let isLocked = Atomic(false)

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        // A child that is being started holds every open file for a moment; closing ours would leave it the lock.
        if isLocked.load(ordering: .relaxed) { flock(descriptor, LOCK_UN) }
        close(descriptor)
    }

    /// Opens an existing file to read. A pipe without a writer does not block; whoever opens asks ``status()`` what
    /// kind of file it is before reading.
    static func reading(_ path: String, followingLinks: Bool = true) throws(FileError) -> File {
        try open(path, O_RDONLY | O_NONBLOCK | (followingLinks ? 0 : O_NOFOLLOW), doing: .open)
    }

    /// Opens a file to read and write, made if it is missing. A link in its place is refused.
    static func writing(_ path: String, emptied: Bool) throws(FileError) -> File {
        try open(path, O_RDWR | O_CREAT | O_NOFOLLOW | (emptied ? O_TRUNC : 0), doing: .create)
    }

    private static func open(_ path: String, _ flags: Int32, doing task: FileError.Task) throws(FileError) -> File {
        while true {
            #if canImport(Darwin)
                let descriptor = Darwin.open(path, flags | O_CLOEXEC, 0o666)
            #elseif canImport(Musl)
                let descriptor = Musl.open(path, flags | O_CLOEXEC, 0o666)
            #else
                let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o666)
            #endif
            if descriptor >= 0 { return File(path: path, descriptor: descriptor) }
            if errno != EINTR { throw FileError(task, path, errno) }
        }
    }

    var stamp: FileStamp? {
        var raw = stat()
        return fstat(descriptor, &raw) == 0 ? FileStamp(raw) : nil
    }

    func status() throws(FileError) -> FileStatus {
        var raw = stat()
        guard fstat(descriptor, &raw) == 0 else { throw FileError(.inspect, path, errno) }
        return FileStatus(raw)
    }

    /// Whether a path leads to this very file.
    func isStill(at path: String) throws(FileError) -> Bool {
        var (ours, theirs) = (stat(), stat())
        guard fstat(descriptor, &ours) == 0 else { throw FileError(.inspect, self.path, errno) }
        guard lstat(path, &theirs) == 0 else {
            if errno == ENOENT { return false }
            throw FileError(.inspect, path, errno)
        }
        return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino
    }

    /// Reads until the buffer is full or the file ends, and returns how many bytes that were.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(offset) + off_t(filled)
            )
            if count > 0 {
                filled += count
            } else if count == 0 {
                break
            } else if errno != EINTR {
                throw FileError(.read, path, errno)
            }
        }
        return filled
    }

    /// Reads a stretch of bytes piece by piece; throws where the file ends within it.
    func forEachPiece(
        of range: Range<Int64>, _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
    ) throws(FileError) {
        var buffer = [UInt8](repeating: 0, count: Int(min(Int64(1 << 18), max(Int64(range.count), 1))))
        var place = range.lowerBound
        while place < range.upperBound {
            let size = Int(min(Int64(buffer.count), range.upperBound - place))
            try buffer.withMutableBytes { bytes throws(FileError) in
                let bytes = UnsafeMutableRawBufferPointer(rebasing: bytes[..<size])
                guard try read(into: bytes, at: place) == size else { throw FileError(.read, path, cutShort) }
                try body(UnsafeRawBufferPointer(bytes))
            }
            place += Int64(size)
        }
    }

    /// Writes all bytes at a place.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = pwrite(
                descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written,
                off_t(offset) + off_t(written))
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw FileError(.write, path, errno)
            }
        }
    }

    /// Keeps the file for this process until it is closed; false if another process has it. A file system that knows no
    /// locks keeps nobody out.
    func lock() throws(FileError) -> Bool {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return false
            case ENOLCK, ENOTSUP, EOPNOTSUPP, EINVAL, ENOSYS: return true
            default: throw FileError(.write, path, errno)
            }
        }
        isLocked.store(true, ordering: .relaxed)
        return true
    }

    func truncate(to length: Int64) throws(FileError) {
        while ftruncate(descriptor, off_t(length)) != 0 {
            if errno != EINTR { throw FileError(.write, path, errno) }
        }
    }

    /// Returns when the bytes are on the disk.
    func sync() throws(FileError) {
        #if canImport(Darwin)
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        #endif
        #if canImport(Glibc)
            // The times of a file are nothing that a run needs after a crash; its length is brought to the disk too.
            while fdatasync(descriptor) != 0 {
                if errno != EINTR { throw FileError(.write, path, errno) }
            }
        #else
            while fsync(descriptor) != 0 {
                if errno != EINTR { throw FileError(.write, path, errno) }
            }
        #endif
    }
}

/// What the system tells of a file's content without reading it. Two that are alike have the same bytes, but where it was
/// changed at the very time of the first.
struct FileStamp: Hashable, Sendable {
    var inode: UInt64
    var size: Int64
    /// When the content was last changed, and when anything of the file was, in nanoseconds since 1970.
    var modified: Int64
    var changed: Int64

    /// Of the file that a path leads to; nil when there is none that can be looked at.
    init?(_ path: [CChar]) {
        var raw = stat()
        guard stat(path, &raw) == 0 else { return nil }
        self.init(raw)
    }

    fileprivate init(_ raw: stat) {
        inode = UInt64(raw.st_ino)
        size = Int64(raw.st_size)
        #if canImport(Darwin)
            let times = (raw.st_mtimespec, raw.st_ctimespec)
        #else
            let times = (raw.st_mtim, raw.st_ctim)
        #endif
        modified = times.0.nanoseconds
        changed = times.1.nanoseconds
    }

    /// How old a file must be, in nanoseconds, so that no change goes unseen.
    static let settling: Int64 = 2_000_000_000

    var fingerprint: Fingerprint {
        let hash = FingerprintStream()
        add(to: hash)
        return hash.fingerprint
    }

    func add(to hash: FingerprintStream) {
        [Int64(bitPattern: inode), size, modified, changed].withUnsafeBytes { hash.add($0) }
    }

    /// Whether it is so old that a change since then would show in it for sure: clocks of file systems are coarse.
    ///
    /// - Parameter age: in nanoseconds.
    func isSettled(after age: Int64) -> Bool {
        var now = timespec()
        guard clock_gettime(CLOCK_REALTIME, &now) == 0 else { return false }
        return max(modified, changed) <= now.nanoseconds - age
    }
}

extension timespec {
    fileprivate var nanoseconds: Int64 { Int64(tv_sec) &* 1_000_000_000 &+ Int64(tv_nsec) }
}

/// What the system knows of a file without opening it.
struct FileStatus: Hashable, Sendable {
    enum Kind: Sendable { case file, folder, link, other }

    var kind: Kind
    var size: Int64
    /// When the content was last changed, in nanoseconds since 1970.
    var modified: Int64

    init(_ raw: stat) {
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        size = Int64(raw.st_size)
        #if canImport(Darwin)
            let time = raw.st_mtimespec
        #else
            let time = raw.st_mtim
        #endif
        modified = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Of the file at a path; nil when there is none.
    static func of(_ path: String, followingLinks: Bool = true) throws(FileError) -> FileStatus? {
        var raw = stat()
        if (followingLinks ? stat(path, &raw) : lstat(path, &raw)) == 0 { return FileStatus(raw) }
        guard errno == ENOENT || errno == ENOTDIR else { throw FileError(.inspect, path, errno) }
        return nil
    }
}
