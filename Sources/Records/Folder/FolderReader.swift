internal import Digests
internal import Runs
internal import Values

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Reads a folder's files one after another; what they say is for the batch to find out.
///
/// One caller at a time, which is what makes it safe to hand around.
final class FolderReader: RecordReader, @unchecked Sendable {
    fileprivate let walk: FolderListing
    private let files: FolderFiles
    private let records: FolderRecords
    private var ordinal: Int
    /// Files that were found and not read.
    private var ahead: [FolderEntry] = []

    /// What a file that needs a converter counts for at least: a batch of them is ready after some seconds.
    private static let conversionBytes = 64 << 10

    init(_ walk: FolderListing, files: FolderFiles, records: FolderRecords, ordinal: Int) {
        self.walk = walk
        self.files = files
        self.records = records
        self.ordinal = ordinal
    }

    func next(limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? {
        var read: [ReadFile] = []
        var size = 0
        var stamp = FolderStamp(files)
        while read.count < limit, size < bytes, let entry = try nextEntry() {
            let file = files.read(entry)
            stamp.add(entry, age: files.settling)
            size += file.kind.converters.isEmpty ? file.size : max(file.size, Self.conversionBytes)
            read.append(file)
        }
        guard !read.isEmpty else { return nil }
        defer { ordinal += read.count }
        return FolderBatch(first: ordinal, files: read, records: records, stamp: stamp.fingerprint)
    }

    private func nextEntry() throws(SourceError) -> FolderEntry? {
        ahead.isEmpty ? try walk.next() : ahead.removeFirst()
    }

    func pass(over batch: KnownBatch) throws(SourceError) -> Bool {
        guard let stamp = batch.stamp else { return false }
        let count = batch.count
        while ahead.count < count, let entry = try walk.next() { ahead.append(entry) }
        guard ahead.count >= count else { return false }
        var now = FolderStamp(files)
        for entry in ahead[..<count] { now.add(entry) }
        guard now.fingerprint == stamp else { return false }
        ahead.removeFirst(count)
        ordinal += count
        return true
    }
}

extension FolderReader {
    /// By name: no file is opened.
    func countRest() throws(SourceError) -> Int {
        var count = ahead.count
        ahead = []
        while try walk.next() != nil { count += 1 }
        return count
    }
}

/// What the system tells of some files without reading them.
private struct FolderStamp {
    private let root: String
    private var hash: FingerprintStream? = FingerprintStream()

    init(_ files: FolderFiles) { root = files.root }

    /// Nil where it could not be relied on for one of them.
    var fingerprint: Fingerprint? { hash?.fingerprint }

    /// - Parameter age: how long ago it must have been changed last, so that no change goes unseen; nil for any time.
    mutating func add(_ entry: FolderEntry, age: Int64? = nil) {
        guard let hash else { return }
        guard entry.fault == nil, let stamp = FileStamp(FolderWalk.path(root, entry.path)),
            age.map(stamp.isSettled(after:)) ?? true
        else {
            self.hash = nil
            return
        }
        (entry.path + [0]).withUnsafeBytes { hash.add($0) }
        stamp.add(to: hash)
    }
}

/// One file's bytes, or why there are none.
struct ReadFile: Sendable {
    enum Content: Sendable {
        case bytes([UInt8])
        /// Read by a converter.
        case document(Document)
        case failure(Failure)
    }

    /// The relative path; bytes that are no UTF-8 as `\xNN`.
    let path: String
    let kind: DocumentKind
    var content: Content
    /// Of its bytes, or of why there are none.
    let fingerprint: Fingerprint
    /// In bytes.
    let size: Int

    init(path: String, content: Result<[UInt8], Failure>) {
        self.path = path
        kind = DocumentKind(ending: Paths.split(name: Paths.name(of: path)).fileExtension)
        switch content {
        case .success(let bytes):
            self.content = .bytes(bytes)
            fingerprint = Fingerprint(of: bytes)
            size = bytes.count
        case .failure(let failure):
            self.content = .failure(failure)
            fingerprint = Fingerprint(of: failure.message)
            size = 0
        }
    }
}

/// How the files of one folder are opened: only regular ones, and only inside the folder.
struct FolderFiles: Sendable {
    let root: String
    /// With all links followed.
    let realRoot: String
    let largest: Int
    /// How old a change must be, in nanoseconds, before a file is known again by what the system tells of it.
    var settling: Int64

    func read(_ entry: FolderEntry) -> ReadFile {
        guard firstInvalidUTF8(in: entry.path) == nil else {
            let path = FolderFiles.escaped(entry.path)
            return ReadFile(
                path: path,
                content: .failure(Failure(.undecodable, "the name of '\(path)' is not UTF-8; rename the file")))
        }
        let path = String(decoding: entry.path, as: UTF8.self)
        if let fault = entry.fault {
            return ReadFile(
                path: path, content: .failure(Failure(.unreadable, "\(fault.message); nothing in it is read")))
        }
        do throws(Failure) {
            return ReadFile(path: path, content: .success(try bytes(of: path, entry.kind)))
        } catch {
            return ReadFile(path: path, content: .failure(error))
        }
    }

    private func bytes(of path: String, _ kind: FileStatus.Kind) throws(Failure) -> [UInt8] {
        if let other = UnreadableKind(ending: Paths.split(name: Paths.name(of: path)).fileExtension) {
            throw Failure(.unreadable, "'\(path)' is \(other.noun), which cannot be read as text; \(other.mend)")
        }
        do throws(FileError) {
            let file = try open(path, kind)
            let status = try file.status()
            guard status.kind == .file else { throw FileError(.open, path, notRegular) }
            guard status.size <= largest else { throw FileError(.read, path, EFBIG) }
            return try FolderFiles.content(of: file, as: status)
        } catch {
            switch error.code {
            case notRegular:
                throw Failure(
                    .unreadable, "'\(path)' is a pipe or a device, which is not read; leave it out of `match`")
            case leavesFolder:
                throw Failure(
                    .unreadable,
                    "'\(path)' is a link that leads out of the folder or nowhere; put the file itself there")
            case EFBIG:
                throw Failure(
                    .unreadable, "'\(path)' is larger than \(largest >> 20) MB; split it, or leave it out of `match`")
            case changed:
                throw Failure(.unreadable, "'\(path)' changed while it was read; run again once it is whole")
            default: throw Failure(.unreadable, error.message)
            }
        }
    }

    /// All of a file, if it still is what it was when it was looked at: a part of a text that somebody is writing must not
    /// pass for the whole.
    static func content(of file: File, as status: FileStatus) throws(FileError) -> [UInt8] {
        // One byte more than there should be, to notice that there are more.
        var bytes = [UInt8](repeating: 0, count: Int(status.size) + 1)
        let count = try bytes.withMutableBytes { buffer throws(FileError) in try file.read(into: buffer, at: 0) }
        guard count == Int(status.size), try file.status() == status else { throw FileError(.read, file.path, changed) }
        bytes.removeLast()
        return bytes
    }

    private func open(_ path: String, _ kind: FileStatus.Kind) throws(FileError) -> File {
        let full = Paths.joined(root, path)
        switch kind {
        case .link:
            let inside = realRoot.utf8.last == slash ? realRoot : realRoot + "/"
            guard let real = FilePaths.real(full), real.utf8.starts(with: inside.utf8) else {
                throw FileError(.open, path, leavesFolder)
            }
            return try File.reading(real, followingLinks: false)
        case .file: return try File.reading(full, followingLinks: false)
        case .folder, .other: throw FileError(.open, path, notRegular)
        }
    }

    private static func escaped(_ path: [UInt8]) -> String {
        var text = ""
        var rest = path[...]
        while let invalid = rest.withUnsafeBytes({ firstInvalidUTF8(in: $0) }) {
            let place = rest.startIndex + invalid
            text += String(decoding: rest[..<place], as: UTF8.self)
            text += "\\x" + String(rest[place], radix: 16, uppercase: true)
            rest = rest[(place + 1)...]
        }
        return text + String(decoding: rest, as: UTF8.self)
    }
}

/// No error numbers of any system.
private let notRegular: Int32 = -2
private let leavesFolder: Int32 = -3
private let changed: Int32 = -4
