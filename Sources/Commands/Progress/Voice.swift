internal import Synchronization

/// Says lines to people: on the terminal, and above the live lines once there are any.
final class Voice: Sendable {
    private let terminal: Terminal
    private let printer = Mutex<ProgressPrinter?>(nil)

    init(_ terminal: Terminal) { self.terminal = terminal }

    func speak(through printer: ProgressPrinter) { self.printer.withLock { $0 = printer } }

    func say(_ text: String) {
        guard let printer = printer.withLock({ $0 }) else { return terminal.write(text + "\n") }
        printer.say(text)
    }
}
