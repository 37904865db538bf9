internal import Runs

/// How a CSV file is written: what stands between its cells, and what its bytes stand for.
struct CSVDialect: Hashable, Sendable {
    var delimiter: UInt8
    var encoding: TextEncoding
    /// How long a byte order mark is.
    var markLength = 0

    static let plain = CSVDialect(delimiter: UInt8(ascii: ","), encoding: .utf8)

    /// How the head of a file shows it; what the recipe says stands.
    ///
    /// The encoding is told by a byte order mark, else it is UTF-8 where the head is that. The delimiter is the one by
    /// which the header has several cells and most rows as many; where nothing speaks for another, the comma.
    init(
        of file: File, delimiter: UInt8? = nil, encoding: TextEncoding? = nil
    ) throws(SourceError) {
        var head = [UInt8](repeating: 0, count: Self.headLength)
        do throws(FileError) {
            let count = try head.withMutableBytes { bytes throws(FileError) in try file.read(into: bytes, at: 0) }
            head.removeSubrange(count...)
        } catch {
            throw SourceError(error.message)
        }
        self.init(head: head, isWhole: head.count < Self.headLength, delimiter: delimiter, encoding: encoding)
    }

    private static let headLength = 1 << 20

    init(head: [UInt8], isWhole: Bool, delimiter: UInt8?, encoding: TextEncoding?) {
        (self.encoding, markLength) = Self.encoding(of: head, isWhole: isWhole, told: encoding)
        self.delimiter = delimiter ?? UInt8(ascii: ",")
        guard delimiter == nil else { return }
        let (text, _) = self.encoding.utf8(of: Array(head[markLength...]), isLast: false)
        self.delimiter = Self.delimiter(of: text, isWhole: isWhole)
    }

    private init(delimiter: UInt8, encoding: TextEncoding) {
        self.delimiter = delimiter
        self.encoding = encoding
    }

    /// `';'-separated, Windows-1252`; nil for commas and UTF-8.
    var words: String? {
        var words: [String] = []
        if delimiter != UInt8(ascii: ",") {
            words.append(delimiter == 9 ? "tab-separated" : "`\(String(UnicodeScalar(delimiter)))`-separated")
        }
        if encoding != .utf8 { words.append(encoding.title) }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }

    // MARK: How it is recognised

    private static func encoding(
        of head: [UInt8], isWhole: Bool, told: TextEncoding?
    ) -> (TextEncoding, markLength: Int) {
        let marks: [([UInt8], TextEncoding)] = [
            (byteOrderMark, .utf8), ([0xFF, 0xFE], .utf16le), ([0xFE, 0xFF], .utf16be),
        ]
        let mark = marks.first { head.starts(with: $0.0) }
        switch (told, mark) {
        case (.utf16?, let mark?) where mark.1 != .utf8: return (mark.1, mark.0.count)
        case (let told?, let mark?): return (told, mark.1 == told ? mark.0.count : 0)
        case (let told?, nil): return (told, 0)
        case (nil, let mark?): return (mark.1, mark.0.count)
        case (nil, nil):
            let survey = head.withUnsafeBytes { isASCII($0) ? nil : ByteSurvey($0, isCut: !isWhole) }
            return (survey?.isLikeWindows1252 == true ? .windows1252 : .utf8, 0)
        }
    }

    private static let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), 9, UInt8(ascii: "|")]
    private static let rowsLookedAt = 50

    private static func delimiter(of text: [UInt8], isWhole: Bool) -> UInt8 {
        var best = (delimiter: candidates[0], share: 0.0, cells: 1)
        for candidate in candidates {
            let counts = text.withUnsafeBytes { cellCounts(in: $0, delimiter: candidate, isWhole: isWhole) }
            guard let header = counts.first, header > 1 else { continue }
            let rows = counts.dropFirst()
            let share = rows.isEmpty ? 1 : Double(rows.count { $0 == header }) / Double(rows.count)
            if (share, header) > (best.share, best.cells), share >= 0.5 || candidate == candidates[0] {
                best = (candidate, share, header)
            }
        }
        return best.delimiter
    }

    /// How many cells each of the first rows has, the header's first.
    private static func cellCounts(in text: UnsafeRawBufferPointer, delimiter: UInt8, isWhole: Bool) -> [Int] {
        var framing = CSVFraming(delimiter: delimiter)
        var counts: [Int] = []
        var start = 0
        while counts.count < rowsLookedAt, let end = framing.end(of: start, in: text, isLast: isWhole) {
            let row = UnsafeRawBufferPointer(rebasing: text[start..<end])
            start = end
            if row.allSatisfy({ $0 == newLine || $0 == carriageReturn }) { continue }
            var cells = CSVCells(row, delimiter: delimiter)
            do throws(CSVCells.Fault) {
                counts.append(try cells.countRest())
            } catch {
                counts.append(0)
            }
        }
        return counts
    }
}
