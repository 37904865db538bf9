internal import Digests
internal import Runs
internal import Values

// The shared words in the form they have inside a row.

extension Counts {
    /// In the order of the columns: read, done, flagged, failed, rejected, skipped, waiting, not_reached.
    var numbers: [Int] { [read, done, flagged, failed, rejected, skipped, waiting, notReached] }

    /// - Parameter numbers: Eight, as ``numbers`` gave them.
    init(numbers: ArraySlice<Int>) {
        self.init()
        let numbers = Array(numbers)
        (read, done, flagged, failed) = (numbers[0], numbers[1], numbers[2], numbers[3])
        (rejected, skipped, waiting, notReached) = (numbers[4], numbers[5], numbers[6], numbers[7])
    }
}

extension StepCounts {
    /// One number for each mark, in the order of their raw values.
    var value: Value { .list(StepMark.allCases.map { .int(Int64(self[$0])) }) }

    init?(_ value: Value) {
        guard let numbers = value.list?.compactMap(\.int), numbers.count == StepMark.allCases.count else { return nil }
        self.init()
        for (mark, number) in zip(StepMark.allCases, numbers) { self[mark] = Int(number) }
    }
}

extension SinkMark {
    var value: Value {
        [
            "offset": .int(offset), "content": .string(content.hex), "chunks": .int(Int64(chunks)),
            "rows": .int(Int64(rows)), "hashing": hashing.map(Value.string) ?? .null,
            "places": places.map { .string($0.hex) } ?? .null,
        ]
    }

    init?(_ value: Value) {
        guard let offset = value["offset"]?.int, let content = value["content"]?.string.flatMap(Fingerprint.init(hex:)),
            let chunks = value["chunks"]?.int, let rows = value["rows"]?.int
        else { return nil }
        self.init(
            offset: offset, content: content, chunks: Int(chunks), rows: Int(rows), hashing: value["hashing"]?.string,
            places: value["places"]?.string.flatMap(Fingerprint.init(hex:)))
    }
}

extension WrittenOutput {
    var value: Value {
        [
            "path": .string(path), "records": .int(Int64(records)), "bytes": .int(bytes),
            "sha256": .string(sha256.hex),
        ]
    }

    init?(_ value: Value) {
        guard let path = value["path"]?.string, let records = value["records"]?.int,
            let bytes = value["bytes"]?.int, let sha256 = value["sha256"]?.string.flatMap(SHA256Digest.init(hex:))
        else { return nil }
        self.init(path: path, records: Int(records), bytes: bytes, sha256: sha256)
    }
}

extension Fingerprint {
    /// Adds 16 bytes, the high half first.
    func append(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: high.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: low.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Reads 16 bytes; nil when there are fewer.
    init?(_ bytes: [UInt8], at offset: Int = 0) {
        guard bytes.count - offset >= 16 else { return nil }
        self = bytes.withUnsafeBytes { bytes in
            Fingerprint(
                high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
        }
    }
}
