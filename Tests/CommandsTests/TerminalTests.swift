import Foundation
import Synchronization
import Testing

@testable import Commands

@Suite struct TerminalTests {
    private let terminal = Terminal(isTerminal: false, colour: false)

    /// A pipe whose end for writing does not block.
    private func pipe() -> (reading: FileHandle, writing: FileHandle) {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        #expect(fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0)
        return (pipe.fileHandleForReading, pipe.fileHandleForWriting)
    }

    @Test func `a reader who takes nothing is given up, one who is slow is waited for`() throws {
        let text = String(repeating: "line\n", count: 100_000)
        let (reading, writing) = pipe()
        terminal.write(text, to: writing.fileDescriptor, patience: 1)
        let done = DispatchSemaphore(value: 0)
        let read = Mutex(0)
        Thread.detachNewThread {
            while case let piece = reading.availableData, !piece.isEmpty { read.withLock { $0 += piece.count } }
            done.signal()
        }
        terminal.write(text, to: writing.fileDescriptor, patience: 60_000)
        try writing.close()
        done.wait()
        let count = read.withLock { $0 }
        #expect(count >= text.utf8.count && count < 2 * text.utf8.count)
    }
}
