#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Where a path leads, whether or not a file is there yet: to tell whether two paths name one file.
public struct FilePlace: Sendable {
    /// Absolute, with every link in it followed as far as its folders exist.
    public let path: String
    private let identity: Identity?

    private struct Identity: Hashable {
        var device: UInt64
        var file: UInt64
    }

    public init(_ path: String) {
        var status = stat()
        identity =
            stat(path, &status) == 0
            ? Identity(device: UInt64(truncatingIfNeeded: status.st_dev), file: UInt64(status.st_ino)) : nil
        self.path = FilePlace.resolved(path)
    }

    /// Whether both lead to one file, by another name, a link or other letters on a disk that takes them for the same.
    public func isSame(as other: FilePlace) -> Bool {
        if let identity, let other = other.identity { return identity == other }
        return path.utf8.elementsEqual(other.path.utf8)
    }

    /// The path from a folder to here, nil where this lies elsewhere.
    public func relative(to folder: FilePlace) -> String? {
        let above = folder.path == "/" ? "/" : folder.path + "/"
        guard path.utf8.starts(with: above.utf8) else { return nil }
        return String(path.utf8.dropFirst(above.utf8.count))
    }

    private static func resolved(_ path: String) -> String {
        if let real = FilePaths.real(path) { return real }
        let parts = path.split(separator: "/")
        guard let name = parts.last, path != "." else { return path }
        let folder = parts.dropLast().joined(separator: "/")
        let above = path.hasPrefix("/") ? "/" + folder : folder.isEmpty ? "." : folder
        let real = resolved(above)
        switch name {
        case ".": return real
        case "..":
            let folder = real.split(separator: "/").dropLast().joined(separator: "/")
            return "/" + folder
        default: break
        }
        return real == "/" ? "/\(name)" : "\(real)/\(name)"
    }
}
