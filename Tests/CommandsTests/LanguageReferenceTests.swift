import Diagnostics
import Expressions
import Foundation
import Planning
import Recipes
import Steps
import TestSupport
import Testing
import Values
import YAMLNodes

@testable import Commands

/// The language reference is held to the tables of keys that recipes are read by.
@Suite struct LanguageReferenceTests {
    private let text: String
    private let catalog = Catalog.all(models: ModelPool())

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        text = String(decoding: try Data(contentsOf: root.appending(path: "docs/language.md")), as: UTF8.self)
    }

    @Test func `every key and kind of the language is named`() {
        let names = Set(catalog.grammar.recipe.flatMap(\.allNames))
        #expect(names.count > 40)
        let missing = names.filter { !text.contains("`\($0)`") }.sorted()
        #expect(missing == [])
    }

    // MARK: Rows

    /// A row of a table of keys.
    private struct Row {
        var heading: String
        var key: String
        /// By the table's own header.
        var cells: [String: String]

        subscript(column: String) -> String { cells[column] ?? "" }
    }

    private var rows: [Row] {
        var (rows, heading, header) = ([Row](), "", [String]())
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("#") { heading = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces) }
            guard line.hasPrefix("| "), line.hasSuffix(" |") else {
                if !line.hasPrefix("|---") { header = [] }
                continue
            }
            let cells = line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
            if cells[0] == "key" {
                header = cells
            } else if header.count == cells.count, let key = code(cells[0]) {
                let named = Dictionary(zip(header, cells)) { first, _ in first }
                rows.append(Row(heading: heading, key: key, cells: named))
            }
        }
        return rows
    }

    /// The keys with their rows; that `expect` takes no severity is an error of its own.
    private func pairs() throws -> [(key: LanguageKey, row: Row)] {
        let rows = rows
        let keys = LanguageKeys(catalog.grammar).all.filter { $0.id != "Steps: expect.severity" }
        var pairs: [(LanguageKey, Row)] = []
        for key in keys {
            let names = key.path.indices.map { key.path[$0...].joined(separator: ".") }
            // The fullest name that any row has.
            let found =
                names.map { name in rows.filter { $0.heading == key.heading && $0.key == name } }.first { !$0.isEmpty }
                ?? []
            #expect(found.count == 1, "\(key.id) has \(found.count) rows")
            if let row = found.first { pairs.append((key, row)) }
        }
        let known = Set(pairs.map { "\($0.1.heading): \($0.1.key)" })
        #expect(rows.map { "\($0.heading): \($0.key)" }.filter { !known.contains($0) } == [])
        #expect(pairs.count > 100)
        return pairs
    }

    @Test func `every key has a row of its type and default, and every row is of a key`() throws {
        for (key, row) in try pairs() {
            let standard = key.key.required ? "required" : key.key.defaultText ?? "none"
            #expect(row["default"].plain == standard.plain, "\(key.id)")
            for word in key.key.form.typeWords { #expect(row["type"].contains(word), "\(key.id): \(row["type"])") }
            #expect(!row["type"].isEmpty && !row["what it is for"].isEmpty, "\(key.id)")
        }
    }

    @Test func `an input's and an output's key says beside which kinds it stands`() throws {
        for (key, row) in try pairs() where row.cells["beside"] != nil {
            let all = key.heading == "Input" ? catalog.grammar.inputs : catalog.grammar.outputs
            let named = all.map(\.name).filter { row["beside"].contains("`\($0)`") }
            let told =
                row["beside"].hasPrefix("all") ? all.map(\.name).filter { !named.contains($0) } : named
            let wanted = key.kinds.isEmpty ? [key.path[0]] : key.kinds
            #expect(Set(told) == Set(wanted), "\(key.id)")
        }
    }

    @Test func `every example of a key reads as that key, there and in the schema`() throws {
        for (key, row) in try pairs() {
            let example = try #require(code(row["example"]), "\(key.id) has no example")
            for text in [example, key.key.example].compactMap(\.self) {
                let recipe = key.recipe(["\(key.key.name): \(text)"]).joined(separator: "\n") + "\n"
                var problems = Problems()
                _ = Recipe.read(
                    Array(recipe.utf8), file: "recipe.yaml", grammar: catalog.grammar, problems: &problems)
                #expect(problems.all.map(\.message) == [], "\(key.id):\n\(recipe)")
                try checkSyntax(of: text, as: key)
            }
        }
    }

    /// Of an expression or a text, in which every name may be anything.
    private func checkSyntax(of example: String, as key: LanguageKey) throws {
        var scope = Scope()
        for match in example.matches(of: /[a-z][a-z0-9_]*/) where scope.slot(of: String(match.output)) == nil {
            scope.declare(String(match.output), .any, slot: scope.freeSlot)
        }
        let start = SourcePosition(line: 1, column: 1)
        let span = SourceSpan(file: "language.md", start: start, end: start)
        let isQuoted = example.hasPrefix("\"") && example.hasSuffix("\"")
        let text = isQuoted ? String(example.dropFirst().dropLast()) : example
        var problems = Problems()
        switch key.key.form {
        case .expression:
            _ = Expression.compile(LocatedText(text, span: span), in: scope, problems: &problems)
        case .template: _ = Template.compile(LocatedText(text, span: span), in: scope, problems: &problems)
        default: return
        }
        #expect(problems.all.map(\.message) == [], "\(key.id): \(example)")
    }

    // MARK: Recipes

    @Test func `every key stands in one of the complete recipes`() throws {
        var used = UsedKeys()
        for recipe in completeRecipes {
            var reader = YAMLNodeReader(try SourceText(Array(recipe.utf8), file: "recipe.yaml"))
            try used.add(try #require(try reader.nextDocument()), of: catalog.grammar)
        }
        let missing = LanguageKeys(catalog.grammar).all.map(\.id).filter { !used.ids.contains($0) }
        #expect(missing == ["Steps: expect.severity"])
    }

    @Test func `every complete recipe in it can be run`() throws {
        let recipes = completeRecipes
        #expect(recipes.count >= 9)
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/fixtures", withDestinationPath: root.appending(path: "fixtures").path)
        _ = try folder.write("docs/orders.jsonl", #"{"id": "a", "total": 1.5}"#)
        _ = try folder.write("docs/orders.json", #"[{"id": "a", "total": 1.5}]"#)
        for recipe in recipes {
            let file = try folder.write("docs/recipe.yaml", recipe)
            var problems = Problems()
            let read = try #require(
                Recipe.read(Array(recipe.utf8), file: file, grammar: catalog.grammar, problems: &problems))
            let plan = Planner.plan(read, catalog: catalog, problems: &problems)
            #expect(problems.sorted.map(\.message) == [String](), "\(read.name.value)")
            #expect(plan != nil)
        }
    }

    @Test func `every example of a function gives what stands beside it`() throws {
        let start = try #require(text.range(of: "Functions beyond CEL's own:")).upperBound
        let end = try #require(text.range(of: "### What YAML")).lowerBound
        var examples = 0
        for line in text[start..<end].split(separator: "\n") {
            let cells = line.components(separatedBy: " | ").map { $0.trimmingCharacters(in: ["|", " "]) }
            guard cells.count == 4, let example = code(cells[2]), let result = code(cells[3]) else { continue }
            examples += 1
            switch try value(of: example) {
            case .string(let text): #expect(text == result, "\(example)")
            case let other: #expect(try other == value(of: result), "\(example)")
            }
        }
        #expect(examples >= 14)
    }

    private func code(_ cell: String) -> String? {
        guard cell.hasPrefix("`"), cell.hasSuffix("`"), cell.count > 2 else { return nil }
        return String(cell.dropFirst().dropLast())
    }

    private func value(of expression: String) throws -> Value {
        var problems = Problems()
        let start = SourcePosition(line: 1, column: 1)
        let text = LocatedText(expression, span: SourceSpan(file: "language.md", start: start, end: start))
        let compiled = Expression.compile(text, in: Scope(), problems: &problems)
        return try #require(compiled, "\(expression): \(problems.all)").evaluate(Slots(count: 0))
    }

    /// The blocks of YAML that begin with `recipe:`.
    private var completeRecipes: [String] {
        text.components(separatedBy: "```yaml\n").dropFirst().compactMap { rest in
            guard rest.hasPrefix("recipe:"), let end = rest.range(of: "```") else { return nil }
            return String(rest[..<end.lowerBound])
        }
    }
}

extension Key {
    /// Its name and those of all keys and kinds below it, but for what a later version brings.
    fileprivate var allNames: Set<String> {
        if case .later = form { return [] }
        return form.allNames.union([name])
    }
}

extension Form {
    fileprivate var allNames: Set<String> {
        switch self {
        case .list(let item), .oneOrList(let item), .map(let item): return item.allNames
        case .keys(let keys): return Set(keys.flatMap(\.allNames))
        case .choice(let choices): return Set(choices)
        case .anyOf(let forms): return Set(forms.flatMap(\.allNames))
        case .kinds(let kinds):
            let keys = kinds.common + kinds.kinds.flatMap(\.siblings)
            return Set(kinds.kinds.map(\.name))
                .union(kinds.kinds.flatMap(\.form.allNames))
                .union(keys.flatMap(\.allNames))
                .union(kinds.discriminator.map { [$0] } ?? [])
        default: return []
        }
    }
}

extension String {
    /// Without the marks of code.
    fileprivate var plain: String { replacing("`", with: "") }
}

extension Form {
    /// What a reader must be told of a value of this form.
    fileprivate var typeWords: [String] {
        switch self {
        case .expression, .computed: ["expression"]
        case .template: ["{{ }}"]
        case .amount: ["money"]
        case .boolean: ["true", "false"]
        case .duration: ["time"]
        case .share: ["share"]
        case .width: ["whole number", "`auto`"]
        case .choice(let names): names.map { "`\($0)`" }
        case .answer: ["type"]
        case .list, .oneOrList: ["list"]
        case .map: ["name"]
        case .text, .integer, .number, .value, .keys, .kinds, .anyOf, .later: []
        }
    }
}
