import Diagnostics
import Foundation
import Planning
import Recipes
import Schemas
import Steps
import TestSupport
import Testing

@testable import Commands

/// The recipes that the language was designed on, filled in where they say `…`, are recipes of this version.
@Suite struct DesignRecipeTests {
    /// What stands for each `…`, by what is around it.
    private static let fillings = [
        ("prompt: \"…\"", "prompt: \"{{ input.text }} What does it say?\""),
        ("What does this company do? …", "What does this company do? Copy the passage that shows it."),
        ("local | openai | anthropic, url: …, model: …", "openai, url: https://models.example/v1, model: small-2"),
    ]

    /// What is told of a recipe, without its places.
    private func problems(of recipe: String, in folder: TemporaryFolder) throws -> [String] {
        let catalog = Catalog.all(models: ModelPool())
        let file = try folder.write("recipes/recipe.yaml", recipe)
        var problems = Problems()
        let read = Recipe.read(Array(recipe.utf8), file: file, grammar: catalog.grammar, problems: &problems)
        if let read { _ = Planner.plan(read, catalog: catalog, problems: &problems) }
        return problems.sorted.map { "\($0.severity): \($0.message)" }
    }

    @Test func `every block of YAML on the page passes check, filled in where it says …`() throws {
        guard let page = DesignPages.text("recipes.md") else { try Test.cancel("the page recipes.md is not here") }
        let folder = try TemporaryFolder()
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/fixtures", withDestinationPath: root.appending(path: "fixtures").path)

        let blocks = page.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(blocks.count == 5)
        for block in blocks {
            var recipe = Self.fillings.reduce(block) { $0.replacing($1.0, with: $1.1) }
            #expect(!recipe.contains("…"), "\(recipe)")
            if !recipe.contains("recipe:") {
                recipe += """

                    recipe: with-these-keys
                    input: {csv: ../fixtures/leads.csv}
                    steps: [{name: line, set: {tone: settings.tone}}]

                    """
            }
            let told = try problems(of: recipe, in: folder)
            #expect(told.filter { $0.hasPrefix("error") } == [], "\(recipe)")
            // A category that a post lacks is the one thing there that may be missing where it is read.
            #expect(told.contains { $0.contains("'group_key' is null") } == recipe.contains("{{ group_key }}"))
        }
    }
}
