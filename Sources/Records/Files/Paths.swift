#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// What is done to names rather than to open files.
enum Paths {
    /// `a/b` for `a/b/c` and `a/b/c/`; `.` for a bare name, `/` for `/`.
    static func folder(of path: String) -> String {
        let bytes = Array(path.utf8)
        var end = bytes.count
        while end > 1, bytes[end - 1] == slash { end -= 1 }
        guard let last = bytes[..<end].lastIndex(of: slash) else { return "." }
        return last == 0 ? "/" : String(decoding: bytes[..<last], as: UTF8.self)
    }

    /// `c` for `a/b/c`.
    static func name(of path: String) -> String {
        guard let last = path.utf8.lastIndex(of: slash) else { return path }
        return String(path[path.utf8.index(after: last)...])
    }

    /// The name before its last dot, and what follows the dot. A name that only begins with a dot has no extension.
    static func split(name: String) -> (stem: String, fileExtension: String?) {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.utf8.startIndex else {
            return (name, nil)
        }
        return (String(name[..<dot]), String(name[name.utf8.index(after: dot)...]))
    }

    static func joined(_ folder: String, _ name: String) -> String {
        if folder.isEmpty || folder == "." { return name }
        return folder.utf8.last == slash ? folder + name : folder + "/" + name
    }

    /// Makes a folder and the folders it stands in.
    static func makeFolder(_ path: String) throws(FileError) {
        if mkdir(path, 0o777) == 0 { return }
        switch errno {
        case EEXIST:
            guard try FileStatus.of(path)?.kind == .folder else { throw FileError(.create, path, ENOTDIR) }
        case ENOENT:
            let parent = folder(of: path)
            guard parent != path, !path.isEmpty else { throw FileError(.create, path, ENOENT) }
            try makeFolder(parent)
            if mkdir(path, 0o777) != 0, errno != EEXIST { throw FileError(.create, path, errno) }
        default: throw FileError(.create, path, errno)
        }
    }

    /// Puts a file in another's place in one step.
    static func rename(_ path: String, to target: String) throws(FileError) {
        #if canImport(Darwin)
            let result = Darwin.rename(path, target)
        #elseif canImport(Musl)
            let result = Musl.rename(path, target)
        #else
            let result = Glibc.rename(path, target)
        #endif
        guard result == 0 else { throw FileError(.rename, target, errno) }
    }

    /// Removes a file; one that is not there is no error.
    static func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileError(.remove, path, errno) }
    }

    /// Returns when the folder's names are on the disk.
    static func syncFolder(_ path: String) throws(FileError) {
        let folder = try File.reading(path)
        // Some file systems cannot sync a folder and say so; there is nothing better to do on them.
        do throws(FileError) {
            try folder.sync()
        } catch {
            guard error.code == EINVAL || error.code == ENOTSUP else { throw error }
        }
    }

    /// The nearest folder above a path that exists.
    static func nearestFolder(above path: String) -> String {
        var candidate = folder(of: path)
        while candidate != ".", candidate != "/" {
            var raw = stat()
            if stat(candidate, &raw) == 0, raw.st_mode & S_IFMT == S_IFDIR { return candidate }
            candidate = folder(of: candidate)
        }
        return candidate
    }
}

let slash = UInt8(ascii: "/")
