internal import Diagnostics
package import Recipes
package import Runs
internal import Schemas
package import Steps
internal import Values

/// `input: {folder: …}`.
package struct FolderInput: InputKind {
    package init() {}

    private static let standardPatterns = ["**/*.md", "**/*.txt"]

    package var grammar: KindGrammar {
        KindGrammar(
            "folder", .text,
            siblings: [
                Key(
                    "match", .oneOrList(of: .text), default: Self.standardPatterns.joined(separator: ", "),
                    about: "Which files are records: patterns for their paths relative to the folder.",
                    example: "[\"**/*.md\", \"letters/*.txt\"]"),
                Key(
                    "meta", .answer, default: "none",
                    about: "The properties of the documents that the recipe reads as `input.meta`, typed.",
                    example: "{title: string or null, tags: {list of: string, or: null}}"),
            ],
            about: "Every file of a folder that matches is a record, in the order of their paths.")
    }

    package func open(_ planning: inout InputPlanning) -> (any RecordSource)? {
        guard let place = planning.place(of: "folder") else { return nil }
        let fields = planning.input.fields
        guard !fields.isBroken("match"), !fields.isBroken("meta") else { return nil }
        var meta: MetaFields?
        if let notation = fields.answer("meta") {
            guard
                case .object(let declared)? = AnswerType.readFields(notation, for: .input, problems: &planning.problems)
            else { return nil }
            meta = MetaFields(declared)
        }
        var patterns: [String] = []
        for pattern in fields.texts("match") ?? [] {
            if let problem = FolderSource.problem(withPattern: pattern.text) {
                planning.problems.error(problem, at: pattern.span)
            } else {
                patterns.append(pattern.text)
            }
        }
        if fields["match"] == nil {
            patterns = Self.standardPatterns
        } else if fields.texts("match")?.isEmpty == true {
            planning.problems.error(
                "'match' names no pattern; leave it out to take md and txt files", at: fields.keySpan("match"))
        }
        guard !patterns.isEmpty else { return nil }
        let source = planning.opened(at: place) { () throws(SourceError) in
            try FolderSource(path: place.path, name: place.name, patterns: patterns, meta: meta)
        }
        guard let source else { return nil }
        let lacks = planning.opened(at: place) { () throws(SourceError) in try source.lacks() }
        for sentence in lacks ?? [] { planning.problems.error(sentence, at: place.span) }
        return source
    }
}

/// `input: {csv: …}`.
package struct CSVInput: InputKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar(
            "csv", .text,
            siblings: RowKeys.all + [
                Key(
                    "delimiter", .text, default: "what the file shows",
                    about: "What stands between the cells: one sign, or `tab`.", example: "\";\""),
                Key(
                    "encoding", .choice(TextEncoding.names), default: "what the file shows",
                    about: "What the bytes of the file stand for.", example: "windows-1252"),
            ],
            about: "Every row of a CSV file is a record; its header names the fields.")
    }

    package func open(_ planning: inout InputPlanning) -> (any RecordSource)? {
        guard let place = planning.place(of: "csv"), let keys = RowKeys(&planning) else { return nil }
        let name = Paths.name(of: place.path)
        let given = planning.input.fields
        guard !given.isBroken("delimiter"), !given.isBroken("encoding") else { return nil }
        let delimiter = given.text("delimiter")
        let sign = delimiter.flatMap { Self.sign($0.text) }
        if let delimiter, sign == nil {
            planning.problems.error(
                "'\(delimiter.text)' cannot stand between cells; write one sign such as \";\" or \"|\", or tab",
                at: delimiter.span)
            return nil
        }
        let encoding = given.choice("encoding").flatMap { TextEncoding(rawValue: $0.value) }
        let header = planning.opened(at: place) { () throws(SourceError) in
            try CSVHeader(path: place.path, name: name, delimiter: sign, encoding: encoding)
        }
        guard let header else { return nil }
        for asked in keys.columns {
            guard let problem = header.problem(withColumn: asked.value) else { continue }
            planning.problems.error(problem, at: asked.span)
        }
        for column in keys.columns
        where keys.fields.first(where: { $0.name.hasSameBytes(as: column.value) })?.type.isOneCell == false {
            planning.problems.error(
                "a cell of '\(column.value)' is one value, not a list or an object; read it as string", at: column.span)
        }
        let source = CSVSource(path: place.path, header: header, key: keys.key, fields: keys.fields)
        planning.notes += source.remarks
        return source
    }

    /// The byte of a delimiter as a recipe writes it.
    private static func sign(_ text: String) -> UInt8? {
        if text == "tab" || text == "\\t" { return 9 }
        guard let byte = text.utf8.first, text.utf8.count == 1, byte == 9 || (0x20..<0x7F).contains(byte) else {
            return nil
        }
        let isName = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
        return isName || byte == quote ? nil : byte
    }
}

/// `input: {jsonl: …}`.
package struct JSONLInput: InputKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar(
            "jsonl", .text, siblings: RowKeys.all, about: "Every line of a JSONL file is a record: one JSON object.")
    }

    package func open(_ planning: inout InputPlanning) -> (any RecordSource)? {
        planning.openJSON("jsonl") { path, name, keys throws(SourceError) in
            try JSONLSource(path: path, name: name, key: keys.key, fields: keys.fields)
        }
    }
}

/// `input: {json: …}`.
package struct JSONInput: InputKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar(
            "json", .text, siblings: RowKeys.all, about: "Every element of one JSON array is a record: an object.")
    }

    package func open(_ planning: inout InputPlanning) -> (any RecordSource)? {
        planning.openJSON("json") { path, name, keys throws(SourceError) in
            try JSONSource(path: path, name: name, key: keys.key, fields: keys.fields)
        }
    }
}

/// What every row-wise input takes beside its path.
struct RowKeys {
    let key: String?
    let fields: [AnswerType.Field]
    /// Every name that the recipe gives, where it stands.
    let columns: [Located<String>]

    static let all = [
        Key(
            "key", .text, default: "the record's number",
            about: "The field that makes a record's id; no two records have the same.", example: "domain"),
        Key(
            "fields", .answer,
            default: "text for CSV; for JSON what the first 100 records show; for a query what the database says",
            about: "The types of fields.", example: "{employees: integer or null, founded: date}"),
    ]

    /// Nil where something is wrong with them; it is reported.
    init?(_ planning: inout InputPlanning) {
        let given = planning.input.fields
        guard !given.isBroken("key"), !given.isBroken("fields") else { return nil }
        var columns: [Located<String>] = []
        if let notation = given.answer("fields") {
            guard case .object(let fields)? = AnswerType.readFields(notation, for: .input, problems: &planning.problems)
            else { return nil }
            self.fields = fields
            if case .map(let entries, _) = notation { columns = entries.map(\.key) }
        } else {
            fields = []
        }
        let key = given.text("key")
        self.key = key?.text
        self.columns = columns + (key.map { [Located($0.text, at: $0.span)] } ?? [])
    }
}

/// Where an input is, and where the recipe says so.
struct InputPlace {
    /// As the system finds it.
    var path: String
    /// As the recipe, or the command line, has it.
    var name: String
    /// Nil for a path of the command line.
    var span: SourceSpan?
}

extension InputPlanning {
    /// The place that stands at the kind's own key, unless `--input` names another.
    func place(of kind: String) -> InputPlace? {
        if let path { return InputPlace(path: path, name: path, span: nil) }
        guard let text = input.fields.text(kind) else { return nil }
        let isAbsolute = text.text.utf8.first == slash
        return InputPlace(
            path: isAbsolute ? text.text : Paths.joined(folder, text.text), name: text.text, span: text.span)
    }

    /// Opens something, or reports why that cannot be.
    mutating func opened<Opened>(at place: InputPlace, _ open: () throws(SourceError) -> Opened) -> Opened? {
        do throws(SourceError) {
            return try open()
        } catch {
            problems.error(error.message, at: place.span)
            return nil
        }
    }

    mutating func openJSON(
        _ kind: String, _ open: (String, String, RowKeys) throws(SourceError) -> any RecordSource
    ) -> (any RecordSource)? {
        guard let place = place(of: kind), let keys = RowKeys(&self) else { return nil }
        let source = opened(at: place) { () throws(SourceError) in
            try open(place.path, Paths.name(of: place.path), keys)
        }
        guard let source else { return nil }
        if let key = keys.key, keys.fields.isEmpty, !source.columns.contains(where: { $0.hasSameBytes(as: key) }) {
            problems.error(
                "no record of \(source.description) has the key '\(key)'\(mend(for: key, among: source.columns))",
                at: input.fields.text("key")?.span)
        }
        return source
    }
}

/// `; did you mean 'name'?`, or the names there are.
func mend(for name: String, among names: [String]) -> String {
    if let near = nearestName(to: name, among: names) { return "; did you mean '\(near)'?" }
    return names.isEmpty ? "" : "; there are: \(names.prefix(20).joined(separator: ", "))"
}

extension AnswerType {
    /// Whether one cell of a table can hold it.
    var isOneCell: Bool {
        switch withoutNull {
        case .list, .object: false
        default: true
        }
    }
}
