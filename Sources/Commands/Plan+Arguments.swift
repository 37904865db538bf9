internal import Digests
internal import Execution
internal import Planning
internal import Recipes
internal import Values

extension Plan {
    /// Tells the runs apart that are made of the same recipe bytes with the same options.
    func identity(_ words: [String]) -> SHA256Digest {
        var hash = SHA256Stream()
        hash.addPart(recipe.bytes)
        for word in words { hash.addPart(word.utf8) }
        return hash.digest
    }

    /// Tells whether the recipe, with the values that the command line gives it, would make the same of a record. See
    /// `Recipe/resultValue`.
    var resultIdentity: String {
        SHA256Digest(of: JSON.bytes(of: .list([recipe.resultValue, settings]))).hex
    }

    /// Whether records are passed over that earlier runs say enough of.
    var takesOnlyChanged: Bool { recipe.input?.fields.choice("only") != nil }

    /// The plan over the records that `--limit` and `--sample` leave.
    func narrowed(to arguments: RecipeArguments) -> Plan { narrowed(to: arguments.options) }

    func narrowed(to arguments: RecipeOptions) -> Plan {
        var plan = self
        if let count = arguments.sample {
            plan.source = NarrowedSource(plan.source, .sample(count, seed: arguments.seed))
        }
        if let count = arguments.limit { plan.source = NarrowedSource(plan.source, .first(count)) }
        return plan
    }
}
