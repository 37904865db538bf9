#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A report that cannot be written: a full disk, a read-only folder.
package struct ReportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Names the file and what is wrong.
    package var message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}

/// A file that is replaced whole or stays as it was: it is written beside its place and moved there by ``commit()``.
///
/// Without a commit the new file is gone with this value.
final class ReplacedFile {
    private let path: String
    private let draft: String
    private var descriptor: CInt
    private var buffer: [UInt8] = []
    private static let bufferSize = 1 << 16

    init(_ path: String) throws(ReportError) {
        self.path = path
        draft = path + ".new"
        descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        if descriptor < 0 { throw Self.error("cannot write", path) }
        buffer.reserveCapacity(Self.bufferSize * 2)
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(draft)
    }

    func write(_ text: String) throws(ReportError) {
        try write { $0.append(contentsOf: text.utf8) }
    }

    /// Appends what the closure adds to the buffer.
    func write(_ body: (inout [UInt8]) -> Void) throws(ReportError) {
        body(&buffer)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Brings the file to the disk and into its place.
    func commit() throws(ReportError) {
        try flush()
        guard fsync(descriptor) == 0 else { throw Self.error("cannot write", path) }
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0, rename(draft, path) == 0 else {
            let error = Self.error("cannot replace", path)
            unlink(draft)
            throw error
        }
    }

    private func flush() throws(ReportError) {
        var from = 0
        while from < buffer.count {
            let written = buffer.withUnsafeBytes { bytes in
                Self.systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: bytes[from...]))
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Self.error("cannot write", path) }
            from += written
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private static func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    private static func error(_ what: String, _ path: String) -> ReportError {
        let number = errno
        let mend = number == EMFILE || number == ENFILE ? "; raise the limit with `ulimit -n 4096`" : ""
        return ReportError("\(what) \(path): \(String(cString: strerror(number)))\(mend)")
    }

    /// Makes the names of replaced files last through a power cut.
    static func sync(folder: String) throws(ReportError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw error("cannot open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw error("cannot write", folder) }
    }
}
