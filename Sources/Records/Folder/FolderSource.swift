internal import Digests
internal import Processes
package import Runs
package import Values

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// The files of a folder as input, in the order of their relative paths' bytes.
///
/// A record is a file that matches one of the patterns; its id is the relative path. Hidden files need a pattern that
/// names the dot. A link to a file inside the folder is read as one more file; links that leave it, pipes and devices
/// fail by name, and links to folders are not entered. Which kinds the patterns can give decides whether records have the
/// fields of an e-mail: all of them, none, or some, for which they are null elsewhere.
package struct FolderSource: RecordSource {
    private let root: String
    private let name: String
    private let patterns: [String]
    private let globs: GlobSet
    private let kinds: Set<DocumentKind>
    private let largest: Int
    private let records: FolderRecords
    /// See ``FolderFiles/settling``.
    var settling = FileStamp.settling

    /// Looks whether there is such a folder and a file in it that matches; reads no file.
    ///
    /// - Parameters:
    ///   - path: as the system finds it.
    ///   - name: as people know it.
    ///   - meta: the properties that are read, typed; nil for none.
    ///   - largest: the size in bytes beyond which a file fails by name.
    package init(
        path: String, name: String, patterns: [String], meta: MetaFields? = nil, largest: Int = 64 << 20
    ) throws(SourceError) {
        root = path
        self.name = name
        self.patterns = patterns
        self.largest = largest
        do throws(GlobError) {
            var globs: [Glob] = []
            for pattern in patterns { globs.append(try Glob(pattern)) }
            self.globs = GlobSet(globs)
            kinds = DocumentKind.all(of: globs)
        } catch {
            throw SourceError(error.message)
        }
        var reader = DocumentReader()
        reader.readsFrontMatter = meta != nil
        reader.largest = largest
        records = FolderRecords(
            reader: reader, mail: !kinds.contains(.mail) ? .none : kinds == [.mail] ? .all : .some, meta: meta)
        try expectFolder()
        guard try walk().next() == nil else { return }
        throw SourceError(try whyNothingMatches())
    }

    /// Why a text is no pattern; nil for one that is.
    package static func problem(withPattern pattern: String) -> String? {
        do throws(GlobError) {
            _ = try Glob(pattern)
            return nil
        } catch {
            return error.message
        }
    }

    package var type: ObjectType { FolderRecords.type(mail: records.mail, meta: records.meta) }

    package var description: String { "\(name) (\(patterns.joined(separator: ", ")))" }
    package var columns: [String] { type.names }
    package var remarks: [String] { records.remarks.sentences }

    package func includes(_ file: FilePlace) -> Bool {
        file.relative(to: FilePlace(root)).map { globs.matches(path: $0) } ?? false
    }

    package func count() throws(SourceError) -> Int {
        let walk = try walk()
        var count = 0
        while try walk.next() != nil { count += 1 }
        return count
    }

    package func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader {
        let walk = try walk()
        for _ in 0..<(position?.offset ?? 0) { guard try walk.next() != nil else { break } }
        return FolderReader(
            walk,
            files: FolderFiles(
                root: root, realRoot: FilePaths.real(root) ?? root, largest: largest, settling: settling),
            records: records, ordinal: position?.ordinal ?? 0)
    }

    private func walk() throws(SourceError) -> FolderListing { try FolderListing(root, globs) }
}

/// A walk whose errors are those of a source.
final class FolderListing {
    private var walk: FolderWalk

    init(_ root: String, _ globs: GlobSet) throws(SourceError) {
        do throws(FileError) {
            walk = try FolderWalk(root, globs)
        } catch {
            throw SourceError(error.message)
        }
    }

    func next() throws(SourceError) -> FolderEntry? {
        do throws(FileError) {
            return try walk.next()
        } catch {
            throw SourceError(error.message)
        }
    }
}

// MARK: Programs that it takes

extension FolderSource {
    /// What this machine lacks to read the files that are there: a sentence for each program, with the command that
    /// installs it. Looks through the folder only where something is lacking.
    package func lacks(
        isInstalled: (Converter) -> Bool = { $0.isInstalled }
    ) throws(SourceError) -> [String] {
        var open = kinds.filter { kind in kind.converters.contains { !isInstalled($0) } }
        guard !open.isEmpty else { return [] }
        var sentences: [String] = []
        let walk = try walk()
        while !open.isEmpty, let entry = try walk.next() {
            let name = Paths.name(of: String(decoding: entry.path, as: UTF8.self))
            guard let kind = open.remove(DocumentKind(ending: Paths.split(name: name).fileExtension)) else { continue }
            for converter in kind.converters where !isInstalled(converter) {
                sentences.append(
                    "there are \(kind.plural) in '\(self.name)', and \(converter.program), which reads them, is not "
                        + "installed; install it with: \(converter.installation)")
            }
        }
        return sentences.sorted()
    }
}

// MARK: Folders that are none, or hold nothing

extension FolderSource {
    private func expectFolder() throws(SourceError) {
        do throws(FileError) {
            switch try FileStatus.of(root)?.kind {
            case .folder: return
            case nil:
                throw FileError(.open, root, ENOENT)
            default:
                throw FileError(.open, root, ENOTDIR)
            }
        } catch {
            switch error.code {
            case ENOENT:
                throw SourceError(
                    "no folder '\(root)'; the nearest folder that exists is '\(Paths.nearestFolder(above: root))'")
            case ENOTDIR:
                throw SourceError("'\(root)' is a file, not a folder; name the folder that it is in")
            default: throw SourceError(error.message)
            }
        }
    }

    private func whyNothingMatches() throws(SourceError) -> String {
        var globs: [Glob] = []
        do throws(GlobError) {
            globs = [try Glob("**")]
        } catch {
            throw SourceError(error.message)
        }
        let all = try FolderListing(root, GlobSet(globs))
        var some: [String] = []
        var count = 0
        while let entry = try all.next() {
            count += 1
            if some.count < 3 { some.append(String(decoding: entry.path, as: UTF8.self)) }
        }
        let wanted = patterns.map { "'\($0)'" }.joined(separator: ", ")
        guard count > 0 else { return "the folder '\(root)' has no files in it, so none matches \(wanted)" }
        let others = count > some.count ? " and \(count - some.count) more" : ""
        return "no file in '\(root)' matches \(wanted); it has \(some.joined(separator: ", "))\(others)"
    }
}
