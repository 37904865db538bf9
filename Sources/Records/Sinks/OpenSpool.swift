internal import Digests
internal import Runs

/// The spool of an output while rows are written to it.
final class OpenSpool {
    let late: LateRows
    private let files: SinkFiles
    private let format: any RowFormat
    private let headerEnd: Int64
    private let spool: File
    private var end: Int64
    private var rows: Int
    /// Where each chunk's rows begin, as if the first row of all still had its separator.
    private var bases: [Int64] = []
    private let places: File
    private let hash: FingerprintStream
    /// Of ``bases``, as they lie in their file.
    private let placesHash: FingerprintStream
    /// Of the spool as it is; nil where it will not be the target, and where nobody kept it.
    private var sha: SHA256Stream?

    init(files: SinkFiles, format: any RowFormat, mark: SinkMark?, late: LateRows) throws(SinkError) {
        self.files = files
        self.format = format
        self.late = late
        let header = format.header
        headerEnd = Int64(header.count)
        let hash = FingerprintStream()
        self.hash = hash
        let placesHash = FingerprintStream()
        self.placesHash = placesHash
        // Emptied only once it is ours: until then it may be what another run is writing.
        let spool = try OpenSpool.locked(files)
        let places = try asSinkError { () throws(FileError) in
            if mark == nil { try spool.truncate(to: 0) }
            return try File.writing(files.places, emptied: mark == nil)
        }
        // One that has to be summed up is woven, and hashed then.
        let isWoven = format is any SummingFormat
        if let mark {
            try OpenSpool.verify(spool, header: header, mark: mark, hash, name: files.path.text)
            bases = try OpenSpool.read(places, mark: mark, placesHash, name: files.path.text)
            let kept = mark.hashing.flatMap(SHA256Stream.init(state:))
            sha = kept.flatMap { $0.count == mark.offset ? $0 : nil }
        } else {
            var sha = SHA256Stream()
            try asSinkError { () throws(FileError) in
                try header.withBytes { bytes throws(FileError) in
                    try spool.write(bytes, at: 0)
                    hash.add(bytes)
                    sha.add(bytes)
                }
            }
            self.sha = isWoven ? nil : sha
        }
        self.spool = spool
        self.places = places
        end = mark?.offset ?? headerEnd
        rows = mark?.rows ?? 0
    }

    /// The spool's file, which no other run writes as long as it is open.
    private static func locked(_ files: SinkFiles) throws(SinkError) -> File {
        // Whoever had it may have finished and renamed it between our opening and our locking: then it is their result.
        while true {
            let spool = try asSinkError { () throws(FileError) in try File.writing(files.spool, emptied: false) }
            guard try asSinkError({ () throws(FileError) in try spool.lock() }) else {
                throw SinkError(
                    "another run is writing '\(files.target)'; wait until it has ended, or choose another output "
                        + "folder with --output")
            }
            if try asSinkError({ () throws(FileError) in try spool.isStill(at: files.spool) }) { return spool }
        }
    }

    func append(_ bytes: [UInt8], count: Int, chunk: Int) throws(FileError) {
        // The target will be woven, and hashed then.
        if !late.isEmpty { sha = nil }
        precondition(chunk == bases.count, "chunks come in order, none left out")
        // The first row of the file has no separator before it.
        let dropped = rows == 0 && count > 0 ? format.separator.count : 0
        try bytes.withBytes { all throws(FileError) in
            let kept = UnsafeRawBufferPointer(rebasing: all[dropped...])
            try spool.write(kept, at: end)
            hash.add(kept)
            sha?.add(kept)
        }
        let base = end - Int64(dropped)
        try withUnsafeBytes(of: base) { bytes throws(FileError) in
            try places.write(bytes, at: Int64(bases.count * 8))
            placesHash.add(bytes)
        }
        bases.append(base)
        end += Int64(bytes.count - dropped)
        rows += count
    }

    var mark: SinkMark {
        SinkMark(
            offset: end, content: hash.fingerprint, chunks: bases.count, rows: rows, hashing: sha?.state,
            places: placesHash.fingerprint)
    }

    /// Touches the files alone, so that rows can be appended meanwhile.
    func sync() throws(FileError) {
        try spool.sync()
        try places.sync()
    }

    /// Whether the spool is the target but for its footer.
    var isInOrder: Bool { late.isEmpty && !(format is any SummingFormat) }

    /// Ends the spool and gives it the target's name. Only where it is in order.
    func becomeTarget() throws(FileError) -> WrittenOutput {
        let footer = format.footer(isEmpty: rows == 0)
        var sha = if let sha { sha } else { try hashed() }
        try footer.withBytes { bytes throws(FileError) in
            try spool.write(bytes, at: end)
            sha.add(bytes)
        }
        try spool.truncate(to: end + Int64(footer.count))
        try spool.sync()
        try Paths.rename(files.spool, to: files.target)
        try Paths.syncFolder(files.folder)
        return WrittenOutput(
            path: files.path.text, records: rows, bytes: end + Int64(footer.count), sha256: sha.digest)
    }

    /// The hash of the spool, read for it.
    private func hashed() throws(FileError) -> SHA256Stream {
        var sha = SHA256Stream()
        try spool.forEachPiece(of: 0..<end) { sha.add($0) }
        return sha
    }

    /// Writes all rows in order to a new file and gives it the target's name; the spool stays.
    func weave(to target: String, as name: String) throws(FileError) -> WrittenOutput {
        let new = Paths.joined(Paths.folder(of: target), ".\(Paths.name(of: target)).new")
        do throws(FileError) {
            let written = try writeWoven(to: new)
            try Paths.rename(new, to: target)
            try Paths.syncFolder(files.folder)
            return WrittenOutput(
                path: name, records: rows + late.count, bytes: written.bytes, sha256: written.digest)
        } catch {
            // Its bytes are of no use, and the disk may be full: the first error is the one to tell.
            do throws(FileError) { try Paths.remove(new) } catch {}
            throw error
        }
    }

    /// Removes what the rows were kept in, once the target is written. A run that begins right now may have made its own
    /// under the same names: those stay.
    func removeKept() throws(FileError) {
        for (file, path) in [(places, files.places), (spool, files.spool)] where try file.isStill(at: path) {
            try Paths.remove(path)
        }
    }

    private func writeWoven(to path: String) throws(FileError) -> (bytes: Int64, digest: SHA256Digest) {
        var weaver = Weaver(
            spool: spool, rowsStart: headerEnd, rowsEnd: end, separator: format.separator,
            writer: FileWriter(try File.writing(path, emptied: true), at: 0))
        try weaver.write(try header())
        try late.forEach { place, row throws(FileError) in
            // A chunk that was never appended lies behind all that were.
            let base = place.chunk < bases.count ? bases[place.chunk] + Int64(place.offset) : end
            try weaver.insert(row, at: min(max(base, headerEnd), end))
        }
        try weaver.copySpool(upTo: end)
        try weaver.write(format.footer(isEmpty: rows + late.count == 0))
        return try weaver.close()
    }
}

// MARK: A header that sums up

extension OpenSpool {
    /// As it stands in the target.
    private func header() throws(FileError) -> [UInt8] {
        guard let format = format as? any SummingFormat else { return format.header }
        var sum = format.sum
        try spool.forEachPiece(of: headerEnd..<end) { sum.add($0) }
        try late.forEach { _, row throws(FileError) in sum.add(row) }
        return sum.header
    }
}

// MARK: Going on behind a mark

extension OpenSpool {
    private static func verify(
        _ spool: File, header: [UInt8], mark: SinkMark, _ whole: FingerprintStream, name: String
    ) throws(SinkError) {
        var isFirst = true
        var hasHeader = true
        let reachesMark = try asSinkError { () throws(FileError) in
            guard try spool.status().size >= mark.offset else { return false }
            try spool.forEachPiece(of: 0..<mark.offset) { piece in
                if isFirst { hasHeader = piece.starts(with: header) }
                isFirst = false
                whole.add(piece)
            }
            return true
        }
        guard reachesMark, hasHeader, whole.fingerprint == mark.content else {
            throw SinkError(
                "the rows kept for '\(name)' are not those that this run wrote; start anew with --fresh")
        }
        try asSinkError { () throws(FileError) in try spool.truncate(to: mark.offset) }
    }

    private static func read(
        _ places: File, mark: SinkMark, _ hash: FingerprintStream, name: String
    ) throws(SinkError) -> [Int64] {
        var bytes = [UInt8](repeating: 0, count: mark.chunks * 8)
        let count = try asSinkError { () throws(FileError) in
            try bytes.withMutableBytes { bytes throws(FileError) in try places.read(into: bytes, at: 0) }
        }
        let bases = bytes.withUnsafeBytes { bytes in
            (0..<mark.chunks).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self) }
        }
        bytes.withBytes { hash.add($0) }
        // One that points elsewhere would put rows into the middle of others.
        let isKnown = mark.places.map { $0 == hash.fingerprint } ?? true
        guard count == mark.chunks * 8, bases.last ?? 0 <= mark.offset, isKnown else {
            throw SinkError("the places kept for '\(name)' are not those that this run wrote; start anew with --fresh")
        }
        try asSinkError { () throws(FileError) in try places.truncate(to: Int64(count)) }
        return bases
    }
}

/// Writes the spool's rows and the late ones, each where it belongs.
private struct Weaver {
    let spool: File
    let rowsStart: Int64
    let rowsEnd: Int64
    let separator: [UInt8]
    var writer: FileWriter
    private var sha = SHA256Stream()
    private var copied: Int64
    private var hasRow = false

    init(spool: File, rowsStart: Int64, rowsEnd: Int64, separator: [UInt8], writer: FileWriter) {
        self.spool = spool
        self.rowsStart = rowsStart
        self.rowsEnd = rowsEnd
        self.separator = separator
        self.writer = writer
        copied = rowsStart
    }

    mutating func write(_ bytes: [UInt8]) throws(FileError) {
        sha.add(bytes)
        try writer.write(bytes)
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        sha.add(bytes)
        try writer.write(bytes)
    }

    /// - Parameter row: with its separator, which the first row of a file has not.
    mutating func insert(_ row: UnsafeRawBufferPointer, at place: Int64) throws(FileError) {
        try copySpool(upTo: place)
        try write(hasRow ? row : UnsafeRawBufferPointer(rebasing: row[separator.count...]))
        hasRow = true
    }

    mutating func copySpool(upTo end: Int64) throws(FileError) {
        if copied == rowsStart, end > copied, hasRow { try write(separator) }
        guard copied < end else { return }
        try spool.forEachPiece(of: copied..<end) { piece throws(FileError) in try write(piece) }
        copied = end
        hasRow = true
    }

    mutating func close() throws(FileError) -> (bytes: Int64, digest: SHA256Digest) {
        try writer.flush()
        try writer.file.sync()
        return (writer.offset, sha.digest)
    }
}
