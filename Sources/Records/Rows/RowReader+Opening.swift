internal import Runs

extension RowReader {
    /// A reader that stands where a record begins. Where records have keys, those before it are read over, so that a
    /// second record with one of them is still found.
    static func make(
        _ layout: Layout, file: any ByteSource, from position: InputPosition?, start: InputPosition, bounds: RowBounds
    ) throws(SourceError) -> RowReader {
        guard let position, layout.key != nil else {
            return RowReader(layout, file: file, at: position ?? start, bounds: bounds)
        }
        let reader = RowReader(layout, file: file, at: start, bounds: bounds)
        try reader.advance(to: position)
        return reader
    }
}

/// Opens a file that records are read from, or says why that cannot be.
func openInput(_ path: String, name: String) throws(SourceError) -> File {
    do throws(FileError) {
        let file = try File.reading(path)
        switch try file.status().kind {
        case .file: return file
        case .folder: throw FileError(.open, path, notAFile)
        case .link, .other: throw FileError(.open, path, notAFile)
        }
    } catch {
        if error.code == notAFile {
            throw SourceError("'\(name)' is not a file; name one, or use `folder` for a folder of documents")
        }
        guard error.isMissing else { throw SourceError(error.message) }
        throw SourceError("no file '\(path)'; the nearest folder that exists is '\(Paths.nearestFolder(above: path))'")
    }
}

/// No error number of any system.
private let notAFile: Int32 = -1
