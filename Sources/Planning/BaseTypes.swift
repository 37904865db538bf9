internal import Values

/// The types of the names that every recipe has.
enum BaseTypes {
    static let names: Set<String> = ["input", "record", "run", "settings", "secrets"]

    static let record = ValueType.object(
        ObjectType([
            .init("id", .string), .init("flags", .list(.string)),
            .init(
                "origin",
                .object(ObjectType([.init("source", .string), .init("line", .nullable(.int)), .init("hash", .string)]))),
        ]))
    static let run = ValueType.object(
        ObjectType([.init("id", .string), .init("date", .string), .init("recipe", .string)]))
}
