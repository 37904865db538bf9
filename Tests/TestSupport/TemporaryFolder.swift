#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A folder of a test's own, removed with all it holds at the end.
public final class TemporaryFolder: Sendable {
    public let path: String

    public struct NotMade: Error {
        public var path: String
        public var errno: Int32
    }

    public init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/linecook-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw NotMade(path: base, errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// Writes a file, with the folders it needs, and gives its path.
    public func write(_ name: String, _ text: String) throws -> String {
        let file = place(of: name)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw NotMade(path: file, errno: errno) }
        let bytes = Array(text.utf8)
        guard Self.writeAll(bytes, to: descriptor) else { throw NotMade(path: file, errno: errno) }
        close(descriptor)
        return file
    }

    /// Writes a shell script that can be run at once.
    ///
    /// Another process writes it. A program that is open for writing anywhere cannot be run, and what this process has
    /// open is so for a moment in every program that another test starts just then.
    public func writeProgram(_ name: String, _ script: String) throws -> String {
        let file = place(of: name)
        let writer = try TestProcess(
            "/bin/sh",
            ["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod 755 \"$0\" && echo written", file, script])
        guard let said = writer.readLine(), said == "written" else { throw NotMade(path: file, errno: EIO) }
        return file
    }

    /// Where a file goes, in a folder that is there.
    private func place(of name: String) -> String {
        let file = path + "/" + name
        for end in file.indices where file[end] == "/" && end > path.endIndex { mkdir(String(file[..<end]), 0o755) }
        return file
    }

    public func read(_ name: String) throws -> String {
        let file = path + "/" + name
        guard let stream = fopen(file, "r") else { throw NotMade(path: file, errno: errno) }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&part, 1, part.count, stream)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += part.prefix(count)
        }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes, bytes.count) == bytes.count
        #else
            Darwin.write(descriptor, bytes, bytes.count) == bytes.count
        #endif
    }

    /// A link goes, and not what it leads to.
    private static func remove(_ path: String) {
        if unlink(path) != 0, let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { remove(path + "/" + name) }
            }
            closedir(folder)
            rmdir(path)
        }
    }
}
