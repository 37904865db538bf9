import Foundation
import Testing

@testable import Journaling

/// What `kill -9` leaves, and how often the disk is asked.
@Suite(.serialized) struct `a killed process` {
    @Test(arguments: [1, 40, 300, 1500])
    func `loses nothing that was acknowledged, and leaves no half of a pair`(lines: Int) async throws {
        try await TemporaryFolder.with { folder in
            let crasher = try Helper("journal-crasher", ["write", folder.path])
            var said = try crasher.lines(lines)
            crasher.kill()
            said += crasher.rest()
            let acknowledged = said.map { $0.split(separator: " ").compactMap { Int($0) } }

            let reader = try SQLiteJournalReader(path: folder.journal)
            var steps: [Int: [JournalEntry]] = [:]
            try reader.forEachEvent { steps[$0.entry.ordinal, default: []].append($0.entry) }
            for (ordinal, entries) in steps {
                #expect(entries.count % 2 == 0)
                let expected = (0..<entries.count / 2).flatMap { [($0, JournalEntry.Kind.answer), ($0 + 1, .start)] }
                #expect(entries.map(\.step) == expected.map(\.0), "record \(ordinal)")
                #expect(entries.map(\.kind) == expected.map(\.1), "record \(ordinal)")
            }
            for pair in acknowledged {
                #expect(pair[1] < (steps[pair[0]]?.count ?? 0) / 2, "step \(pair[1]) of record \(pair[0]) is lost")
            }
            // And it goes on.
            let journal = try SQLiteJournal(path: folder.journal)
            try await journal.append([Sample.start(100)])
            try await journal.close()
        }
    }

    @Test func `leaves no lock behind, though its child lives on`() async throws {
        try await TemporaryFolder.with { folder in
            let holder = try Helper("journal-crasher", ["hold", folder.path])
            let child = try #require(pid_t(try holder.lines(1)[0]))
            defer { kill(child, SIGKILL) }
            let refused = #expect(throws: JournalError.self) { _ = try RunLock(folder) }
            #expect(refused?.reason == .busy)
            #expect(refused?.message.contains("process \(holder.process)") == true)

            #if os(Linux)
                let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(child)/fd").compactMap {
                    link("/proc/\(child)/fd/\($0)")
                }
                #expect(open.contains { $0.hasPrefix("pipe:") })
                #expect(!open.contains { $0.hasPrefix(folder.path) }, "the child has \(open)")
            #endif
            holder.kill()
            #expect(kill(child, 0) == 0)
            _ = try RunLock(folder)
            // The journal is not kept from others either.
            let journal = try SQLiteJournal(path: folder.journal)
            try await journal.append([Sample.start(1)])
            try await journal.close()
        }
    }

    /// Where a link of `/proc` leads; nil once it is gone, as a starting program's files soon are.
    func link(_ path: String) -> String? {
        var target = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &target, target.count)
        return count < 0 ? nil : String(decoding: target.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    @Test(.enabled(if: Helper.canTrace, "strace is missing or may not trace"))
    func `was asked one sync for each commit`() async throws {
        func syncs(commits: Int) async throws -> Int {
            try await TemporaryFolder.with { folder in
                let trace = folder.path + "/trace"
                let helper = try Helper(
                    path: "/usr/bin/env",
                    // Nobody can look for leaks in a program that is traced.
                    [
                        "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-o", trace, "-e", "trace=fsync,fdatasync",
                        Helper.path(of: "journal-crasher"),
                    ]
                        + ["commits", folder.path, "\(commits)"])
                _ = helper.rest()
                #expect(helper.status() == 0)
                let text = try String(contentsOfFile: trace, encoding: .utf8)
                return text.split(separator: "\n").count { $0.contains("sync(") }
            }
        }
        #expect(try await syncs(commits: 40) - syncs(commits: 10) == 30)
    }
}

@Suite struct `the lock of a run` {
    @Test func `lets nobody in a second time, and anybody once it is let go`() async throws {
        try await TemporaryFolder.with { folder in
            do {
                let lock = try RunLock(folder)
                let refused = #expect(throws: JournalError.self) { _ = try RunLock(folder) }
                #expect(refused?.reason == .busy)
                #expect(refused?.message.contains("process \(getpid())") == true)
                withExtendedLifetime(lock) {}
            }
            _ = try RunLock(folder)
        }
    }

    @Test func `holds though somebody takes its file away`() async throws {
        try await TemporaryFolder.with { folder in
            let lock = try RunLock(folder)
            try FileManager.default.removeItem(atPath: folder.path + "/lock")
            let refused = #expect(throws: JournalError.self) { _ = try RunLock(folder) }
            #expect(refused?.reason == .busy)
            #expect(refused?.message.contains("is being executed by another process") == true)
            withExtendedLifetime(lock) {}
        }
    }

    @Test func `needs its folder`() async throws {
        let problem = #expect(throws: JournalError.self) { _ = try RunLock(RunFolder("/no/such/folder")) }
        #expect(problem?.message.contains("/no/such/folder/lock") == true)
    }
}

@Suite struct `a run folder` {
    @Test func `may lie on a disk, also before it is made`() async throws {
        try await TemporaryFolder.with { folder in
            try folder.refuseNetworkFileSystem()
            try RunFolder(folder.path + "/runs/new").refuseNetworkFileSystem()
        }
    }

    @Test(arguments: [
        ("0:52", "nfs4", true), ("0:61", "cifs", true), ("0:70", "9p", true), ("0:75", "fuse.sshfs", true),
        ("0:76", "ceph", true), ("0:77", "fuse.glusterfs", true), ("0:78", "lustre", true), ("0:79", "afs", true),
        ("254:0", "ext4", false),
    ])
    func `on a network file system is known by its mount`(device: String, kind: String, isNetwork: Bool) {
        let mounts = """
            22 28 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            40 22 0:52 / /mnt/team rw,relatime shared:20 - nfs4 server:/export rw,vers=4.2
            41 22 0:61 / /mnt/share rw - cifs //server/share rw
            42 22 0:70 / /mnt/host rw master:1 propagate_from:2 - 9p host rw
            43 22 0:75 / /mnt/far rw,nosuid - fuse.sshfs me@far:/home/me rw,user_id=1000
            44 22 0:76 / /mnt/pool rw - ceph 10.0.0.1:6789:/ rw,acl
            45 22 0:77 / /mnt/bricks rw - fuse.glusterfs server:/bricks rw,max_read=131072
            46 22 0:78 / /mnt/scratch rw - lustre 10.0.0.2@tcp:/scratch rw,flock
            47 22 0:79 / /afs rw - afs AFS rw
            """
        let parts = device.split(separator: ":").compactMap { UInt64($0) }
        let found = RunFolder.fileSystem(device: parts[0] << 8 | parts[1], mounts: mounts)
        #expect(found == kind)
        #expect(found.map(RunFolder.isNetwork) == isNetwork)
        #expect(RunFolder.fileSystem(device: 99, mounts: mounts) == nil)
    }
}
