internal import Execution
internal import Planning

extension Plan {
    /// The plan over the records that `--limit` and `--sample` leave.
    func narrowed(to arguments: RecipeArguments) -> Plan {
        var plan = self
        if let count = arguments.sample {
            plan.source = NarrowedSource(plan.source, .sample(count, seed: arguments.seed))
        }
        if let count = arguments.limit { plan.source = NarrowedSource(plan.source, .first(count)) }
        return plan
    }
}
