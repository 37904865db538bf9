internal import ArgumentParser

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Where people's text goes: standard error, with what it can show.
struct Terminal: Sendable {
    var isTerminal: Bool
    var colour: Bool

    /// - Parameter noColour: `--no-color`; `NO_COLOR` in the environment and `TERM=dumb` hold too.
    static func standardError(noColour: Bool = false) -> Terminal {
        let isTerminal = isatty(STDERR_FILENO) == 1
        let plain = noColour || environment("NO_COLOR").map { !$0.isEmpty } ?? false || environment("TERM") == "dumb"
        return Terminal(isTerminal: isTerminal, colour: isTerminal && !plain)
    }

    /// Where what was asked for goes, with what it can show.
    static func standardOutput(noColour: Bool = false) -> Terminal {
        let plain = noColour || environment("NO_COLOR").map { !$0.isEmpty } ?? false || environment("TERM") == "dumb"
        let isTerminal = isatty(STDOUT_FILENO) == 1
        return Terminal(isTerminal: isTerminal, colour: isTerminal && !plain)
    }

    /// Columns and rows, as they are now; 80 and 24 where nothing says otherwise.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return (80, 24) }
        return (size.ws_col > 0 ? Int(size.ws_col) : 80, size.ws_row > 0 ? Int(size.ws_row) : 24)
    }

    /// Writes people's text. A standard error that is gone is not worth failing for.
    func write(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Writes machine text or what was asked for. A reader who has seen enough and left is no failure.
    ///
    /// - Throws: The exit code 74, once people are told why, where it cannot be written.
    static func print(_ text: String) throws(ExitCode) {
        let problem = Terminal(isTerminal: false, colour: false).write(text, to: STDOUT_FILENO)
        guard let problem, problem != EPIPE else { return }
        standardError().write("error: cannot write to standard output: \(String(cString: strerror(problem)))\n")
        throw ExitStatus.cannotWrite.code
    }

    /// - Parameter patience: in milliseconds, how long a reader may take none of it before the rest is given up. Whoever
    ///   shares our terminal may have made it non-blocking.
    /// - Returns: nil, or the system's number for why the rest is not written.
    @discardableResult
    func write(_ text: String, to descriptor: Int32, patience: Int32 = 10_000) -> Int32? {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { writeBytes(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            if written < 0, errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&waiting, 1, patience) != 0 else { return EAGAIN }
                continue
            }
            guard written > 0 else { return errno }
            bytes = bytes.dropFirst(written)
        }
        return nil
    }

    func paint(_ text: String, _ code: String) -> String {
        colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

/// A variable of the environment; nil if it is not set.
func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}

private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
        Glibc.write(descriptor, bytes, count)
    #else
        Darwin.write(descriptor, bytes, count)
    #endif
}
