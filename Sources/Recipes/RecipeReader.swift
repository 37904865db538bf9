package import Diagnostics
internal import Schemas
internal import Values
internal import YAMLNodes

extension Recipe {
    /// The largest recipe that is read: far more than a person writes, little enough to read at once.
    package static let largestSize = 1 << 20

    /// Reads a recipe and reports every mistake in it.
    ///
    /// - Returns: as much as could be read, also with problems; nil only where nothing is usable.
    package static func read(_ bytes: [UInt8], file: String, grammar: Grammar, problems: inout Problems) -> Recipe? {
        if let problem = refusal(bytes, file: file) {
            problems.add(problem)
            return nil
        }
        var accidents: SyntaxAccidents
        do throws(YAMLSyntaxError) {
            accidents = SyntaxAccidents(try SourceText(bytes, file: file))
        } catch {
            problems.add(error.diagnostic)
            return nil
        }
        let read = accidents.readNode()
        var reader = FormReader(source: accidents.source, masked: accidents.masked, problems: problems)
        if let root = read?.root {
            for secret in SecretFinder(root, masked: accidents.masked).found {
                reader.problems.withhold(secret.text, at: secret.span)
            }
        }
        for problem in accidents.problems.all { reader.problems.add(problem) }
        defer { problems = reader.problems }
        guard let (root, second) = read else { return nil }
        let top = SourceSpan(
            file: file, start: SourcePosition(line: 1, column: 1), end: SourcePosition(line: 1, column: 1))
        guard let root, !root.isEmpty else {
            reader.problems.error("the recipe is empty; it needs 'recipe', 'input' and 'steps'", at: top)
            return nil
        }
        if let second {
            reader.problems.error(
                "a recipe is one document, and a second one starts here; give it a file of its own", at: second)
        }
        let place = FormReader.Place(label: "the recipe", owner: nil, isInFlow: false)
        guard case .fields(let fields) = reader.read(root, as: .keys(grammar.recipe), at: place) else { return nil }
        return Recipe(fields, bytes: bytes, file: file, problems: &reader.problems)
    }

    /// Why bytes cannot be a recipe at all.
    private static func refusal(_ bytes: [UInt8], file: String) -> Diagnostic? {
        let top = SourceSpan(
            file: file, start: SourcePosition(line: 1, column: 1), end: SourcePosition(line: 1, column: 1))
        if bytes.count > largestSize {
            let size = (bytes.count + (1 << 19)) >> 20
            return .error("the file has \(size) MB, and a recipe has at most 1 MB; is this the right file?", at: top)
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return .error("the file is UTF-16; save it as UTF-8", at: top)
        }
        if bytes.prefix(4096).contains(0) {
            return .error("this is no text file; a recipe is YAML", at: top)
        }
        return nil
    }

    private init(_ fields: Fields, bytes: [UInt8], file: String, problems: inout Problems) {
        self.file = file
        self.bytes = bytes
        name = Recipe.name(fields, problems: &problems)
        about = fields.text("about")
        models = (fields.map("models") ?? []).map { ModelSpec($0, problems: &problems) }
        settings = (fields.map("settings") ?? []).map { SettingSpec($0, problems: &problems) }
        secrets = (fields.map("secrets") ?? []).map { SecretSpec($0, problems: &problems) }
        input = fields.kind("input").map { InputSpec(kind: $0.kind, fields: $0.fields, span: $0.span) }
        steps = StepSpec.all(fields["steps"], problems: &problems)
        let empty = "'collect' is empty; it needs at least one step"
        collect = StepSpec.all(fields["collect"], empty: empty, problems: &problems).map {
            CollectSpec(step: $0, groupBy: $0.common.expression("group_by"))
        }
        out = fields.text("out")
        outputs = (fields.list("output") ?? []).compactMap {
            guard case .kind(let output) = $0 else { return nil }
            return OutputSpec(kind: output.kind, fields: output.fields, span: output.span)
        }
        let limits = fields.fields("limits")
        self.limits = LimitsSpec(
            inFlight: limits?.width("in_flight"), failures: limits?.share("failures"),
            spend: limits?.number("spend"), time: limits?.duration("time"))
        broken = Set(fields.all.filter(\.setting.holdsBroken).map(\.key.value))
    }

    /// The name is part of a folder's name, so it has no blanks and slashes.
    private static func name(_ fields: Fields, problems: inout Problems) -> Located<String> {
        guard let name = fields.text("recipe") else { return Located("", at: fields.span) }
        let isFine = name.text.utf8.allSatisfy { $0.isNameByte || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
        if !isFine || name.text.hasPrefix(".") || name.text.hasPrefix("-") || name.text.utf8.count > 100 {
            problems.add(
                .badName(
                    name, what: "a recipe's name", wanted: "letters, digits, '-' and '_'",
                    mend: name.text.made(dash: "-")))
        }
        return Located(name.text, at: name.span)
    }
}

extension SettingSpec {
    init(_ entry: Setting.Entry, problems: inout Problems) {
        Identifier.check(entry.key, what: "a setting", problems: &problems)
        var fields: Fields?
        if case .fields(let it) = entry.setting { fields = it }
        self.init(
            name: entry.key, about: fields?.text("about"), type: fields?.answer("type"),
            defaultValue: fields?.value("default"), span: entry.setting.span)
    }
}

extension SecretSpec {
    init(_ entry: Setting.Entry, problems: inout Problems) {
        Identifier.check(entry.key, what: "a secret", problems: &problems)
        name = entry.key
        span = entry.setting.span
        source = nil
        guard case .fields(let fields) = entry.setting else { return }
        switch (fields["env"], fields["file"]) {
        case (nil, nil):
            problems.error("'\(entry.key.value)' needs 'env' or 'file'", at: entry.key.span)
        case (_?, _?):
            problems.error("'\(entry.key.value)' is kept in one place: 'env' or 'file', not both", at: entry.key.span)
        default:
            let variable = fields.text("env").flatMap { $0.asVariable(problems: &problems) }
            source = variable.map(Source.environment) ?? fields.text("file").map(Source.file)
        }
    }
}

extension LocatedText {
    /// The text where it can be the name of an environment variable. What cannot may be the secret itself, so it is not
    /// told.
    package func asVariable(problems: inout Problems) -> LocatedText? {
        if text.isVariableName { return self }
        problems.add(
            .error(
                "'env' names an environment variable by letters, digits and '_', and this is no such name; the secret "
                    + "itself never stands in a recipe", at: span
            ).hidingLine())
        return nil
    }
}

extension Setting {
    /// Whether some part of it could not be read.
    var holdsBroken: Bool {
        switch self {
        case .broken: true
        case .list(let items, _): items.contains(where: \.holdsBroken)
        case .map(let entries, _): entries.contains(where: \.setting.holdsBroken)
        case .fields(let fields): fields.all.contains(where: \.setting.holdsBroken)
        case .kind(let kind): kind.body.isBroken || kind.fields.all.contains(where: \.setting.holdsBroken)
        default: false
        }
    }
}
