internal import Runs
package import Schemas
internal import Values

/// The properties of documents that a recipe reads, each with the type that it declares.
package struct MetaFields: Sendable {
    package let fields: [AnswerType.Field]
    private let shape: MapShape

    package init(_ fields: [AnswerType.Field]) {
        self.fields = fields
        shape = MapShape(fields: fields.map(\.name))
    }

    var type: ValueType { AnswerType.object(fields).valueType }

    /// - Parameters:
    ///   - properties: all that the document has.
    ///   - name: of the file, for messages.
    func value(of properties: [Property.Entry], name: String) throws(Failure) -> Value {
        var values: [Value] = []
        for field in fields {
            let property = properties.first { $0.name.hasSameBytes(as: field.name) }?.value ?? .nothing
            do throws(CellError) {
                values.append(try field.type.value(of: property))
            } catch {
                throw Failure(.field, "'\(name)', meta.\(field.name): \(error)")
            }
        }
        return .map(ValueMap(shape: shape, values: values))
    }
}

extension AnswerType {
    /// A text is read as a cell of a table is; one value is a list of one where a list is declared.
    fileprivate func value(of property: Property) throws(CellError) -> Value {
        switch (self, property) {
        case (.nullable, .nothing): return .null
        case (.nullable(let type), _):
            if case .text(let text) = property, text.utf8.isEmpty { return .null }
            return try type.value(of: property)
        case (_, .nothing): throw CellError("the document has none; '\(self) or null' would allow that")
        case (.list(let item, let most), .list(let properties)):
            if let most, properties.count > most { throw CellError("\(properties.count) items, at most \(most)") }
            var values: [Value] = []
            for property in properties { values.append(try item.value(of: property)) }
            return .list(values)
        case (.list(let item, _), _): return .list([try item.value(of: property)])
        case (.object(let fields), .map(let entries)):
            var pairs: [(String, Value)] = []
            for field in fields {
                let entry = entries.first { $0.name.hasSameBytes(as: field.name) }?.value ?? .nothing
                pairs.append((field.name, try field.type.value(of: entry)))
            }
            return .map(ValueMap(pairs))
        case (_, .list): throw CellError("a list stands there; declare it as `{list of: string}`, or so")
        case (_, .map): throw CellError("a map stands there; declare its keys, as in `{name: string}`")
        case (.object, .text): throw CellError("a text stands there, no keys")
        case (.date, .text(let text)): return try cell(Self.day(of: text))
        case (_, .text(let text)): return try cell(text)
        }
    }

    private func cell(_ text: String) throws(CellError) -> Value {
        switch value(fromCell: text) {
        case .success(let value): return value
        case .failure(let error):
            throw text.utf8.isEmpty ? CellError("it is empty; '\(self) or null' would allow that") : error
        }
    }

    /// The day of a text that tells the time of it, too.
    private static func day(of text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.count > 10, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " ") else { return text }
        return String(decoding: bytes[..<10], as: UTF8.self)
    }
}
