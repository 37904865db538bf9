internal import Diagnostics
internal import Expressions
internal import Recipes
internal import Runs
internal import Schemas
internal import Steps
internal import Values

// What is written, and where.

extension Planner {
    var inputFolder: String? {
        guard let input = recipe.input, input.kind.value == "folder", let path = input.fields.text("folder") else {
            return nil
        }
        return options.input ?? FilePaths.join(folder, path.text)
    }

    func resolveOutputFolder() -> String {
        if let path = options.output { return path }
        return FilePaths.join(folder, recipe.out?.text ?? "out")
    }

    mutating func planOutputs(
        of steps: [PlannedStep], _ collect: inout [PlannedCollect], source: (any RecordSource)?, folder: String
    ) -> [any RecordSink] {
        var outputs: [any RecordSink] = []
        for spec in recipe.outputs {
            var collected: Int?
            if let name = spec.fields.text("of") {
                collected = collect.firstIndex { $0.step.name == name.text }
                guard collected != nil else {
                    refuseUnknownCollect(name)
                    continue
                }
            } else if spec.fields["of"] != nil {
                continue
            }
            let sink =
                if let collected {
                    plan(spec, of: collect[collected], folder: folder)
                } else {
                    plan(spec, of: steps, source: source, folder: folder)
                }
            guard let sink else { continue }
            refuseSharedFiles(of: sink, with: outputs + collect.flatMap(\.outputs), at: spec.span)
            refuseReadFiles(of: sink, source: source, folder: folder, at: spec.span)
            if let collected { collect[collected].outputs.append(sink) } else { outputs.append(sink) }
        }
        return outputs
    }

    /// An output of a collect step's answers: a row for each group.
    mutating func plan(
        _ output: OutputSpec, of collect: PlannedCollect, folder: String
    ) -> (any RecordSink)? {
        guard let kind = catalog.output(output.kind.value) else { return nil }
        if output.fields["keep"] != nil {
            problems.error(
                "'keep' writes columns of records, and an output 'of' a collect step has a row for each group; take it out",
                at: output.fields.keySpan("keep"))
            return nil
        }
        var scope = self.scope
        for name in scope.names where !["run", "settings"].contains(name) {
            scope.hide(name, because: "'\(name)' belongs to a record; a row of this output is of a group")
        }
        scope.declare("group_key", collect.groupBy?.type ?? .null, slot: collect.keySlot)
        scope.declare(collect.step.name, collect.step.type, slot: collect.step.slot)
        var planning = OutputPlanning(
            output: output, scope: scope,
            answers: (collect.groupBy == nil ? [] : [.init(name: "group_key", slot: collect.keySlot, type: .any)])
                + [.init(name: collect.step.name, slot: collect.step.slot, type: collect.step.type)],
            inputColumns: [], folder: folder, problems: problems)
        planning.isOfGroups = true
        let sink = kind.plan(&planning)
        problems = planning.problems
        return sink
    }
}
