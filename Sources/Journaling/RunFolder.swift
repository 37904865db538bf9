#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The folder of one run, and what lies in it.
package struct RunFolder: Hashable, Sendable {
    package var path: String

    package init(_ path: String) { self.path = path }

    package var journal: String { path + "/journal.sqlite" }
    /// The recipe as it ran: written once the journal is there, and taken away before it.
    package var recipe: String { path + "/recipe.yaml" }

    /// Whether a run is or was in the folder, as far as may be seen: its journal, or what it has left where that is gone.
    package var holdsRun: Bool {
        // What may not be looked at is there for all that is known.
        Self.presence(of: journal) != .absent || Self.presence(of: recipe) == .present
    }

    /// Refuses a folder in which a recipe is and no journal: a run that was there is lost, or the recipe is no run's and
    /// would be written over.
    package func refuseLostJournal() throws(JournalError) {
        switch Self.presence(of: journal) {
        case .present: return
        case .hidden(let problem): throw JournalError(path: journal, doing: "look at", errno: problem)
        case .absent: guard Self.presence(of: recipe) == .present else { return }
        }
        throw JournalError(
            .lost,
            "\(recipe) has no journal.sqlite beside it; if a run was there, put its journal back or take the folder away, "
                + "else name another folder with --run")
    }

    private enum Presence: Equatable {
        case present, absent
        /// It may not be looked at, for this reason of the system's.
        case hidden(CInt)
    }

    private static func presence(of path: String) -> Presence {
        var info = stat()
        if stat(path, &info) == 0 { return .present }
        return errno == ENOENT || errno == ENOTDIR ? .absent : .hidden(errno)
    }

    /// Refuses a folder, made or yet to be made, on a file system where locks and syncs are not what they are on a
    /// disk: a journal there can be damaged without anybody doing wrong.
    package func refuseNetworkFileSystem() throws(JournalError) {
        guard let name = try networkFileSystem() else { return }
        throw JournalError(
            .io,
            "\(path) lies on a network file system (\(name)), where the journal of a run is not safe; name a folder "
                + "on a disk of this machine with --run")
    }

    /// The kind of the network file system that the folder lies on, made or yet to be made; nil for a disk of this machine.
    package func networkFileSystem() throws(JournalError) -> String? {
        var place = path.isEmpty ? "." : path
        var info = stat()
        while stat(place, &info) != 0 {
            // Whoever makes the folder says what is wrong with a name on its way that is no folder's.
            guard errno == ENOENT || errno == ENOTDIR, let parent = Self.parent(of: place) else {
                throw JournalError(path: place, doing: "look at", errno: errno)
            }
            place = parent
        }
        let name = try Self.fileSystem(of: place, device: UInt64(info.st_dev))
        return name.flatMap { Self.isNetwork($0) ? $0 : nil }
    }

    package static func parent(of path: String) -> String? {
        guard path != "/", path != "." else { return nil }
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func isNetwork(_ fileSystem: String) -> Bool {
        [
            "9p", "afpfs", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "lustre", "nfs", "nfs4", "smb2",
            "smb3", "smbfs", "webdav",
        ].contains(fileSystem)
    }

    #if canImport(Darwin)
        private static func fileSystem(of path: String, device: UInt64) throws(JournalError) -> String? {
            var info = statfs()
            guard statfs(path, &info) == 0 else { throw JournalError(path: path, doing: "look at", errno: errno) }
            return withUnsafeBytes(of: info.f_fstypename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
    #else
        private static func fileSystem(of path: String, device: UInt64) throws(JournalError) -> String? {
            // Where /proc is not mounted nothing is known, and nothing refused.
            guard let file = fopen("/proc/self/mountinfo", "re") else { return nil }
            defer { fclose(file) }
            var text: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 16384)
            while case let count = fread(&part, 1, part.count, file), count > 0 { text += part.prefix(count) }
            return fileSystem(device: device, mounts: String(decoding: text, as: UTF8.self))
        }
    #endif

    /// - Parameter mounts: As in Linux' `/proc/self/mountinfo`: the third field is the device, the first behind the
    ///   lone `-` the kind of file system.
    static func fileSystem(device: UInt64, mounts: String) -> String? {
        let major = device >> 8 & 0xFFF | device >> 32 & ~0xFFF
        let minor = device & 0xFF | device >> 12 & ~0xFF
        for line in mounts.utf8.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            guard fields.count > 3, fields[2] == "\(major):\(minor)", let dash = fields.firstIndex(of: "-"),
                dash + 1 < fields.count
            else { continue }
            return fields[dash + 1]
        }
        return nil
    }
}
