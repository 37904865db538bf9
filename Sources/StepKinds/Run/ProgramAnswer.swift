internal import Runs
internal import Schemas
internal import Steps
internal import Values

/// What is made of a program's output.
enum ProgramAnswer: Sendable {
    /// All of it, as text.
    case text
    /// One JSON object of this type, without what else it may hold.
    case json(AnswerType)

    var type: ValueType {
        switch self {
        case .text: .object(ObjectType([.init("text", .string)]))
        case .json(let type): type.valueType
        }
    }

    var description: String {
        switch self {
        case .text: "text"
        case .json(let type): "\(type)"
        }
    }

    func read(_ output: [UInt8]) -> Reading {
        switch self {
        case .text:
            guard let text = String(validating: output, as: UTF8.self) else {
                return .unusable(Failure(.undecodable, "the program's output is no UTF-8 text"))
            }
            let end = text.unicodeScalars.last == "\n" ? text.unicodeScalars.dropLast() : text.unicodeScalars[...]
            return .value(["text": .string(String(end))])
        case .json(let type):
            guard output.contains(where: { $0 > 0x20 }) else {
                return .unusable(Failure(.empty, "the program wrote nothing, and a JSON object was wanted: \(type)"))
            }
            let value: Value
            do throws(JSONError) {
                value = try JSON.parse(output)
            } catch {
                let start = String(decoding: output.prefix(80), as: UTF8.self)
                return .unusable(Failure(.notJSON, "the program's output is no JSON (\(error)): \(start)"))
            }
            switch type.accept(value, as: .program) {
            case .success(let value): return .value(value)
            case .failure(let violations):
                return .unusable(Failure(.schema, "the program's output: \(violations.description)"))
            }
        }
    }
}
