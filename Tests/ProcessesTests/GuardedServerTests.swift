import Processes
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct GuardedServerTests {
    @Test func `its lines are heard and the last twenty kept`() async {
        let heard = Mutex<[String]>([])
        let server = GuardedServer.start(
            program: "/bin/sh", arguments: ["-c", "for i in $(seq 25); do echo line $i >&2; done; printf end; exit 3"]
        ) { line in heard.withLock { $0.append(line) } }
        #expect(await server.exit() == .exited(3))
        #expect(heard.withLock { $0 } == (1...25).map { "line \($0)" } + ["end"])
        #expect(server.lastLines == (7...25).map { "line \($0)" } + ["end"])
    }

    @Test func `stopping asks first`() async throws {
        let witness = try Witness()
        let server = GuardedServer.start(
            program: "/bin/sh",
            arguments: [
                "-c", "trap 'echo asked >&9; exit 0' TERM; exec 9>\"$0\"; echo up >&9; while :; do sleep 0.01; done",
                witness.path,
            ],
            grace: 240)
        #expect(await witness.line() == "up")
        #expect(await server.stop() == .exited(0))
        #expect(await witness.line() == "asked")
        await witness.allGone()
    }

    @Test func `once it was stopped, neither it nor the shells about it are left`() async throws {
        let witness = try Witness()
        // It says who the children of its parent are: itself, and the one that watches the leash.
        let server = GuardedServer.start(
            program: "/bin/sh",
            arguments: [
                "-c",
                "exec 9>\"$0\"; until [ $(pgrep -P $PPID | wc -l) = 2 ]; do :; done; "
                    + "echo $PPID $(pgrep -P $PPID) >&9; exec sleep 1000",
                witness.path,
            ])
        let ids = await witness.line().split(separator: " ").compactMap { Int32($0) }
        #expect(ids.count == 3)
        await server.stop()
        #expect(ids.filter(processIsThere) == [])
    }

    @Test func `a server that does not listen is killed after the grace, with all it started`() async throws {
        let witness = try Witness()
        let server = GuardedServer.start(
            program: "/bin/sh",
            arguments: [
                "-c", "trap '' TERM; exec 9>\"$0\"; echo up >&9; sleep 1000 & while :; do sleep 0.01; done",
                witness.path,
            ],
            grace: 0)
        #expect(await witness.line() == "up")
        _ = await server.stop()
        await witness.allGone()
    }

    @Test func `a server whose owner is forgotten ends`() async throws {
        let witness = try Witness()
        var server: GuardedServer? = GuardedServer.start(
            program: "/bin/sh", arguments: ["-c", "exec 9>\"$0\"; echo up >&9; exec sleep 1000", witness.path], grace: 0
        )
        #expect(await witness.line() == "up")
        _ = server
        server = nil
        await witness.allGone()
    }

    @Test func `no orphan survives when we are killed`() async throws {
        let witness = try Witness()
        let owner = try TestProcess(
            TestProgram.path("guarded-server-owner"),
            ["/bin/sh", "-c", "exec 9>\"$0\"; echo up >&9; exec sleep 1000", witness.path])
        #expect(await witness.line() == "up")
        owner.kill9()
        await witness.allGone()
    }

    @Test func `the server is out of reach of our terminal's signals`() async throws {
        let witness = try Witness()
        let server = GuardedServer.start(
            program: "/bin/sh",
            arguments: ["-c", "exec 9>\"$0\"; ps -o sid= -p $$ >&9; exec sleep 1000", witness.path],
            grace: 0)
        let session = Int32(await witness.line().filter { $0.isNumber })
        #expect(session != nil && session != ownSession())
        await server.stop()
    }

    @Test func `a program that cannot be run shows as its end`() async {
        let server = GuardedServer.start(program: "/no/such/server", arguments: [])
        #expect(await server.exit() == .exited(127))
        #expect(server.lastLines.contains { $0.contains("/no/such/server") })
    }
}
