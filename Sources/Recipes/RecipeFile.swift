package import Diagnostics

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Why a recipe's file cannot be read.
package enum RecipeFileError: Error, Equatable, Sendable {
    case missing
    case directory
    /// A pipe, a device, a socket: reading it might never end.
    case notAFile
    case forbidden
    case tooLarge(bytes: Int)
    case unreadable(reason: String)
}

package enum RecipeFile {
    /// The bytes of a recipe.
    package static func read(_ path: String) throws(RecipeFileError) -> [UInt8] {
        // Without O_NONBLOCK a named pipe would wait here for a writer.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw RecipeFileError(errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw RecipeFileError(errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .directory
        default: throw .notAFile
        }
        guard status.st_size <= Recipe.largestSize else { throw .tooLarge(bytes: Int(status.st_size)) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = systemRead(file, &buffer, buffer.count)
            if count > 0 {
                bytes += buffer[..<count]
                guard bytes.count <= Recipe.largestSize else { throw .tooLarge(bytes: bytes.count) }
            } else if count == 0 {
                return bytes
            } else if errno != EINTR {
                throw RecipeFileError(errno)
            }
        }
    }
}

extension RecipeFileError {
    fileprivate init(_ code: Int32) {
        switch code {
        case ENOENT, ENOTDIR: self = .missing
        case EACCES, EPERM: self = .forbidden
        case EISDIR: self = .directory
        default: self = .unreadable(reason: String(cString: strerror(code)))
        }
    }

    /// The problem as a person reads it, without a place.
    package func diagnostic(path: String) -> Diagnostic {
        switch self {
        case .missing: .error("there is no file '\(path)'", at: nil)
        case .directory: .error("'\(path)' is a folder; name the recipe in it", at: nil)
        case .notAFile: .error("'\(path)' is no plain file", at: nil)
        case .forbidden: .error("'\(path)' may not be read; check its permissions", at: nil)
        case .tooLarge(let bytes):
            .error(
                "'\(path)' has \((bytes + (1 << 19)) >> 20) MB, and a recipe has at most 1 MB; is this the right file?",
                at: nil)
        case .unreadable(let reason): .error("'\(path)' cannot be read: \(reason)", at: nil)
        }
    }
}

/// `read(2)`, by a name that does not hide behind ``RecipeFile/read(_:)``.
private func systemRead(_ file: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(file, buffer, count)
}
