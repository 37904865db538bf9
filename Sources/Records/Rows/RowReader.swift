internal import Digests
internal import Runs

/// What bounds the reading of one file.
struct RowBounds: Sendable {
    /// How much is read at once.
    var block = 1 << 20
    /// The longest row that is taken into memory; a longer one fails by name.
    var row = 64 << 20
    /// See ``FileStamp/settling``.
    var settling = FileStamp.settling
}

/// Cuts a file into batches of whole rows. One caller at a time, which is what makes it safe to hand around.
final class RowReader<Layout: RowLayout>: RecordReader, @unchecked Sendable {
    private let layout: Layout
    private let bounds: RowBounds
    private var framing: Layout.Framing
    private var blocks: BlockReader
    private let keys: KeySet?
    private var ordinal: Int
    private var line: Int
    /// Of the whole file: nil where batches are not passed over by it.
    private let stamp: Fingerprint?
    private let isSettled: Bool

    /// - Parameter position: where a record begins; ids seen before it are not known.
    init(_ layout: Layout, file: any ByteSource, at position: InputPosition, bounds: RowBounds = RowBounds()) {
        self.layout = layout
        self.bounds = bounds
        framing = layout.makeFraming()
        blocks = BlockReader(file, from: position.offset, blockSize: bounds.block)
        keys = layout.key == nil ? nil : KeySet()
        ordinal = position.ordinal
        line = position.line
        // The ids of rows that are passed over would not be known.
        let stamp = keys == nil && Layout.Framing.beginsAnywhere ? file.stamp : nil
        self.stamp = stamp?.fingerprint
        isSettled = stamp?.isSettled(after: bounds.settling) ?? false
    }

    /// The memory that the ids seen so far take.
    var keyBytes: Int { keys?.bytes ?? 0 }

    /// Reads on to a position without decoding, so that the ids before it are known.
    func advance(to position: InputPosition) throws(SourceError) {
        while ordinal < position.ordinal {
            guard try next(limit: min(position.ordinal - ordinal, 1 << 14), bytes: bounds.block) != nil else { break }
        }
        guard ordinal == position.ordinal, blocks.position == position.offset else {
            throw SourceError("\(layout.source) is not the file that this run began with; start anew with --fresh")
        }
    }

    func next(limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? {
        try cut(limit: limit, bytes: bytes, behind: nil)
    }

    func again(_ batch: KnownBatch, limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? {
        try cut(limit: .max, bytes: .max, behind: batch.end.offset)
    }

    func pass(over batch: KnownBatch) throws(SourceError) -> Bool {
        guard let stamp, batch.stamp == stamp, ordinal + batch.count == batch.end.ordinal else { return false }
        blocks.move(to: batch.end.offset)
        framing = layout.makeFraming()
        (ordinal, line) = (batch.end.ordinal, batch.end.line)
        return true
    }

    /// - Parameter knownEnd: where the batch has to end, in whichever blocks it lies; nil for where a block does, too.
    private func cut(limit: Int, bytes: Int, behind knownEnd: Int64?) throws(SourceError) -> (any RecordBatch)? {
        var frames = RowFrames(capacity: min(limit, 1 << 12))
        var cursor = blocks.start
        var framing = framing
        defer { self.framing = framing }
        while frames.records == 0 || isWithin(frames, cursor, limit: limit, bytes: bytes, knownEnd) {
            let block = blocks.block.bytes
            if let end = framing.end(of: cursor, in: block, isLast: blocks.isLast) {
                let row = UnsafeRawBufferPointer(rebasing: block[cursor..<end])
                if layout.isBlank(row) {
                    frames.addBlank(end: end)
                } else if row.count > bounds.row {
                    framing = layout.makeFraming()
                    return try tooLong(from: cursor, frames, &framing)
                } else {
                    if frames.records == 0, cursor > blocks.start { frames = passBlanks(upTo: cursor, limit: limit) }
                    if let keys, let key = layout.keyFingerprint(of: row),
                        let earlier = keys.insert(key, ordinal: ordinal + frames.records)
                    {
                        frames.earlier.append((frames.records, earlier))
                    }
                    frames.addRecord(end: end)
                }
                cursor = end
            } else if blocks.isLast || (frames.records > 0 && knownEnd == nil) {
                break
            } else if block.count - cursor > bounds.row {
                return try tooLong(from: cursor, frames, &framing)
            } else {
                if frames.records == 0 { frames = passBlanks(upTo: cursor, limit: limit) }
                let start = blocks.start
                try blocks.refill()
                framing.moved(by: start)
                frames.moved(by: start)
                cursor -= start
            }
        }
        return frames.records > 0 ? take(frames, upTo: cursor) : nil
    }

    private func isWithin(_ frames: RowFrames, _ cursor: Int, limit: Int, bytes: Int, _ knownEnd: Int64?) -> Bool {
        guard let knownEnd else { return frames.records < limit && cursor - blocks.start < bytes }
        return blocks.position + Int64(cursor - blocks.start) < knownEnd
    }

    /// Lets go of blank lines before the first record of a batch: kept for the batch, as those behind it are, they would
    /// take memory without bound.
    private func passBlanks(upTo end: Int, limit: Int) -> RowFrames {
        line += countLines(in: UnsafeRawBufferPointer(rebasing: blocks.block.bytes[blocks.start..<end]))
        blocks.start = end
        return RowFrames(capacity: min(limit, 1 << 12))
    }

    private func take(_ frames: RowFrames, upTo end: Int) -> RowBatch<Layout> {
        defer { ordinal += frames.records }
        let bytes = UnsafeRawBufferPointer(rebasing: blocks.block.bytes[blocks.start..<end])
        let lines = countLines(in: bytes)
        let isTerminated = bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r")
        let start = blocks.start
        let firstLine = line
        blocks.start = end
        line += lines
        return RowBatch(
            layout: layout, block: blocks.block, start: start, frames: frames, first: ordinal, line: firstLine,
            hasOneLineEach: lines + (isTerminated ? 0 : 1) == frames.ends.count,
            end: InputPosition(ordinal: ordinal + frames.records, offset: blocks.position, line: line),
            content: Fingerprint(of: bytes), stamp: isSettled ? stamp : nil)
    }

    /// - Parameter begin: of a row that is too long to keep. It is a batch of its own, behind those before it.
    private func tooLong(
        from begin: Int, _ frames: RowFrames, _ framing: inout Layout.Framing
    ) throws(SourceError) -> any RecordBatch {
        guard frames.records == 0 else {
            framing = layout.makeFraming()
            return take(frames, upTo: begin)
        }
        _ = passBlanks(upTo: begin, limit: 0)
        return try skipRow(&framing)
    }

    /// Passes over a row that is too long to keep, and gives the failure that stands for it.
    private func skipRow(_ framing: inout Layout.Framing) throws(SourceError) -> UnkeptRow {
        let (hash, firstLine, begin) = (FingerprintStream(), line, blocks.position)
        while true {
            let block = blocks.block.bytes
            let end = framing.end(of: blocks.start, in: block, isLast: blocks.isLast)
            let piece = UnsafeRawBufferPointer(rebasing: block[blocks.start..<(end ?? block.count)])
            hash.add(piece)
            line += count(UInt8(ascii: "\n"), in: piece)
            blocks.start = end ?? block.count
            if end != nil || blocks.isLast { break }
            framing.moved(by: blocks.start)
            try blocks.refill()
        }
        let place = RowPlace(ordinal: ordinal, line: firstLine, isASCII: false)
        ordinal += 1
        let length = blocks.position - begin
        return UnkeptRow(
            record: UnreadableRecord(
                ordinal: place.ordinal, id: layout.fallbackID(at: place),
                origin: RecordOrigin(source: layout.source, line: firstLine, content: hash.fingerprint),
                failure: Failure(
                    .malformed,
                    "the row that begins on line \(firstLine) of \(layout.source) has \(length) bytes, more than the "
                        + "\(bounds.row) that a row may have; look for a quote that is opened there and never closed")),
            end: InputPosition(ordinal: ordinal, offset: blocks.position, line: line))
    }
}
