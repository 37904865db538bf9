import Dispatch

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A named pipe that processes hold open: its end is reached when the last of them is gone.
final class Witness: Sendable {
    let path: String
    private let reading: CInt

    struct NotMade: Error {}

    init() throws {
        var template = Array("/tmp/linecook-witness-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw NotMade() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) + "/pipe"
        guard mkfifo(path, 0o600) == 0 else { throw NotMade() }
        // Opened without waiting for a writer, then read with waiting.
        reading = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        _ = fcntl(reading, F_SETFL, 0)
    }

    deinit {
        close(reading)
        unlink(path)
        rmdir(String(path.dropLast("/pipe".count)))
    }

    struct Writer {
        let file: CInt
        func close() {
            #if canImport(Glibc)
                _ = Glibc.close(file)
            #else
                _ = Darwin.close(file)
            #endif
        }
    }

    /// A file of our own that a child could inherit by mistake.
    func openForWriting() -> Writer { Writer(file: open(path, O_WRONLY)) }

    /// The next line that somebody wrote; waits for it. Empty at the end.
    func line() async -> String {
        await blocking { [reading] in
            var line = ""
            var byte: UInt8 = 0
            while true {
                let count = read(reading, &byte, 1)
                if count == 1, byte == UInt8(ascii: "\n") { return line }
                if count == 1 { line.unicodeScalars.append(Unicode.Scalar(byte)) }
                if count == 0, !line.isEmpty { return line }
                // Nobody has opened the pipe yet.
                if count == 0 { usleep(2_000) }
            }
        }
    }

    /// Waits until nobody holds the pipe any more. Somebody must have held it before.
    func allGone() async {
        await blocking { [reading] in
            var bytes = [UInt8](repeating: 0, count: 256)
            var count = 1
            while count > 0 || count < 0 && errno == EINTR { count = read(reading, &bytes, bytes.count) }
        }
    }
}

/// Runs what blocks on a thread of its own.
func blocking<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in
        DispatchQueue(label: "blocking").async { @Sendable in continuation.resume(returning: work()) }
    }
}

func killProcess(_ id: Int32) { kill(id, SIGKILL) }

/// Also one that has ended, until its parent has taken notice.
func processIsThere(_ id: Int32) -> Bool { kill(id, 0) == 0 }

func setVariable(_ name: String, to value: String) { setenv(name, value, 1) }

func ownSession() -> Int32 { getsid(0) }
