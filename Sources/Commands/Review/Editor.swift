#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The person's own editor, on a file that nobody else can read.
enum Editor {
    struct Problem: Error, CustomStringConvertible {
        var description: String
        /// What was typed, as far as it can be read.
        var typed: String?
    }

    /// `VISUAL`, else `EDITOR`, else `vi`.
    static var command: String {
        [environment("VISUAL"), environment("EDITOR")].compactMap(\.self).first { !$0.isEmpty } ?? "vi"
    }

    /// Has a text edited. Blocks until the editor ends.
    static func edit(_ text: String) throws(Problem) -> String {
        let base = environment("TMPDIR") ?? "/tmp"
        var template = Array("\(base)/linecook-review-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw problem("make a folder in \(base)") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let file = folder + "/edit.txt"
        defer {
            unlink(file)
            removeLeftovers(of: folder)
        }
        try write(text, to: file)
        let status = try run(file)
        guard status == 0 else { throw Problem(description: "'\(command)' ended with \(status); nothing is changed") }
        return try read(file)
    }

    private static func problem(_ what: String) -> Problem {
        Problem(description: "cannot \(what): \(String(cString: strerror(errno)))")
    }

    private static func write(_ text: String, to file: String) throws(Problem) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw problem("write \(file)") }
        let failure = Terminal(isTerminal: false, colour: false).write(text, to: descriptor)
        close(descriptor)
        if let failure {
            errno = failure
            throw problem("write \(file)")
        }
    }

    private static func read(_ file: String) throws(Problem) -> String {
        guard let stream = fopen(file, "re") else { throw problem("read \(file)") }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&part, 1, part.count, stream), count > 0 { bytes += part.prefix(count) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(
                description: "what the editor wrote is no UTF-8", typed: String(decoding: bytes, as: UTF8.self))
        }
        return text
    }

    /// Through the shell, because `EDITOR` may have options in it.
    private static func run(_ file: String) throws(Problem) -> Int32 {
        let script = command + " \"$1\""
        let arguments: [String] = ["/bin/sh", "-c", script, "sh", file]
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The editor gets the keyboard's signals as any program does.
        var ordinary = sigset_t()
        sigemptyset(&ordinary)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGPIPE, SIGWINCH] { sigaddset(&ordinary, number) }
        posix_spawnattr_setsigdefault(&attributes, &ordinary)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var id: pid_t = 0
        let failure = posix_spawn(&id, "/bin/sh", nil, &attributes, &words, environ)
        guard failure == 0 else {
            errno = failure
            throw problem("start '\(command)'")
        }
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 {
            guard errno == EINTR else { throw problem("wait for '\(command)'") }
        }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Backups and the like that editors leave beside a file hold the same text.
    private static func removeLeftovers(of folder: String) {
        if let directory = opendir(folder) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { unlink("\(folder)/\(name)") }
            }
            closedir(directory)
        }
        rmdir(folder)
    }
}
