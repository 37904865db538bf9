internal import ArgumentParser
internal import Diagnostics
internal import Dispatch
internal import Execution
internal import Runs
internal import Synchronization
internal import Values

/// How a run tells how far it is.
enum ProgressStyle: String, ExpressibleByArgument, CaseIterable, Sendable {
    case auto, bar, lines, json, none
}

/// Tells people, while a run goes on, how far it is: live lines on a terminal, a line now and then elsewhere, JSON lines
/// on standard output for programs.
final class ProgressPrinter: Sendable {
    private struct State {
        /// The live lines above the cursor, by how many columns each takes.
        var shown: [Int] = []
        /// Whether there is a run to tell of.
        var hasStarted = false
        /// False once the last state was told.
        var isLive = true
        var lastLine = ""
    }

    private let style: ProgressStyle
    private let terminal: Terminal
    private let screen: ProgressScreen
    private let tally: RunTally
    private let started = ContinuousClock.now
    /// Dispatch's sources may be used from any thread; they only do not say so.
    private nonisolated(unsafe) let timer: any DispatchSourceTimer
    private let state = Mutex(State())

    init(style: ProgressStyle, terminal: Terminal, outline: RunOutline, tally: RunTally) {
        self.style = style == .auto ? (terminal.isTerminal ? .bar : .lines) : style
        self.terminal = terminal
        self.tally = tally
        screen = ProgressScreen(steps: outline.steps, currency: outline.currency)
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "linecook.progress"))
        // Dispatch ends the program where a timer is let go that was never active.
        timer.activate()
    }

    func start() {
        state.withLock { $0.hasStarted = true }
        guard style != .none else { return }
        let every: DispatchTimeInterval = style == .bar ? .milliseconds(200) : .seconds(style == .json ? 1 : 10)
        timer.setEventHandler { @Sendable [weak self] in self?.tell() }
        timer.schedule(deadline: .now() + every, repeating: every, leeway: .milliseconds(50))
    }

    /// Tells the last state and stops. Nothing is told of a run that could not start.
    func finish() {
        timer.cancel()
        guard style != .none, state.withLock(\.hasStarted) else { return }
        tell()
        state.withLock { state in
            state.shown = []
            state.isLive = false
        }
    }

    /// Writes a line of text above the live lines.
    func say(_ text: String) {
        state.withLock { state in
            terminal.write(erase(&state) + text.printable + "\n")
            if style == .bar, state.isLive { draw(&state) }
        }
    }

    private func tell() {
        state.withLock { state in
            // The timer's last call may come while the run is closed.
            guard state.isLive else { return }
            switch style {
            case .bar:
                terminal.write(erase(&state))
                draw(&state)
            case .lines:
                let line = screen.totalLine(tally.snapshot, seconds: elapsed)
                guard line != state.lastLine else { return }
                state.lastLine = line
                terminal.write(line + "\n")
            case .json:
                let line = JSON.text(of: ProgressPrinter.value(tally.snapshot, seconds: elapsed)) + "\n"
                // Told once; that nobody can listen is no reason to leave a run unfinished.
                do { try Terminal.print(line) } catch { state.isLive = false }
            case .auto, .none: break
            }
        }
    }

    /// What takes the live lines away. A terminal that was made narrower has broken them; what has left it above is out
    /// of reach.
    private func erase(_ state: inout State) -> String {
        guard !state.shown.isEmpty else { return "" }
        let size = terminal.size
        let rows = state.shown.reduce(0) { $0 + max(1, ($1 + size.columns - 1) / size.columns) }
        state.shown = []
        return "\u{1B}[\(min(rows, max(1, size.rows - 1)))A\r\u{1B}[J"
    }

    private func draw(_ state: inout State) {
        let size = terminal.size
        // The cursor stands in the row below.
        let lines = screen.lines(tally.snapshot, seconds: elapsed, width: size.columns, room: max(1, size.rows - 1))
        terminal.write(lines.map { $0 + "\n" }.joined())
        state.shown = lines.map(\.unicodeScalars.count)
    }

    private var elapsed: Double {
        let passed = ContinuousClock.now - started
        return Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18
    }

    private static func value(_ snapshot: RunTally.Snapshot, seconds: Double) -> Value {
        let counts = snapshot.counts
        return [
            "seconds": .double((seconds * 1000).rounded() / 1000), "read": .int(Int64(counts.read)),
            "done": .int(Int64(counts.done)), "flagged": .int(Int64(counts.flagged)),
            "failed": .int(Int64(counts.failed)), "rejected": .int(Int64(counts.rejected)),
            "skipped": .int(Int64(counts.skipped)), "waiting": .int(Int64(counts.waiting)),
            "not_reached": .int(Int64(counts.notReached)), "asking": .int(Int64(snapshot.asking.reduce(0, +))),
            "tokens_in": .int(Int64(snapshot.usage.tokensIn)), "tokens_out": .int(Int64(snapshot.usage.tokensOut)),
        ]
    }
}
