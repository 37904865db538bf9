import Diagnostics
import Foundation
import Recipes
import TestSupport
import Testing

/// Whole lists of problems as the terminal shows them.
@Suite struct RecipeGoldenTests {
    @Test(arguments: [
        "accidents-block", "accidents-flow", "accidents-quiet", "every-part", "kinds", "later", "names", "secrets",
        "shapes",
    ])
    func `every mistake of a recipe is told in one pass, as its golden file shows`(name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens")
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "\(name).yaml")))
        #expect(try differenceFromGolden(problemList(bytes), "\(name).txt") == nil)
    }

    @Test func `no secret is told with the mistake that put it into a recipe`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens")
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "secrets.yaml")))
        let told = problemList(bytes)
        for secret in ["abc1234567890", "1234567890", "hunter", "'12'"] { #expect(!told.contains(secret), "\(told)") }
    }

    @Test(arguments: [
        "models:\n  one: {provider: openai, key: \"sk-abc1234567890\n",
        "models:\n  one:\n    provider: openai\n\tkey: sk-abc1234567890\n",
        "models: {one: {provider: openai, key: sk-abc1234567890\nsteps: []\n",
        "secrets:\n  crm: abc1234567890\n   site: {env: SITE}\n",
        "secrets:\n  crm: @abc1234567890\n",
        "steps:\n- fetch:\n    headers:\n      Authorization: Bearer sk-abc1234567890: x\n",
        "steps:\n- fetch: {headers: {Authorization: 'Bearer sk-abc1234567890}}\n",
        "steps:\n- fetch: {url: https://u:sk-abc1234567890@a.example, \"}\n",
    ])
    func `what YAML cannot read shows no secret either`(text: String) {
        let told = problemList(Array("recipe: x\n\(text)".utf8))
        #expect(told.contains("error: "))
        #expect(!told.contains("1234567890"), "\(told)")
    }
}

/// The problems of a recipe as a terminal shows them.
func problemList(_ bytes: [UInt8]) -> String {
    var problems = Problems()
    _ = Recipe.read(bytes, file: "recipe.yaml", grammar: .sample, problems: &problems)
    let renderer = DiagnosticRenderer(sources: ["recipe.yaml": String(decoding: bytes, as: UTF8.self)])
    return renderer.render(problems.sorted)
}
