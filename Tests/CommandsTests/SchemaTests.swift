import Diagnostics
import Foundation
import Recipes
import Schemas
import Steps
import Testing
import Values
import YAMLNodes

@testable import Commands

/// What editors know of the language is what recipes are read by.
@Suite struct SchemaTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private let catalog = Catalog.all(models: ModelPool())

    private func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
    }

    private func schema() throws -> JSONSchema { try JSONSchema.compile(RecipeSchema(catalog.grammar).value) }

    /// A document of YAML as the values that a recipe's reader sees.
    private func value(_ yaml: String) throws -> Value {
        var reader = YAMLNodeReader(try SourceText(Array(yaml.utf8), file: "recipe.yaml"))
        return try #require(try reader.nextDocument()).plain
    }

    @Test func `the file beside the shipped recipes is the schema of this version`() throws {
        let isSame = try text("recipes/recipe.schema.json") == SchemaCommand.text
        #expect(isSame, "write it again: linecook schema > recipes/recipe.schema.json")
    }

    @Test func `every shipped recipe names it in its first line, and keeps it`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "recipes").path)
        let recipes = files.filter { $0.hasSuffix(".yaml") }
        #expect(!recipes.isEmpty)
        for name in recipes {
            let recipe = try text("recipes/\(name)")
            #expect(recipe.hasPrefix("# yaml-language-server: $schema=recipe.schema.json\n"), "\(name)")
            #expect(try schema().validate(value(recipe)).map(\.description) == [], "\(name)")
        }
    }

    @Test func `every complete recipe of the language reference keeps it`() throws {
        let blocks = try text("docs/language.md").components(separatedBy: "```yaml\n").dropFirst()
        let recipes = blocks.compactMap { $0.components(separatedBy: "```").first }.filter { $0.hasPrefix("recipe:") }
        #expect(recipes.count >= 2)
        for recipe in recipes { #expect(try schema().validate(value(recipe)).map(\.description) == []) }
    }

    @Test(arguments: [
        ("recipe: a\ninput: {csv: a.csv}\nsteps: [{name: a, set: {b: '1'}}]", true),
        ("recipe: a\ninput: {csv: a.csv}\nsteps: [{name: a, sett: {b: '1'}}]", false),
        ("recipe: a\ninput: {csv: a.csv}\nsteps: [{name: a, set: {b: '1'}, ohterwise: flag}]", false),
        ("recipe: a\ninput: {csv: a.csv, match: b}\nsteps: [{name: a, set: {b: '1'}}]", false),
        ("recipe: a\nsteps: [{name: a, set: {b: '1'}}]", false),
        ("recipe: a\ninput: {csv: a.csv}\nsteps: [{name: a, review: {question: b, show: c, within: 3 days}}]", false),
        ("recipe: a\ninput: {csv: a.csv}\nsteps: [{name: a, review: {question: b, show: c, within: 3d}}]", true),
    ])
    func `it knows keys, kinds and plain values`(recipe: String, isFine: Bool) throws {
        #expect(try schema().allows(value(recipe)) == isFine)
    }

    @Test func `every key has a sentence`() throws {
        var missing: [String] = []
        for key in catalog.grammar.recipe.flatMap(\.allKeys) where key.about.isEmpty || !key.about.hasSuffix(".") {
            missing.append(key.name)
        }
        #expect(missing == [])
    }
}
