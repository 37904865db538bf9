import Foundation
import TestSupport
import Testing

/// Ways to let a program meet the limits that tests run by root would not.
enum Rights {
    /// Words that make a program subject to the rights of files: none for ordinary people, and for root those that
    /// take its power over them away.
    static func ofOrdinaryPeople() throws -> [String] {
        guard geteuid() == 0 else { return [] }
        guard canDropRights else { try Test.cancel("root needs `setpriv`, which can drop its rights, for this test") }
        return dropping
    }

    private static let dropping = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner"]
    private static let canDropRights = succeeds(dropping + ["true"])

    /// Words that run a program with `folder` on a small disk of its own, gone with the program. What is left on it in
    /// the end is copied to `kept`.
    ///
    /// - Parameter blocks: the disk's size in KiB.
    static func onDisk(of blocks: Int, at folder: String, kept: String) throws -> [String] {
        guard canMount else { try Test.cancel("a small disk needs `unshare` and the right to mount") }
        let script = """
            mount -t tmpfs -o size=\(blocks)k none '\(folder)' || exit 99
            "$@"
            code=$?
            cp -a '\(folder)/.' '\(kept)' || exit 98
            exit $code
            """
        return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    }

    private static let canMount = succeeds([
        "unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt",
    ])

    /// Words that run a program to which the disk of a folder is of another kind, such as `nfs4`. It is told by a list of
    /// mounts of our own in the place of the kernel's.
    static func onDisk(ofKind kind: String, folder: String) throws -> [String] {
        let list = "\(folder)/mounts"
        let script = """
            printf '22 28 %d:%d / / rw,relatime - %s server:/export rw\n' \
                $(stat -c '%Hd %Ld' '\(folder)') \(kind) > '\(list)' || exit 99
            mount --bind '\(list)' "/proc/$$/mountinfo" || exit 98
            exec "$@"
            """
        let words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
        guard succeeds(words + ["true"]) else { try Test.cancel("another list of mounts needs the right to mount") }
        return words
    }

    static func has(_ program: String) -> Bool { succeeds(["sh", "-c", "command -v \(program)"]) }

    private static func succeeds(_ words: [String]) -> Bool {
        let script =
            words.map { "'\($0.replacing("'", with: "'\\''"))'" }.joined(separator: " ")
            + " >/dev/null 2>&1 && echo yes"
        guard let process = try? TestProcess("/bin/sh", ["-c", script]) else { return false }
        return process.readLine() == "yes"
    }
}
