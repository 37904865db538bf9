import Diagnostics
import Expressions
import Foundation
import Planning
import Recipes
import Steps
import TestSupport
import Testing
import Values

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
