import TestSupport
import Testing

@testable import Processes

@Suite struct ChildTests {
    @Test func `a program gets its arguments and input and gives its output`() async {
        let result = await Child.run(
            program: "/bin/sh", arguments: ["-c", "cat; printf ' %s' \"$1\"; echo oops >&2", "sh", "x y"],
            input: Array("hello".utf8), timeout: .seconds(120), outputLimit: 100)
        #expect(result == ChildResult(ending: .exited(0), output: Array("hello x y".utf8), errorTail: "oops\n"))
    }

    @Test func `an exit code and a signal are told apart`() async {
        let exited = await Child.run(
            program: "sh", arguments: ["-c", "exit 7"], timeout: .seconds(120), outputLimit: 10)
        #expect(exited.ending == .exited(7))
        let killed = await Child.run(
            program: "sh", arguments: ["-c", "kill -9 $$"], timeout: .seconds(120), outputLimit: 10)
        #expect(killed.ending == .signalled(9))
    }

    @Test func `a program that does not read its input is no failure`() async {
        let result = await Child.run(
            program: "true", input: [UInt8](repeating: 65, count: 1 << 20), timeout: .seconds(120), outputLimit: 10)
        #expect(result.ending == .exited(0))
    }

    @Test func `a missing program is named`() async {
        let result = await Child.run(program: "no-such-program", timeout: .seconds(1), outputLimit: 1)
        #expect(result.ending == .notStarted("there is no program 'no-such-program'"))
    }

    @Test func `too much output ends the program and keeps what was allowed`() async {
        let result = await Child.run(
            program: "sh", arguments: ["-c", "while :; do echo 0123456789; done"], timeout: .seconds(120),
            outputLimit: 25)
        #expect(result.ending == .outputTooLong)
        #expect(result.output == Array("0123456789\n0123456789\n012".utf8))
    }

    @Test func `exactly as much output as allowed is not too much`() async {
        let result = await Child.run(program: "printf", arguments: ["12345"], timeout: .seconds(120), outputLimit: 5)
        #expect(result == ChildResult(ending: .exited(0), output: Array("12345".utf8), errorTail: ""))
    }

    @Test(.timeLimit(.minutes(5)))
    func `a time limit ends the program and what it started`() async throws {
        let witness = try Witness()
        let result = await Child.run(
            program: "sh",
            arguments: ["-c", "(exec 9>\"$0\"; sleep 1000) & (exec 9>\"$0\"; sleep 1000)", witness.path],
            timeout: .milliseconds(200), outputLimit: 10)
        #expect(result.ending == .timedOut)
        await witness.allGone()
    }

    @Test(.timeLimit(.minutes(5)))
    func `cancelling the task ends the program`() async throws {
        let witness = try Witness()
        let task = Task {
            await Child.run(
                program: "sh", arguments: ["-c", "exec 9>\"$0\"; echo up >&9; exec sleep 1000", witness.path],
                timeout: .seconds(1000), outputLimit: 10)
        }
        #expect(await witness.line() == "up")
        task.cancel()
        #expect(await task.value.ending == .cancelled)
        await witness.allGone()
    }

    @Test(.timeLimit(.minutes(5)))
    func `a program that leaves somebody behind with its output is not waited for`() async throws {
        let result = await Child.run(
            program: "sh", arguments: ["-c", "sleep 1000 & echo $!"], timeout: .seconds(30), outputLimit: 100)
        #expect(result.ending == .exited(0))
        let id = String(decoding: result.output, as: UTF8.self).split(separator: "\n").first.flatMap { Int32($0) }
        killProcess(try #require(id))
    }

    @Test func `a child sees what programs need and no key of ours`() async {
        setVariable("LINECOOK_TEST_KEY", to: "secret")
        let result = await Child.run(
            program: "env", environment: ChildEnvironment(["EXTRA": "given"]), timeout: .seconds(120),
            outputLimit: 100_000)
        let lines = String(decoding: result.output, as: UTF8.self).split(separator: "\n")
        #expect(lines.contains("EXTRA=given"))
        #expect(lines.contains { $0.hasPrefix("PATH=") })
        #expect(!lines.contains { $0.hasPrefix("LINECOOK_TEST_KEY") })
    }

    @Test func `a child inherits no file of ours`() async throws {
        let witness = try Witness()
        let open = witness.openForWriting()
        defer { open.close() }
        let result = await Child.run(
            program: "sh", arguments: ["-c", "ls /proc/self/fd 2>/dev/null || ls /dev/fd"], timeout: .seconds(120),
            outputLimit: 1_000)
        let files = String(decoding: result.output, as: UTF8.self).split(separator: "\n").compactMap { Int($0) }
        // The fourth is the folder that `ls` reads.
        #expect(files.count <= 4, "\(files)")
    }
}

@Suite struct OpenFileLimitTests {
    @Test func `the limit is raised for us and not for children`() async throws {
        // Tests run with whatever limit there is; with the hard one as the soft one nothing is left to raise.
        let limit = OpenFileLimit.raise()
        #expect(limit.current >= limit.original)
        #expect(OpenFileLimit.raise() == limit)
        let result = await Child.run(
            program: "sh", arguments: ["-c", "ulimit -Sn"], timeout: .seconds(120), outputLimit: 100)
        #expect(String(decoding: result.output, as: UTF8.self) == "\(limit.original)\n")
    }

    @Test func `a limit that is too low for the width is told with its mend`() {
        let limit = OpenFileLimit(current: 256, original: 256)
        #expect(limit.shortage(for: 64, beside: 40) == nil)
        #expect(
            limit.shortage(for: 1_000, beside: 40)
                == "only 256 files may be open at once, so at most 162 requests instead of 1000; raise it with `ulimit -n 4096` before the run"
        )
        #expect(limit.lack(beside: 255) == nil)
    }

    @Test func `a limit under which nothing runs is told with its mend`() {
        let limit = OpenFileLimit(current: 12, original: 12)
        #expect(
            limit.lack(beside: 21)
                == "only 12 files may be open at once, and this run needs 22 at least; raise it with `ulimit -n 4096` before the run"
        )
    }
}
