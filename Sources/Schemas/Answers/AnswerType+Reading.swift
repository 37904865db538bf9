public import Diagnostics
internal import Values

extension AnswerType {
    /// The type that a notation means, or nil when something in it is wrong; every mistake goes to `problems`.
    public static func read(
        _ notation: AnswerNotation, for use: Use = .answer, in context: AnswerContext = AnswerContext(),
        problems: inout Problems
    ) -> AnswerType? {
        var reader = AnswerReader(use: use, context: context, problems: problems)
        defer { problems = reader.problems }
        return reader.read(notation)
    }

    /// The type of a whole answer, which has named fields.
    public static func readFields(
        _ notation: AnswerNotation, for use: Use = .answer, in context: AnswerContext = AnswerContext(),
        problems: inout Problems
    ) -> AnswerType? {
        guard let type = read(notation, for: use, in: context, problems: &problems) else { return nil }
        switch type {
        case .object: return type
        case .schema(let file):
            switch file.type {
            case .object, .map(_, _), .any: return type
            default:
                problems.error("an answer has named fields, and this schema is of \(file.type)", at: notation.span)
                return nil
            }
        case .nullable(.object):
            problems.error("the whole cannot be null; leave `or: null` out here", at: notation.span)
        default:
            let what = use == .answer ? "an answer has named fields" : "fields have names here"
            problems.error("\(what); write {text: \(type)}", at: notation.span)
        }
        return nil
    }
}

/// Reads one notation, and on past every mistake.
struct AnswerReader {
    let use: AnswerType.Use
    let context: AnswerContext
    var problems: Problems

    mutating func read(_ notation: AnswerNotation) -> AnswerType? {
        switch notation {
        case .word(let text): readWord(text)
        case .list(let items, let span): readList(items, at: span)
        case .map(let entries, let span): readMap(entries, at: span)
        }
    }

    private mutating func readList(_ items: [AnswerNotation], at span: SourceSpan) -> AnswerType? {
        guard let item = items.first else {
            problems.error("a list names the type of its items, such as [string]", at: span)
            return nil
        }
        guard items.count == 1 else {
            let words = items.compactMap { if case .word(let text) = $0 { text.text } else { nil } }
            let choices = words.count == items.count ? words.joined(separator: ", ") : "…"
            problems.error(
                "a list has one type for all its items; for a choice write {one of: [\(choices)]}", at: span)
            return nil
        }
        return read(item).map { .list(of: $0, atMost: nil) }
    }

    private typealias Entry = (key: Located<String>, value: AnswerNotation)

    private mutating func readMap(_ entries: [Entry], at span: SourceSpan) -> AnswerType? {
        var rest = entries
        let orNull = takeOrNull(from: &rest)
        let type: AnswerType? =
            if let choices = rest.first(where: { $0.key.value == "one of" }) {
                readChoice(choices, beside: rest)
            } else if let item = rest.first(where: { $0.key.value == "list of" }) {
                readBoundedList(item, beside: rest)
            } else if let schema = rest.first(where: { $0.key.value == "schema" }), rest.count == 1,
                case .word(let file) = schema.value, file.text.hasSuffix(".json")
            {
                readSchema(file)
            } else {
                readFields(rest, at: span)
            }
        guard let type else { return nil }
        return orNull && !type.allowsNull ? .nullable(type) : type
    }

    /// Takes `or: null` out of the entries; an `or` with a type behind it is a field like any other.
    private func takeOrNull(from entries: inout [Entry]) -> Bool {
        let place = entries.firstIndex { entry in
            guard entry.key.value == "or", case .word(let text) = entry.value else { return false }
            return ["null", "~", ""].contains(text.text)
        }
        guard let place else { return false }
        entries.remove(at: place)
        return true
    }

    private mutating func readChoice(_ choices: Entry, beside entries: [Entry]) -> AnswerType? {
        refuseOthers(than: ["one of"], in: entries, allowed: ["one of", "or"])
        guard case .list(let items, let span) = choices.value else {
            problems.error("'one of' takes a list of choices, such as [low, high]", at: choices.value.span)
            return nil
        }
        guard !items.isEmpty else {
            problems.error("'one of' needs at least one choice", at: span)
            return nil
        }
        var texts: [String] = []
        var whole = true
        for item in items {
            guard case .word(let text) = item else {
                problems.error("a choice is a plain text", at: item.span)
                whole = false
                continue
            }
            if text.text == "null" {
                problems.error("null is no choice; write {one of: […], or: null}", at: text.span)
                whole = false
            } else if texts.contains(where: { $0.utf8.elementsEqual(text.text.utf8) }) {
                problems.error("'\(text.text)' is named twice", at: text.span)
                whole = false
            } else {
                texts.append(text.text)
            }
        }
        return whole ? .oneOf(texts) : nil
    }

    private mutating func readBoundedList(_ item: Entry, beside entries: [Entry]) -> AnswerType? {
        refuseOthers(than: ["list of", "at most"], in: entries, allowed: ["list of", "at most", "or"])
        var bound: Int?
        if let atMost = entries.first(where: { $0.key.value == "at most" }) {
            if case .word(let text) = atMost.value, let count = Int(text.text), count > 0 {
                bound = count
            } else {
                problems.error("'at most' takes a whole number from 1 on", at: atMost.value.span)
            }
        }
        return read(item.value).map { .list(of: $0, atMost: bound) }
    }

    private mutating func refuseOthers(than known: [String], in entries: [Entry], allowed: [String]) {
        for entry in entries where !known.contains(entry.key.value) {
            let name = entry.key.value
            let hint =
                nearestName(to: name, among: allowed).map { near in
                    near == "or" ? "; did you mean `or: null`?" : "; did you mean '\(near)'?"
                } ?? ", only \(allowed.map { "'\($0)'" }.joined(separator: ", "))"
            problems.error("'\(known[0])' takes no '\(name)' beside it\(hint)", at: entry.key.span)
        }
    }

    private mutating func readFields(_ entries: [Entry], at span: SourceSpan) -> AnswerType? {
        guard !entries.isEmpty else {
            problems.error("name at least one field, such as {text: string}", at: span)
            return nil
        }
        var fields: [AnswerType.Field] = []
        var whole = true
        for entry in entries {
            guard isFieldName(entry.key), let type = read(entry.value) else {
                whole = false
                continue
            }
            fields.append(.init(entry.key.value, type))
        }
        return whole ? .object(fields) : nil
    }

    /// Names of answers are kept to what every model's interface takes and every expression reads after a dot.
    private mutating func isFieldName(_ key: Located<String>) -> Bool {
        let name = key.value
        let misspelt = ["one of", "list of", "at most"].first { form in
            form != name && form.utf8.filter(isLetter).elementsEqual(name.lowercased().utf8.filter(isLetter))
        }
        if let misspelt {
            problems.error("a field cannot be called '\(name)'; did you mean '\(misspelt)'?", at: key.span)
        } else if name == "at most" {
            problems.error("'at most' bounds a list; write {list of: string, at most: 12}", at: key.span)
        } else if use == .input {
            guard name.isEmpty else { return true }
            problems.error("a field needs a name", at: key.span)
        } else {
            let bytes = Array(name.utf8)
            let plain = bytes.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
            if plain, let first = bytes.first, !isDigit(first), bytes.count <= 64 { return true }
            problems.error(
                "'\(name)' cannot name a field of an answer: letters a to z, digits and _, at most 64, no digit first",
                at: key.span)
        }
        return false
    }

    /// `{schema: file.json}`
    private mutating func readSchema(_ file: LocatedText) -> AnswerType? {
        guard let load = context.load else {
            problems.error("a schema file can only be named by the 'answer' of a step", at: file.span)
            return nil
        }
        do {
            return .schema(try SchemaFile(path: file.text, document: try load(file.text).get()))
        } catch let error as AnswerFileError {
            problems.error(error.message, at: file.span)
        } catch let error as SchemaViolations {
            for violation in error.all.prefix(5) {
                problems.error("'\(file.text)' is no JSON Schema that can be used: \(violation)", at: file.span)
            }
        } catch {
            problems.error("'\(file.text)' cannot be used: \(error)", at: file.span)
        }
        return nil
    }
}

func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}

func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
