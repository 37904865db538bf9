internal import Diagnostics

extension StepSpec {
    /// The steps of a list, with the problems that only all of them together show.
    ///
    /// - Parameter empty: what is told of a list without any.
    static func all(
        _ setting: Setting?, empty: String = "'steps' is empty; a recipe needs at least one step",
        problems: inout Problems
    ) -> [StepSpec] {
        guard case .list(let items, let span)? = setting else { return [] }
        if items.isEmpty { problems.error(empty, at: span) }
        let steps = items.compactMap { item -> StepSpec? in
            guard case .kind(let step) = item else { return nil }
            return StepSpec(step, problems: &problems)
        }
        var places: [String: SourceSpan] = [:]
        for step in steps where !step.name.value.isEmpty {
            if let first = places[step.name.value] {
                problems.add(
                    .error("two steps are called '\(step.name.value)'", at: step.name.span)
                        .noting("the first stands here", at: first))
            } else {
                places[step.name.value] = step.name.span
            }
        }
        for step in steps { refuseRepeated(step.steps, of: places, problems: &problems) }
        return steps
    }

    /// An inner step that has the name of an outer one would hide it.
    private static func refuseRepeated(
        _ inner: [StepSpec], of outer: [String: SourceSpan], problems: inout Problems
    ) {
        for step in inner {
            guard let place = outer[step.name.value] else { continue }
            problems.add(
                .error(
                    "an outer step is called '\(step.name.value)', too; give the inner one another name",
                    at: step.name.span
                ).noting("the outer one stands here", at: place))
        }
    }

    init(_ step: KindSetting, problems: inout Problems) {
        let fields = step.fields
        if let name = fields.text("name") {
            self.name = Located(name.text, at: name.span)
            Identifier.check(self.name, what: "a step", isTopLevel: true, problems: &problems)
        } else {
            self.name = Located("", at: step.span)
        }
        about = fields.text("about")
        kind = step.kind
        body = step.body
        when = fields.expression("when")
        expect = fields["expect"].map(RuleSpec.all) ?? []
        let empty = "'steps' is empty; 'each' needs at least one step"
        steps = step.kind.value == "each" ? StepSpec.all(fields["steps"], empty: empty, problems: &problems) : []
        attempts = fields.integer("attempts")
        timeout = fields.duration("timeout")
        otherwise = fields.choice("otherwise").flatMap { choice in
            Otherwise(rawValue: choice.value).map { Located($0, at: choice.span) }
        }
        common = fields
        span = step.span
    }
}

extension RuleSpec {
    /// The rules of a list of rules; broken ones are left out.
    package static func all(in setting: Setting) -> [RuleSpec] {
        guard case .list(let items, _) = setting else { return [] }
        return items.compactMap { item in
            guard case .fields(let fields) = item, let rule = fields.expression("rule") else { return nil }
            let severity = fields.choice("severity").flatMap { Severity(rawValue: $0.value) } ?? .error
            return RuleSpec(rule: rule, because: fields.template("because"), severity: severity, span: fields.span)
        }
    }
}
