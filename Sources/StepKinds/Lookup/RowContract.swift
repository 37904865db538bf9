internal import Databases
internal import Runs
internal import Schemas
internal import Values

/// What a lookup's rows must be: how many, and of which types. Told by the recipe's `rows`, held to for each record.
struct RowContract: Sendable {
    enum Number: String, Sendable, CaseIterable {
        case one
        case atMostOne = "at most one"
        case many
    }

    let number: Number
    let fields: [AnswerType.Field]
    private let shape: MapShape

    /// More rows than this are no answer of a lookup, but a table.
    static let most = 1_000

    init(_ number: Number, _ fields: [AnswerType.Field]) {
        self.number = number
        self.fields = fields
        shape = MapShape(fields: fields.map(\.name))
    }

    /// The step's answer.
    var type: ValueType {
        let row = AnswerType.object(fields).valueType
        return switch number {
        case .one: row
        case .atMostOne: row.orNull
        case .many: .list(row)
        }
    }

    /// How many rows are fetched: one more than are allowed, to notice that there are more.
    var limit: Int { number == .many ? Self.most + 1 : 2 }

    // MARK: From a database to the journal

    /// Rows as they are kept: JSON lists in the order of the fields. A column that is not there is a failure.
    func body(_ columns: [QueryColumn], _ rows: [[ColumnValue]]) throws(Failure) -> [UInt8] {
        var places: [Int] = []
        places.reserveCapacity(fields.count)
        for field in fields {
            guard let place = columns.firstIndex(where: { $0.name.hasSameBytes(as: field.name) }) else {
                let names = columns.map(\.name).joined(separator: ", ")
                throw Failure(.schema, "the answer has no column '\(field.name)'; it has \(names)")
            }
            places.append(place)
        }
        var list: [Value] = []
        for row in rows {
            var cells: [Value] = []
            cells.reserveCapacity(fields.count)
            for (field, place) in zip(fields, places) {
                if case .bytes(let count) = row[place] {
                    throw Failure(.schema, "the column '\(field.name)' holds \(count) bytes that are no text")
                }
                cells.append(row[place].value(as: field.type))
            }
            list.append(.list(cells))
        }
        return JSON.bytes(of: .list(list))
    }

    // MARK: From the journal to the recipe

    /// The step's answer, or in what the rows break the contract.
    func read(_ body: [UInt8], about parameters: () -> String) -> Result<Value, Failure> {
        let kept: Value
        do throws(JSONError) {
            kept = try JSON.parse(body)
        } catch {
            return .failure(Failure(.schema, "the kept rows cannot be read: \(error)"))
        }
        guard let rows = kept.list else { return .failure(Failure(.schema, "the kept rows are no list")) }
        switch (number, rows.count) {
        case (.one, 0):
            return .failure(
                Failure(.noRow, "no row for \(parameters()); where there may be none, write `rows: {at most one: …}`"))
        case (.one, 2...), (.atMostOne, 2...):
            return .failure(
                Failure(
                    .manyRows,
                    "more than one row for \(parameters()); ask for what is unique, or write `rows: {many: …}`"))
        case (.many, (Self.most + 1)...):
            return .failure(
                Failure(
                    .manyRows,
                    "more than \(Self.most) rows for \(parameters()); ask for fewer, or use them as the input"))
        default: break
        }
        var values: [Value] = []
        values.reserveCapacity(rows.count)
        for (index, row) in rows.enumerated() {
            switch value(of: row) {
            case .success(let value): values.append(value)
            case .failure(let problem):
                let place = rows.count > 1 ? "row \(index + 1): " : ""
                return .failure(Failure(.schema, "\(place)\(problem.message) (for \(parameters()))"))
            }
        }
        switch number {
        case .many: return .success(.list(values))
        case .one, .atMostOne: return .success(values.first ?? .null)
        }
    }

    private func value(of row: Value) -> Result<Value, Failure> {
        guard let cells = row.list, cells.count == fields.count else {
            return .failure(Failure(.schema, "the kept row has other columns"))
        }
        var values: [Value] = []
        values.reserveCapacity(cells.count)
        for (field, cell) in zip(fields, cells) {
            switch field.type.accept(cell, as: .input) {
            case .success(let value): values.append(value)
            case .failure(let violations):
                return .failure(Failure(.schema, "the column '\(field.name)': \(violations)"))
            }
        }
        return .success(.map(ValueMap(shape: shape, values: values)))
    }
}

extension RowContract: CustomStringConvertible {
    var description: String { "{\(number.rawValue): \(AnswerType.object(fields))}" }
}
