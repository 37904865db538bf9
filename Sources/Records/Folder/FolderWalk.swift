#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A file that a walk came upon.
struct FolderEntry {
    /// Relative to the folder, as the disk has it.
    var path: [UInt8]
    var kind: FileStatus.Kind
    /// Why a folder could not be looked into; nil for everything that is no folder.
    var fault: FileError?
}

/// Goes through a folder and those in it, in the order of the relative paths' bytes, and gives the files that match.
///
/// Holds the names of the folders it stands in, not of the whole tree. Links to folders are not followed. A folder inside
/// that cannot be listed comes in its place, with its fault; one that was removed meanwhile has nothing in it.
struct FolderWalk {
    private struct Level {
        /// Relative, with a slash at its end unless it is the folder itself.
        var prefix: [UInt8]
        var progress: GlobSet.Progress
        /// Sorted, the next at the end.
        var names: [Name]
    }

    private struct Name {
        /// A folder's has a slash at its end, so that it sorts as the paths in it do.
        var bytes: [UInt8]
        var kind: FileStatus.Kind
    }

    private let root: String
    private let globs: GlobSet
    private var levels: [Level] = []

    init(_ root: String, _ globs: GlobSet) throws(FileError) {
        self.root = root
        self.globs = globs
        try enter([], globs.start)
    }

    /// The next file that matches; nil behind the last.
    mutating func next() throws(FileError) -> FolderEntry? {
        while let level = levels.indices.last {
            guard let name = levels[level].names.popLast() else {
                levels.removeLast()
                continue
            }
            let path = levels[level].prefix + name.bytes
            if name.kind == .folder {
                let progress = globs.progress(
                    into: FileName(Array(name.bytes.dropLast())), from: levels[level].progress)
                if !progress.isHopeless, let fault = look(into: path, progress) {
                    return FolderEntry(path: Array(path.dropLast()), kind: .folder, fault: fault)
                }
            } else if globs.matches(file: FileName(name.bytes), in: levels[level].progress) {
                return FolderEntry(path: path, kind: name.kind)
            }
        }
        return nil
    }

    /// Enters a folder inside the root; what keeps it out is returned.
    private mutating func look(into path: [UInt8], _ progress: GlobSet.Progress) -> FileError? {
        do throws(FileError) {
            try enter(path, progress)
            return nil
        } catch {
            return error.isMissing ? nil : error
        }
    }

    private mutating func enter(_ prefix: [UInt8], _ progress: GlobSet.Progress) throws(FileError) {
        let names = try FolderWalk.names(in: FolderWalk.path(root, prefix))
        levels.append(
            Level(
                prefix: prefix, progress: progress,
                names: names.sorted { $1.bytes.lexicographicallyPrecedes($0.bytes) }))
    }

    /// The bytes that the system knows a path by, with the zero that ends them.
    static func path(_ root: String, _ relative: [UInt8]) -> [CChar] {
        var bytes = Array(root.utf8)
        if bytes.last != slash { bytes.append(slash) }
        return (bytes + relative + [0]).map { CChar(bitPattern: $0) }
    }

    private static func names(in folder: [CChar]) throws(FileError) -> [Name] {
        guard let stream = opendir(folder) else { throw FileError(.list, text(folder), errno) }
        defer { closedir(stream) }
        var names: [Name] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw FileError(.list, text(folder), errno) }
                return names
            }
            var bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if bytes == [UInt8(ascii: ".")] || bytes == [UInt8(ascii: "."), UInt8(ascii: ".")] { continue }
            let kind = try kind(of: entry.pointee.d_type, bytes, in: folder)
            guard let kind else { continue }
            if kind == .folder { bytes.append(slash) }
            names.append(Name(bytes: bytes, kind: kind))
        }
    }

    /// Nil for a link to a folder, and for what was removed meanwhile.
    private static func kind(
        of type: UInt8, _ name: [UInt8], in folder: [CChar]
    ) throws(FileError) -> FileStatus.Kind? {
        switch Int(type) {
        case Int(DT_REG): return .file
        case Int(DT_DIR): return .folder
        case Int(DT_LNK), Int(DT_UNKNOWN):
            var path = folder
            path.removeLast()
            if path.last != CChar(bitPattern: slash) { path.append(CChar(bitPattern: slash)) }
            path += name.map { CChar(bitPattern: $0) } + [0]
            var raw = stat()
            guard lstat(path, &raw) == 0 else { return nil }
            let kind = FileStatus(raw).kind
            if kind == .link, stat(path, &raw) == 0, FileStatus(raw).kind == .folder { return nil }
            return kind
        default: return .other
        }
    }

    private static func text(_ path: [CChar]) -> String {
        String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
