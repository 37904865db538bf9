#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Lets only one process execute a run at a time. Reading it, and deciding about its records, needs no lock.
///
/// The lock is the kernel's: it goes when this value goes, or when its process does, in whatever way. It belongs to
/// the open file, so a second lock in the same process is refused too; children never have it, because the file is
/// closed when they become another program. The folder is locked as well as the file in it, which people take away when a
/// program has told them of a lock.
package final class RunLock: Sendable {
    private let file: CInt
    private let folder: CInt

    /// Takes the lock of a run folder.
    ///
    /// - Throws: `busy`, naming the process that has it.
    package init(_ run: RunFolder) throws(JournalError) {
        let path = run.path + "/lock"
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw JournalError(path: path, doing: "lock", errno: errno) }
        folder = open(run.path, O_RDONLY | O_CLOEXEC)
        // From here on both are closed by `deinit`, which also closes what was not opened without harm.
        guard folder >= 0 else { throw JournalError(path: run.path, doing: "lock", errno: errno) }
        for descriptor in [file, folder] {
            while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                let problem = errno
                if problem == EINTR { continue }
                guard problem == EWOULDBLOCK else { throw JournalError(path: path, doing: "lock", errno: problem) }
                throw JournalError(
                    .busy,
                    "\(run.path) is being executed by \(Self.note(in: file)); wait for it, or stop it with Ctrl-C, then "
                        + "go on")
            }
        }
        Self.sign(file)
    }

    deinit {
        for descriptor in [file, folder] {
            // A child that is being started holds every open file for a moment; closing ours would leave it the lock.
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
    }

    /// Who executes a run right now, such as `process 4711`; nil where nobody does.
    ///
    /// It looks by asking for the lock for a moment, as one of many who may look at once. So it is for runs that have not
    /// ended: who begins to execute the run in that very moment would be refused.
    package static func holder(of run: RunFolder) -> String? {
        for path in [run.path + "/lock", run.path] {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            if flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK { return note(in: descriptor) }
        }
        return nil
    }

    /// Leaves a note for those who find the lock taken. What an earlier process left does no harm: it held no lock.
    private static func sign(_ file: CInt) {
        let note = Array("process \(getpid())".utf8)
        // Without the note, a full disk say, the lock holds all the same.
        if ftruncate(file, 0) == 0 { _ = pwrite(file, note, note.count, 0) }
    }

    private static func note(in file: CInt) -> String {
        var note = [UInt8](repeating: 0, count: 64)
        let count = pread(file, &note, note.count, 0)
        return count > 0 ? String(decoding: note.prefix(count), as: UTF8.self) : "another process"
    }
}
