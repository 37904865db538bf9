import Values

// Texts taken apart and put together.

extension Function {
    static let pieces: [Function] = [
        .method(
            "join", [([.list(.string)], .string)],
            .one { list, frame throws(Fault) in try join(list, .string(""), &frame) }),
        .method(
            "join", [([.list(.string), .string], .string)],
            .two { list, separator, frame throws(Fault) in try join(list, separator, &frame) }),
        .method(
            "split", [([.string, .string], .list(.string))],
            .two { text, separator, frame throws(Fault) in try split(text, separator, .int(-1), &frame) }),
        .method(
            "split", [([.string, .string, .int], .list(.string))],
            .many { operands, frame throws(Fault) in try split(operands[0], operands[1], operands[2], &frame) }),
        .method(
            "replace", [([.string, .string, .string], .string)],
            .many { operands, frame throws(Fault) in
                try replace(operands[0], operands[1], operands[2], .int(-1), &frame)
            }),
        .method(
            "replace", [([.string, .string, .string, .int], .string)],
            .many { operands, frame throws(Fault) in
                try replace(operands[0], operands[1], operands[2], operands[3], &frame)
            }),
    ]

    private static func join(_ list: Value, _ separator: Value, _ frame: inout Frame) throws(Fault) -> Value {
        guard case .list(let items) = list, case .string(let separator) = separator else {
            throw unsupported("join", list, separator)
        }
        var text = ""
        for (place, item) in items.enumerated() {
            guard case .string(let piece) = item else {
                throw Fault("'join' joins strings; item \(place) is \(item.kindInWords)")
            }
            try frame.charge(bytes: piece.utf8.count + separator.utf8.count)
            if place > 0 { text += separator }
            text += piece
        }
        return .string(text)
    }

    private static func split(
        _ text: Value, _ separator: Value, _ limit: Value, _ frame: inout Frame
    ) throws(Fault) -> Value {
        guard case .string(let text) = text, case .string(let separator) = separator, case .int(let limit) = limit
        else {
            throw unsupported("split", text, separator, limit)
        }
        if limit == 0 { return .list([]) }
        try frame.charge(bytes: text.utf8.count)
        let most = limit < 0 ? Int.max : Int(clamping: limit)
        let bytes = Array(text.utf8)
        var pieces: [Value] = []
        var start = 0
        try forEachCut(bytes, at: Array(separator.utf8), most: most - 1, endsToo: false) { cut throws(Fault) in
            // Before it is made: a long text has more pieces than there is memory.
            try frame.charge(1)
            pieces.append(.string(String(decoding: bytes[start..<cut.lowerBound], as: UTF8.self)))
            start = cut.upperBound
        }
        let isNothing = separator.isEmpty && text.isEmpty
        if !isNothing { pieces.append(.string(String(decoding: bytes[start...], as: UTF8.self))) }
        return .list(pieces)
    }

    private static func replace(
        _ text: Value, _ old: Value, _ new: Value, _ limit: Value, _ frame: inout Frame
    ) throws(Fault) -> Value {
        guard case .string(let text) = text, case .string(let old) = old, case .string(let new) = new,
            case .int(let limit) = limit
        else { throw unsupported("replace", text, old, new, limit) }
        try frame.charge(bytes: text.utf8.count)
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var start = 0
        let most = limit < 0 ? Int.max : Int(clamping: limit)
        try forEachCut(bytes, at: Array(old.utf8), most: most, endsToo: true) { cut throws(Fault) in
            try frame.charge(bytes: new.utf8.count)
            result.append(contentsOf: bytes[start..<cut.lowerBound])
            result.append(contentsOf: new.utf8)
            start = cut.upperBound
        }
        result.append(contentsOf: bytes[start...])
        return .string(String(decoding: result, as: UTF8.self))
    }

    /// Tells where a part stands in a text, from left to right without overlaps. The empty part stands between any two
    /// characters, and at both ends where `endsToo`.
    private static func forEachCut(
        _ bytes: [UInt8], at part: [UInt8], most: Int, endsToo: Bool, _ body: (Range<Int>) throws(Fault) -> Void
    ) throws(Fault) {
        var count = 0
        guard !part.isEmpty else {
            for place in 0...bytes.count where count < most {
                let isInside = place > 0 && place < bytes.count
                guard isInside ? bytes[place] & 0xC0 != 0x80 : endsToo else { continue }
                try body(place..<place)
                count += 1
            }
            return
        }
        var start = 0
        while count < most, let found = offset(of: part, in: bytes, from: start) {
            start = found + part.count
            try body(found..<start)
            count += 1
        }
    }
}
