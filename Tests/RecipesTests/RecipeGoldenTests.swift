import Diagnostics
import Foundation
import Recipes
import TestSupport
import Testing

/// Whole lists of problems as the terminal shows them.
@Suite struct RecipeGoldenTests {
    @Test(arguments: [
        "accidents-block", "accidents-flow", "accidents-quiet", "every-part", "kinds", "later", "names", "shapes",
    ])
    func `every mistake of a recipe is told in one pass, as its golden file shows`(name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens")
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "\(name).yaml")))
        #expect(try differenceFromGolden(problemList(bytes), "\(name).txt") == nil)
    }
}

/// The problems of a recipe as a terminal shows them.
func problemList(_ bytes: [UInt8]) -> String {
    var problems = Problems()
    _ = Recipe.read(bytes, file: "recipe.yaml", grammar: .sample, problems: &problems)
    let renderer = DiagnosticRenderer(sources: ["recipe.yaml": String(decoding: bytes, as: UTF8.self)])
    return renderer.render(problems.sorted)
}
