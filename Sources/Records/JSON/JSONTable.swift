internal import Digests
internal import Runs
internal import Values

/// A file of JSON objects: one a line, or the elements of one array.
final class JSONTable<Framing: RowFraming>: RowLayout {
    let source: String
    let fields: [JSONField]
    let key: String?
    private let framing: @Sendable () -> Framing
    /// The shape of records without a field that nobody knows.
    private let shape: MapShape

    init(source: String, fields: [JSONField], key: String?, framing: @escaping @Sendable () -> Framing) {
        self.source = source
        self.fields = fields
        self.key = key
        self.framing = framing
        shape = MapShape(fields: fields.map(\.name))
    }

    func copy() -> JSONTable {
        JSONTable(
            source: String(decoding: Array(source.utf8), as: UTF8.self), fields: fields, key: key, framing: framing)
    }

    /// A line is found by its number, also where empty ones stand before it; an element is counted.
    func number(of place: RowPlace) -> Int { Framing.self == LineFraming.self ? place.line : place.number }

    func makeFraming() -> Framing { framing() }
    func makeScratch() -> JSONParser { JSONParser() }

    /// White space, and what is left of an array behind its last element.
    func isBlank(_ row: UnsafeRawBufferPointer) -> Bool {
        guard let first = JSONSpace.next(in: row, from: 0) else { return true }
        return Framing.self == ElementFraming.self && row[first] == UInt8(ascii: "]")
            && JSONSpace.next(in: row, from: first + 1) == nil
    }

    /// The object itself, and how many bytes and lines stand before it.
    private func object(in row: UnsafeRawBufferPointer) -> (bytes: UnsafeRawBufferPointer, linesBefore: Int) {
        let start = JSONSpace.next(in: row, from: 0) ?? 0
        var end = row.count
        while end > start, JSONSpace.isSpace(row[end - 1]) { end -= 1 }
        if Framing.self == ElementFraming.self, end > start,
            row[end - 1] == UInt8(ascii: ",") || row[end - 1] == UInt8(ascii: "]")
        {
            end -= 1
        }
        while end > start, JSONSpace.isSpace(row[end - 1]) { end -= 1 }
        return (
            UnsafeRawBufferPointer(rebasing: row[start..<end]),
            countLines(in: UnsafeRawBufferPointer(rebasing: row[..<start]))
        )
    }

    func keyFingerprint(of row: UnsafeRawBufferPointer) -> Fingerprint? {
        guard let key, let id = JSONMember.value(of: key, in: object(in: row).bytes) else { return nil }
        return JSONTable.id(id).map { Fingerprint(of: $0) }
    }

    /// The id that a key's value makes: a text, or a whole number.
    private static func id(_ value: Value) -> String? {
        switch value {
        case .string(let text): text.utf8.isEmpty ? nil : text
        case .int(let number): String(number)
        default: nil
        }
    }

    func read(_ row: UnsafeRawBufferPointer, at place: RowPlace, with parser: inout JSONParser) -> ReadRecord {
        let (bytes, linesBefore) = object(in: row)
        let line = place.line + linesBefore
        let map: ValueMap
        do throws(JSONError) {
            let value = try parse(bytes, with: &parser)
            guard case .map(let object) = value else {
                return unreadable(
                    bytes, at: place, line: line, .malformed,
                    "line \(line) of \(source) is no object, but \(kind(of: value))")
            }
            map = object
        } catch {
            return malformed(bytes, at: place, line: line, error)
        }
        var id: String?
        if let key {
            id = map[key].flatMap(JSONTable.id)
            guard let id else {
                return unreadable(
                    bytes, at: place, line: line, .field,
                    "line \(line) of \(source): the key '\(key)' is \(map[key] == nil ? "missing" : "no text or whole number")"
                )
            }
            if let earlier = place.earlier { return duplicate(bytes, at: place, id: id, line: line, of: earlier) }
        }
        switch accept(map) {
        case .success(let input):
            return .record(
                Record(
                    ordinal: place.ordinal, id: id ?? String(number(of: place)),
                    origin: RecordOrigin(source: source, line: line, content: Fingerprint(of: bytes)),
                    input: .map(input)))
        case .failure(let problem):
            return unreadable(
                bytes, at: place, id: id, line: line, .field, "line \(line) of \(source): \(problem.message)")
        }
    }

    /// The known fields in their order, and behind them the others that a record has.
    private func accept(_ map: ValueMap) -> Result<ValueMap, JSONFieldError> {
        var values: [Value] = []
        values.reserveCapacity(max(map.count, fields.count))
        var known = 0
        for (index, field) in fields.enumerated() {
            let isInPlace = index < map.count && map.keys[index] == .string(field.name)
            let position = isInPlace ? index : map.shape.position(of: field.name)
            if position != nil { known += 1 }
            switch field.accept(position.map { map.values[$0] }) {
            case .success(let value): values.append(value)
            case .failure(let problem): return .failure(problem)
            }
        }
        if known == map.count { return .success(ValueMap(shape: shape, values: values)) }
        var keys = shape.keys
        for (key, value) in map where shape.position(of: key) == nil {
            keys.append(key)
            values.append(value)
        }
        return .success(ValueMap(shape: MapShape(keys), values: values))
    }
}

// MARK: Parsing, and lines that are no objects

extension JSONTable {
    private func parse(_ bytes: UnsafeRawBufferPointer, with parser: inout JSONParser) throws(JSONError) -> Value {
        try parser.parse(
            UnsafeBufferPointer(start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count))
    }

    /// Every object of a batch that parses, for learning the fields.
    func objects(in batch: RowBatch<JSONTable>) -> [ValueMap] {
        var parser = JSONParser()
        var objects: [ValueMap] = []
        var begin = batch.start
        for end in batch.frames.ends {
            let row = UnsafeRawBufferPointer(rebasing: batch.block.bytes[begin..<Int(end)])
            begin = Int(end)
            do throws(JSONError) {
                if case .map(let map) = try parse(object(in: row).bytes, with: &parser) { objects.append(map) }
            } catch {
                // It fails by name when it is read as a record; nothing is to be learned from it.
                continue
            }
        }
        return objects
    }

    private func malformed(
        _ bytes: UnsafeRawBufferPointer, at place: RowPlace, line: Int, _ error: JSONError
    ) -> ReadRecord {
        let spot = error.place(in: bytes)
        let id = key.flatMap { JSONMember.value(of: $0, in: bytes) }.flatMap(JSONTable.id)
        if let earlier = place.earlier, let id { return duplicate(bytes, at: place, id: id, line: line, of: earlier) }
        return unreadable(
            bytes, at: place, id: id, line: line, .malformed,
            "line \(line + spot.line - 1), column \(spot.column) of \(source): \(error.message)")
    }

    private func kind(of value: Value) -> String {
        switch value {
        case .list: "a list"
        case .string: "a text"
        case .null: "null"
        case .bool: "true or false"
        default: "a number"
        }
    }
}

/// Finds one member of an object without reading the others.
enum JSONMember {
    /// The value of the last member of that name; nil where there is none, or where the bytes are no object.
    static func value(of name: String, in bytes: UnsafeRawBufferPointer) -> Value? {
        bytes.withMemoryRebound(to: UInt8.self) { bytes in
            guard bytes.first == UInt8(ascii: "{") else { return nil }
            let plain = JSON.bytes(of: .string(name))
            let raw = UnsafeRawBufferPointer(bytes)
            var found: Range<Int>?
            var place = 1
            while let start = JSONSpace.next(in: raw, from: place), bytes[start] == quote,
                let end = JSONScanner.endOfValue(in: bytes, from: start),
                let colon = JSONSpace.next(in: raw, from: end), bytes[colon] == UInt8(ascii: ":"),
                let first = JSONSpace.next(in: raw, from: colon + 1),
                let last = JSONScanner.endOfValue(in: bytes, from: first)
            {
                if isName(UnsafeBufferPointer(rebasing: bytes[start..<end]), name, plain) { found = first..<last }
                guard let comma = JSONSpace.next(in: raw, from: last), bytes[comma] == UInt8(ascii: ",") else { break }
                place = comma + 1
            }
            return found.flatMap { parsed(UnsafeBufferPointer(rebasing: bytes[$0])) }
        }
    }

    private static func isName(_ raw: UnsafeBufferPointer<UInt8>, _ name: String, _ plain: [UInt8]) -> Bool {
        guard raw.contains(UInt8(ascii: "\\")) else { return raw.elementsEqual(plain) }
        return parsed(raw)?.string?.hasSameBytes(as: name) ?? false
    }

    private static func parsed(_ bytes: UnsafeBufferPointer<UInt8>) -> Value? {
        do throws(JSONError) {
            return try JSON.parse(bytes)
        } catch {
            // What is no JSON has no key; the record that it stands in fails by name.
            return nil
        }
    }
}
