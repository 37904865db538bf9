import Diagnostics
import Expressions
import Foundation
import Planning
import Recipes
import Schemas
import Steps
import TestSupport
import Testing
import Values
import YAMLNodes

@testable import Commands

/// The language reference is held to the tables of keys that recipes are read by.
@Suite struct LanguageReferenceTests {
    private let text: String
    private let root: URL
    private let catalog = Catalog.all(models: ModelPool())

    init() throws {
        root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        text = String(decoding: try Data(contentsOf: root.appending(path: "docs/language.md")), as: UTF8.self)
    }

    @Test func `every key and kind of the language is named`() {
        let names = Set(catalog.grammar.recipe.flatMap(\.allNames))
        #expect(names.count > 40)
        let missing = names.filter { !text.contains("`\($0)`") }.sorted()
        #expect(missing == [])
    }

    // MARK: Keys

    @Test func `every key has a row with its type, its default, what it is for and an example`() throws {
        let rows = keyRows
        #expect(rows.count > 90)
        for row in rows {
            #expect(!row.type.isEmpty && !row.standard.isEmpty && !row.purpose.isEmpty, "\(row)")
            #expect(row.example != nil, "\(row)")
        }
        for key in catalog.grammar.recipe.flatMap(\.allKeys) {
            let own = rows.filter { $0.name == key.name }
            #expect(!own.isEmpty, "\(key.name)")
            guard let standard = key.defaultText?.replacing("`", with: "") else { continue }
            #expect(
                own.contains { $0.standard.replacing("`", with: "").contains(standard) }, "\(key.name): \(standard)")
        }
    }

    @Test func `every example of a key can stand there`() throws {
        let keys = Dictionary(grouping: catalog.grammar.recipe.flatMap(\.allKeys), by: \.name)
        for row in keyRows {
            guard let example = row.example else { continue }
            var reader = YAMLNodeReader(try SourceText(Array("\(row.name): \(example)\n".utf8), file: "language.md"))
            let value = try #require(try reader.nextDocument()).plain[row.name] ?? .null
            let takes = try (keys[row.name] ?? []).contains { key in
                try JSONSchema.compile(RecipeSchema(catalog.grammar).value(at: key)).allows(value)
            }
            #expect(takes, "\(row.name): \(example)")
        }
    }

    @Test func `every key stands in one of its complete recipes`() throws {
        var used: Set<String> = []
        for recipe in completeRecipes {
            var reader = YAMLNodeReader(try SourceText(Array(recipe.utf8), file: "language.md"))
            used.formUnion(KeyPaths.used(by: try #require(try reader.nextDocument()), catalog.grammar.recipe))
        }
        // A rule under `expect` has no severity, which `check` says; the table of keys of a rule is that of `check`.
        let all = KeyPaths.all(of: catalog.grammar.recipe).subtracting(["step.expect.severity"])
        #expect(all.count > 130)
        #expect(all.subtracting(used).sorted() == [])
    }

    @Test func `every complete recipe in it can be run`() throws {
        let recipes = completeRecipes
        #expect(recipes.count >= 9)
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

    /// A row of a table of keys.
    private struct KeyRow {
        var name: String
        var type: String
        var standard: String
        var purpose: String
        var example: String?
    }

    /// The rows of the tables whose columns are those of keys.
    private var keyRows: [KeyRow] {
        var rows: [KeyRow] = []
        var columns: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("| ") else {
                if !line.hasPrefix("|-") { columns = [] }
                continue
            }
            let cells = line.dropFirst().dropLast().replacing("\\|", with: "\u{1}").components(separatedBy: "|")
                .map { $0.trimmingCharacters(in: .whitespaces).replacing("\u{1}", with: "|") }
            guard !columns.isEmpty else {
                columns = cells
                continue
            }
            func cell(_ column: String) -> String { columns.firstIndex(of: column).map { cells[$0] } ?? "" }
            guard columns.first == "key", columns.contains("example"), let name = code(cell("key")) else { continue }
            rows.append(
                KeyRow(
                    name: name, type: cell("type"),
                    standard: columns.contains("default") ? cell("default") : "required",
                    purpose: cell("what it is for"), example: code(cell("example"))))
        }
        return rows
    }

    /// The blocks of YAML that begin with `recipe:`.
    private var completeRecipes: [String] {
        text.components(separatedBy: "```yaml\n").dropFirst().compactMap { rest in
            guard rest.hasPrefix("recipe:"), let end = rest.range(of: "```") else { return nil }
            return String(rest[..<end.lowerBound])
        }
    }
}
