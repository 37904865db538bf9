internal import Values

/// Finds where the lines of a JSONL file end.
struct LineFraming: RowFraming {
    private var scanned = 0

    mutating func moved(by distance: Int) { scanned = max(scanned - distance, 0) }

    mutating func end(of start: Int, in block: UnsafeRawBufferPointer, isLast: Bool) -> Int? {
        guard start < block.count else { return nil }
        let feed = find(newLine, in: block, from: max(start, scanned))
        scanned = min(feed + 1, block.count)
        if feed < block.count { return feed + 1 }
        return isLast ? block.count : nil
    }
}

/// Finds where the elements of one JSON array end: each stretch is an element and the comma, or the bracket, behind it.
///
/// What is behind the closing bracket is one more stretch.
struct ElementFraming: RowFraming {
    private enum State { case before, element, separator, closed }

    static let beginsAnywhere = false

    private var state = State.before
    private var scanner = JSONScanner()
    private var scanned = 0

    mutating func moved(by distance: Int) { scanned = max(scanned - distance, 0) }

    mutating func end(of start: Int, in block: UnsafeRawBufferPointer, isLast: Bool) -> Int? {
        guard start < block.count else { return nil }
        if let end = walk(block, from: max(start, scanned)) {
            scanned = end
            return end
        }
        scanned = block.count
        guard isLast else { return nil }
        state = .closed
        return block.count
    }

    private mutating func walk(_ block: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var place = start
        if state == .before {
            guard let sign = JSONSpace.next(in: block, from: place) else { return nil }
            // Where an element is missing there stands what ends one: `[]`, `[1,]`, `[,]`.
            state = block[sign] == UInt8(ascii: "]") || block[sign] == UInt8(ascii: ",") ? .separator : .element
            place = sign
        }
        if state == .element {
            let end = block.withMemoryRebound(to: UInt8.self) { scanner.end(in: $0, from: place) }
            guard let end else { return nil }
            (state, place) = (.separator, end)
        }
        guard state == .separator else { return nil }
        // What else stands before the comma belongs to the element, whose parser will refuse it.
        while place < block.count {
            if block[place] == UInt8(ascii: ",") || block[place] == UInt8(ascii: "]") {
                state = block[place] == UInt8(ascii: ",") ? .before : .closed
                return place + 1
            }
            place += 1
        }
        return nil
    }
}

enum JSONSpace {
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// The place of the next byte that is no white space.
    static func next(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var place = start
        while place < bytes.count {
            if !isSpace(bytes[place]) { return place }
            place += 1
        }
        return nil
    }
}
