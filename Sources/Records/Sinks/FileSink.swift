internal import Digests
package import Runs
internal import Values

/// An output file of rows.
///
/// Rows that come in order are appended to a hidden spool beside the target (`.a.csv.spool`); late rows are kept by
/// ``LateRows``. At the end the spool becomes the target by a rename, or, where rows came late or the header sums them up,
/// all is woven into a new file that does. Until then the earlier target stays. `.a.csv.places` holds where each chunk
/// begins in the spool, 8 bytes a chunk, so that a resumed run can still weave.
///
/// After a stop, late rows are gone: the run that goes on inserts them again from its journal.
package final class FileSink: RecordSink, @unchecked Sendable {
    package let path: String
    private let format: any RowFormat
    private let files: SinkFiles
    private let separator: [UInt8]
    private let gatherLimit: Int
    /// Set by ``open(at:)`` and at the end, by the one caller at a time that the protocol promises; ``sync()``, which comes
    /// between these, uses its files and nothing that appending changes. ``format(_:into:)`` does not look at it.
    private var open: OpenSpool?
    /// How many rows are of records that are not done.
    private var listed = 0

    /// - Parameters:
    ///   - folder: the output folder; made when it is missing.
    ///   - gatherLimit: how many bytes of late rows are held before they go to the disk.
    package init(folder: String, path: OutputPath, format: any RowFormat, gatherLimit: Int = 4 << 20) {
        self.path = path.text
        self.format = format
        self.gatherLimit = gatherLimit
        files = SinkFiles(folder: folder, path: path)
        separator = format.separator
    }

    package func format(_ record: borrowing FinishedRecord, into buffer: inout [UInt8]) throws(Failure) {
        let start = buffer.count
        buffer.append(contentsOf: separator)
        do throws(Failure) {
            try format.append(record, to: &buffer)
        } catch {
            buffer.removeSubrange(start...)
            throw error
        }
    }

    package var listsEveryRecord: Bool { format is any ListingFormat }

    package func list(_ record: ListedRecord) throws(SinkError) {
        guard let format = format as? any ListingFormat else { return }
        let open = try opened()
        var row = separator
        format.append(record, to: &row)
        // Behind every chunk and every late row.
        let place = LateRows.Place(ordinal: record.ordinal + (1 << 48), chunk: .max, offset: 0)
        try keepingRows { () throws(FileError) in try open.late.add(row, at: place) }
        listed += 1
    }

    package func open(at mark: SinkMark?) throws(SinkError) {
        open = nil
        listed = 0
        try asSinkError { () throws(FileError) in try files.makeReady() }
        try asSinkError { () throws(FileError) in
            if try FileStatus.of(files.target)?.kind == .folder { throw FileError(.write, files.target, isAFolder) }
        }
        let late = LateRows(path: files.late, gatherLimit: gatherLimit)
        open = try OpenSpool(files: files, format: format, mark: mark, late: late)
    }

    package func append(_ rows: [UInt8], count: Int, chunk: Int) throws(SinkError) {
        let open = try opened()
        try keepingRows { () throws(FileError) in try open.append(rows, count: count, chunk: chunk) }
    }

    package func insert(_ row: [UInt8], ordinal: Int, chunk: Int, offset: Int) throws(SinkError) {
        let open = try opened()
        let place = LateRows.Place(ordinal: ordinal, chunk: chunk, offset: offset)
        try keepingRows { () throws(FileError) in try open.late.add(row, at: place) }
    }

    package func mark() throws(SinkError) -> SinkMark { try opened().mark }

    package func sync() throws(SinkError) {
        let open = try opened()
        try keepingRows { () throws(FileError) in try open.sync() }
    }

    package func finish(complete: Bool) throws(SinkError) -> WrittenOutput {
        try finish(complete ? .complete : .stopped)
    }

    package func finish(_ ending: OutputEnding) throws(SinkError) -> WrittenOutput {
        var written = try write(ending)
        written.listed = listed
        return written
    }

    private func write(_ ending: OutputEnding) throws(SinkError) -> WrittenOutput {
        let open = try opened()
        // The run is over for this output: another may have its files.
        defer { self.open = nil }
        return try keepingRows { () throws(FileError) in
            switch ending {
            case .stopped:
                return try open.weave(to: files.partial, as: files.path.partial)
            case .waiting:
                let written = try open.weave(to: files.target, as: path)
                try Paths.remove(files.partial)
                return written
            case .complete:
                let written =
                    open.isInOrder ? try open.becomeTarget() : try open.weave(to: files.target, as: path)
                try open.removeKept()
                try Paths.remove(files.partial)
                return written
            }
        }
    }

    package var fileNames: [String] { files.path.files }

    /// Says of a full disk also what keeps the rows there that were written before, for they take room too.
    private func keepingRows<Result>(_ body: () throws(FileError) -> Result) throws(SinkError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            guard error.isFullDisk else { throw SinkError(error.message) }
            throw SinkError("\(error.message); the rows of '\(path)' so far are kept in '\(files.spool)'")
        }
    }

    private func opened() throws(SinkError) -> OpenSpool {
        guard let open else { throw SinkError("'\(path)' is not open; a run opens its outputs before it writes") }
        return open
    }
}

/// The files of one output.
struct SinkFiles {
    let path: OutputPath
    let folder: String
    let target: String
    let partial: String
    let spool: String
    let late: String
    let places: String

    init(folder: String, path: OutputPath) {
        self.path = path
        target = Paths.joined(folder, path.text)
        self.folder = Paths.folder(of: target)
        partial = Paths.joined(folder, path.partial)
        spool = Paths.joined(folder, path.working("spool"))
        late = Paths.joined(folder, path.working("late"))
        places = Paths.joined(folder, path.working("places"))
    }

    func makeReady() throws(FileError) { try Paths.makeFolder(folder) }
}

/// Runs something that may fail on a file, and says of the failure what a sink says.
func asSinkError<Result>(_ body: () throws(FileError) -> Result) throws(SinkError) -> Result {
    do throws(FileError) {
        return try body()
    } catch {
        throw SinkError(error.message)
    }
}
