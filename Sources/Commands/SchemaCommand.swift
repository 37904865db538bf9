internal import ArgumentParser
internal import Recipes
internal import Steps
internal import Values

/// `linecook schema`: what editors complete and explain recipes with.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON Schema of the recipe language, for editors.",
        discussion: "A recipe names it in its first line: # yaml-language-server: $schema=recipe.schema.json\n\n"
            + "Example: linecook schema > recipes/recipe.schema.json")

    func run() throws { try Terminal.print(Self.text) }

    /// Indented, with a line end.
    static var text: String {
        JSON.prettyText(of: RecipeSchema(Catalog.all(models: ModelPool()).grammar).value) + "\n"
    }
}
