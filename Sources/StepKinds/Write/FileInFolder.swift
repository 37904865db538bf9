internal import Runs

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A file below a folder, reached from it one name after another: no link on the way leads out, and none is replaced.
struct FileInFolder: Sendable {
    /// As it can be opened; may be a link itself, for that is its owner's choice.
    let folder: String
    /// Relative: plain names with `/` between them.
    let path: String
    private let names: [String]

    private static let longestPath = 1_024
    private static let longestName = 255

    init(_ path: String, in folder: String) throws(Failure) {
        let names = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        if let problem = Self.problem(with: path, names) { throw Failure(.path, problem) }
        self.folder = folder
        self.path = path
        self.names = names
    }

    private static func problem(with path: String, _ names: [String]) -> String? {
        let shown = String(path.unicodeScalars.prefix(200).map { $0.value < 0x20 ? "\u{FFFD}" : Character($0) })
        if path.utf8.isEmpty { return "the path is empty; a file needs a name" }
        if path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            return "the path '\(shown)' holds a line end or another control character"
        }
        if path.utf8.first == UInt8(ascii: "/") {
            return "the path '\(shown)' is absolute; it is relative to the output folder"
        }
        if names.contains("..") { return "the path '\(shown)' leaves the output folder" }
        if names.contains(".") || names.contains("") {
            return "the path '\(shown)' is no plain path; write it like letters/a.md"
        }
        if path.utf8.count > longestPath || names.contains(where: { $0.utf8.count > longestName }) {
            return "the path '\(shown)…' is too long; a name has at most \(longestName) bytes, a path \(longestPath)"
        }
        if names.contains(where: { $0.lowercased().hasPrefix(".linecook") }) {
            return "the path '\(shown)' has a name that Linecook keeps for itself"
        }
        return nil
    }

    /// The folder that it is in, as it can be opened.
    var place: String { ([folder] + names.dropLast()).joined(separator: "/") }

    /// Writes the file whole or not at all; once this returns it is on the disk. One with the same bytes is left alone.
    ///
    /// - Parameter sweeps: whether drafts go that writers who were killed have left in its folder.
    func write(_ bytes: [UInt8], sweeps: Bool) throws(Failure) {
        let place = try openPlace()
        defer { close(place) }
        if sweeps { Self.sweep(place) }
        let name = names[names.count - 1]
        var status = stat()
        if fstatat(place, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
            switch status.st_mode & S_IFMT {
            case S_IFREG: if try hasSameBytes(place, name, bytes, size: Int(status.st_size)) { return }
            case S_IFLNK: throw failure("is a link, which is not followed")
            case S_IFDIR: throw failure("is a folder")
            default: throw failure("is no plain file")
            }
        }
        // Told apart from every other writer's, and never taken for a file that was there.
        let draft = "\(Self.draftStart)\(getpid())-\(UInt64.random(in: 0...UInt64.max))\(Self.draftEnd)"
        let file = openat(place, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw failure(errno) }
        do throws(Failure) {
            defer { close(file) }
            try writeAll(bytes, to: file)
            guard fsync(file) == 0 else { throw failure(errno) }
        } catch {
            unlinkat(place, draft, 0)
            throw error
        }
        guard renameat(place, draft, place, name) == 0 else {
            let failure = failure(errno)
            unlinkat(place, draft, 0)
            throw failure
        }
        guard fsync(place) == 0 else { throw failure(errno) }
    }

    private static let draftStart = ".linecook-"
    private static let draftEnd = ".new"

    /// Takes away the drafts of processes that are no more.
    private static func sweep(_ place: Int32) {
        // Its own place in the folder, which it closes.
        let copy = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return }
        guard let folder = fdopendir(copy) else {
            close(copy)
            return
        }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            guard name.hasPrefix(draftStart), name.hasSuffix(draftEnd),
                let writer = name.dropFirst(draftStart.count).split(separator: "-").first.flatMap({ pid_t($0) }),
                kill(writer, 0) != 0, errno == ESRCH
            else { continue }
            unlinkat(place, name, 0)
        }
    }

    /// The folder that the file is in, with the folders on the way made.
    private func openPlace() throws(Failure) -> Int32 {
        var made = ""
        for part in folder.split(separator: "/", omittingEmptySubsequences: false) {
            made += part + "/"
            if !part.isEmpty { mkdir(made, 0o777) }
        }
        var place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard place >= 0 else { throw Failure(.path, "the output folder \(folder) cannot be opened: \(words(errno))") }
        for name in names.dropLast() {
            let isNew = mkdirat(place, name, 0o777) == 0
            if isNew { fsync(place) }
            let next = openat(place, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            let why = errno
            close(place)
            guard next >= 0 else {
                if why == ELOOP || why == ENOTDIR {
                    throw failure("leads through '\(name)', which is a link or no folder")
                }
                throw failure(why)
            }
            place = next
        }
        return place
    }

    private func hasSameBytes(_ place: Int32, _ name: String, _ bytes: [UInt8], size: Int) throws(Failure) -> Bool {
        guard size == bytes.count else { return false }
        let file = openat(place, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return false }
        defer { close(file) }
        var there = [UInt8](repeating: 0, count: bytes.count)
        var count = 0
        while count < there.count {
            let start = count
            let more = there.withUnsafeMutableBytes {
                read(file, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            guard more > 0 else { return false }
            count += more
        }
        return there == bytes
    }

    private func writeAll(_ bytes: [UInt8], to file: Int32) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { part in
                #if canImport(Darwin)
                    Darwin.write(file, part.baseAddress, part.count)
                #elseif canImport(Musl)
                    Musl.write(file, part.baseAddress, part.count)
                #else
                    Glibc.write(file, part.baseAddress, part.count)
                #endif
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(errno) }
            done += count
        }
    }

    private func failure(_ words: String) -> Failure { Failure(.path, "'\(path)' in \(folder) \(words)") }
    private func failure(_ code: Int32) -> Failure {
        Failure(.path, "'\(path)' in \(folder) cannot be written: \(words(code))")
    }
    private func words(_ code: Int32) -> String { String(cString: strerror(code)) }
}
