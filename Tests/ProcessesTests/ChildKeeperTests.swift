import Testing

@testable import Processes

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct ChildKeeperTests {
    @Test func `no child is let begin whose keeper is gone`() throws {
        // Broken pipes are told by errors from the first launch on.
        _ = Launch(path: "/bin/true", arguments: [])
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let keeper = ChildKeeper(leash: ends[1])
        defer { close(ends[1]) }
        try keeper.began(4711)
        close(ends[0])
        // A program that another test starts just now may have it for a moment.
        var broken = pollfd(fd: ends[1], events: 0, revents: 0)
        while poll(&broken, 1, 240_000) < 0, errno == EINTR {}
        let error = #expect(throws: ChildKeeper.NotThere.self) { try keeper.began(4712) }
        #expect("\(try #require(error))".contains("is gone"))
        keeper.ended(4711)
    }
}
