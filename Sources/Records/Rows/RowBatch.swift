internal import Digests
internal import Runs

/// Where the rows of a batch end in their block.
struct RowFrames {
    private(set) var ends: [UInt32] = []
    /// Places in ``ends`` of stretches without a record, rising.
    private(set) var blanks: [Int] = []
    private(set) var records = 0
    /// Records of the batch whose id an earlier record has, and that record's ordinal; rising.
    var earlier: [(index: Int, ordinal: Int)] = []

    init(capacity: Int) { ends.reserveCapacity(capacity) }

    mutating func addRecord(end: Int) {
        ends.append(UInt32(end))
        records += 1
    }

    mutating func addBlank(end: Int) {
        blanks.append(ends.count)
        ends.append(UInt32(end))
    }

    mutating func moved(by distance: Int) {
        for place in ends.indices { ends[place] -= UInt32(distance) }
    }
}

/// Rows that were found and are not decoded yet.
struct RowBatch<Layout: RowLayout>: RecordBatch {
    let layout: Layout
    let block: ByteBlock
    let start: Int
    let frames: RowFrames
    let first: Int
    let line: Int
    /// Whether row after row begins one line further, so that lines need not be counted again.
    let hasOneLineEach: Bool
    let end: InputPosition
    let content: Fingerprint
    let stamp: Fingerprint?

    var count: Int { frames.records }

    func forEach(_ body: (ReadRecord) throws -> Void) rethrows {
        let bytes = block.bytes
        let layout = layout.copy()
        guard let last = frames.ends.last else { return }
        var place = RowPlace(
            ordinal: first, line: line,
            isASCII: isASCII(UnsafeRawBufferPointer(rebasing: bytes[start..<Int(last)])))
        var scratch = layout.makeScratch()
        var blanks = frames.blanks.makeIterator()
        var earlier = frames.earlier.makeIterator()
        var nextBlank = blanks.next()
        var nextEarlier = earlier.next()
        var begin = start
        for (index, end) in frames.ends.enumerated() {
            let row = UnsafeRawBufferPointer(rebasing: bytes[begin..<Int(end)])
            if index == nextBlank {
                nextBlank = blanks.next()
            } else {
                if let double = nextEarlier, first + double.index == place.ordinal {
                    place.earlier = double.ordinal
                    nextEarlier = earlier.next()
                } else {
                    place.earlier = nil
                }
                try body(layout.read(row, at: place, with: &scratch))
                place.ordinal += 1
            }
            place.line += hasOneLineEach ? 1 : countLines(in: row)
            begin = Int(end)
        }
    }
}

/// A row that was too long to keep.
struct UnkeptRow: RecordBatch {
    let record: UnreadableRecord
    let end: InputPosition

    var first: Int { record.ordinal }
    var count: Int { 1 }
    var content: Fingerprint { record.origin.content }

    func forEach(_ body: (ReadRecord) throws -> Void) rethrows {
        try body(.unreadable(record))
    }
}
