/// Gathers small writes to one end of a file into large ones.
struct FileWriter {
    let file: File
    /// Behind the last byte given, written or not.
    private(set) var offset: Int64
    private var buffer: [UInt8] = []
    private let limit = 1 << 18

    init(_ file: File, at offset: Int64) {
        self.file = file
        self.offset = offset
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        if buffer.count + bytes.count > limit { try flush() }
        if bytes.count > limit {
            try file.write(bytes, at: offset)
        } else {
            buffer.append(contentsOf: bytes)
        }
        offset += Int64(bytes.count)
    }

    mutating func write(_ bytes: [UInt8]) throws(FileError) {
        if buffer.count + bytes.count > limit { try flush() }
        buffer.append(contentsOf: bytes)
        offset += Int64(bytes.count)
    }

    mutating func flush() throws(FileError) {
        let start = offset - Int64(buffer.count)
        let file = file
        try buffer.withBytes { bytes throws(FileError) in try file.write(bytes, at: start) }
        buffer.removeAll(keepingCapacity: true)
    }
}

extension [UInt8] {
    /// `withUnsafeBytes` that keeps the type of what is thrown.
    func withBytes<Result, Problem: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try withUnsafeBufferPointer { bytes throws(Problem) in try body(UnsafeRawBufferPointer(bytes)) }
    }

    mutating func withMutableBytes<Result, Problem: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try withUnsafeMutableBufferPointer { bytes throws(Problem) in
            try body(UnsafeMutableRawBufferPointer(bytes))
        }
    }
}
