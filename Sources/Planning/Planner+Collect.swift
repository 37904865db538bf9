internal import Diagnostics
internal import Expressions
internal import Recipes
internal import Runs
internal import Schemas
internal import Steps
internal import Values

// What is made of all records together.

extension Planner {
    mutating func planCollect(of steps: [PlannedStep], input: ObjectType?) -> [PlannedCollect] {
        let outside = scope
        defer { scope = outside }
        let answers = steps.map { ObjectType.Field($0.name, $0.type) }
        let isWhole = steps.count == recipe.steps.count
        let row = ObjectType(
            [.init("input", input.map(ValueType.object) ?? .any), .init("record", BaseTypes.record)] + answers)
        let fields =
            [(name: "input", slot: SlotLayout.input), (name: "record", slot: SlotLayout.record)]
            + steps.map { (name: $0.name, slot: $0.slot) }
        var planned: [PlannedCollect] = []
        for spec in recipe.collect {
            scope = outside
            guard !refuseCollect(spec.step) else { continue }
            let groupBy = spec.groupBy.flatMap { groupKey($0) }
            for name in scope.names where !["run", "settings"].contains(name) {
                scope.hide(name, because: "'\(name)' is read of each record: `group.map(r, r.\(name))`")
            }
            let (groupSlot, keySlot) = (layout.count, layout.count + 1)
            layout.count += 2
            scope.declare("group", isWhole ? .list(.object(row)) : .any, slot: groupSlot)
            declareKey(spec.groupBy == nil ? .null : groupBy?.type ?? .any, slot: keySlot)
            scope.hide(spec.step.name.value, because: "'\(spec.step.name.value)' is this step's own answer")
            guard var step = plan(spec.step), groupBy != nil || spec.groupBy == nil else { continue }
            step.place = steps.count + steps.reduce(0) { $0 + ($1.items?.steps.count ?? 0) } + planned.count
            planned.append(
                PlannedCollect(
                    step: step, groupBy: groupBy, groupSlot: groupSlot, keySlot: keySlot, fields: fields))
        }
        return planned
    }

    /// What the records of a group have in common. Where that may be nothing, reading it untested is a warning: the one
    /// group without it fails by name then, and the others are asked about.
    private mutating func declareKey(_ type: ValueType, slot: Int) {
        var missing: String?
        if case .nullable = type {
            missing = "is null for records whose 'group_by' is null, and the group of these"
        }
        scope.declare("group_key", type, slot: slot, missing: missing)
    }

    mutating func groupKey(_ text: LocatedText) -> Expression? {
        guard let expression = Expression.compile(text, in: scope, problems: &problems) else { return nil }
        switch expression.type.withoutNull {
        case .any, .bool, .int, .uint, .string, .timestamp, .null: return expression
        default:
            problems.error(
                "'group_by' is a text, a whole number or true and false, and this is \(expression.type)", at: text.span)
            return nil
        }
    }

    mutating func plan(
        _ output: OutputSpec, of steps: [PlannedStep], source: (any RecordSource)?, folder: String
    ) -> (any RecordSink)? {
        guard let kind = catalog.output(output.kind.value) else { return nil }
        var planning = OutputPlanning(
            output: output, scope: scope,
            answers: steps.map { OutputPlanning.Answer(name: $0.name, slot: $0.slot, type: $0.type) },
            inputColumns: source?.columns ?? [], folder: folder, problems: problems)
        let sink = kind.plan(&planning)
        problems = planning.problems
        reads += planning.reads
        return sink
    }
}
