internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The keyboard key by key, and a screen of our own, for as long as this is entered.
///
/// Whatever ends the process in good order, signals included, gives the terminal back as it was.
final class RawTerminal {
    enum Input: Sendable {
        case key(UInt8)
        case signal(Int32)
        /// Nothing came in time.
        case nothing
        /// The terminal is gone.
        case end
    }

    private struct State {
        var saved: termios?
        var isEntered = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "linecook.keys")
    /// Signals come as bytes of a pipe, so that one wait is for both.
    private let signalsOut: Int32
    private let signalsIn: Int32
    private let sources: [any DispatchSourceSignal]

    static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT]

    init() {
        var ends: [Int32] = [-1, -1]
        // Without a pipe only signals go unheard, and those that end us still do.
        _ = pipe(&ends)
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (signalsOut, signalsIn) = (ends[0], ends[1])
        let (into, queue) = (ends[1], DispatchQueue(label: "linecook.signals"))
        sources = Self.signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { @Sendable in
                var byte = UInt8(number)
                _ = writeByte(into, &byte)
            }
            source.activateAndWait()
            return source
        }
    }

    deinit {
        leave()
        for source in sources { source.cancel() }
        for number in Self.signals { signal(number, SIG_DFL) }
        close(signalsIn)
        close(signalsOut)
    }

    /// Whether there is somebody to show a screen to.
    static var isThere: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    func enter() {
        state.withLock { state in
            guard !state.isEntered else { return }
            var settings = termios()
            guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return }
            state.saved = settings
            settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
            settings.c_iflag &= ~tcflag_t(IXON | ICRNL)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            state.isEntered = true
            show("\u{1B}[?1049h\u{1B}[?25l")
        }
    }

    func leave() {
        state.withLock { state in
            guard state.isEntered, var saved = state.saved else { return }
            show("\u{1B}[?25h\u{1B}[?1049l")
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved)
            state.isEntered = false
        }
    }

    /// Stops the process, as Ctrl-Z does everywhere, and comes back when it is taken on.
    func suspend() {
        leave()
        kill(getpid(), SIGSTOP)
        enter()
    }

    func show(_ text: String) { Terminal(isTerminal: true, colour: true).write(text) }

    func next(within milliseconds: Int32) async -> Input {
        await withCheckedContinuation { continuation in
            queue.async { @Sendable [signalsOut] in
                var polls = [
                    pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: signalsOut, events: Int16(POLLIN), revents: 0),
                ]
                guard poll(&polls, 2, milliseconds) > 0 else { return continuation.resume(returning: .nothing) }
                var byte: UInt8 = 0
                if polls[1].revents != 0, read(signalsOut, &byte, 1) == 1 {
                    return continuation.resume(returning: .signal(Int32(byte)))
                }
                let count = read(STDIN_FILENO, &byte, 1)
                if count == 1 { return continuation.resume(returning: .key(byte)) }
                let again = count < 0 && (errno == EINTR || errno == EAGAIN)
                continuation.resume(returning: again ? .nothing : .end)
            }
        }
    }
}

private func writeByte(_ descriptor: Int32, _ byte: inout UInt8) -> Int {
    #if canImport(Glibc)
        Glibc.write(descriptor, &byte, 1)
    #else
        Darwin.write(descriptor, &byte, 1)
    #endif
}
