internal import Diagnostics
internal import Recipes
internal import Runs
internal import Steps

// What can be written and would have no effect, or another than it seems to.

extension Planner {
    mutating func refuseWhatComputingLacks(_ step: StepSpec, _ prepared: PreparedStep) {
        guard let reasons = reasonsForOneTry(prepared) else { return }
        if let attempts = step.attempts {
            problems.error(
                "'attempts' makes no sense on a '\(step.kind.value)' step, which \(reasons.again); take it out",
                at: attempts.span)
        }
        if let timeout = step.timeout {
            problems.error(
                "'timeout' makes no sense on a '\(step.kind.value)' step, which \(reasons.time); take it out",
                at: timeout.span)
        }
    }

    /// What stands at the inner steps, where an answer can be asked for again.
    mutating func refuseWhatItemsLack(_ step: StepSpec) {
        if let attempts = step.attempts {
            problems.error("'attempts' belongs to the inner steps, which are tried again one by one", at: attempts.span)
        }
        if let timeout = step.timeout {
            problems.error("'timeout' belongs to the inner steps; a run as a whole has `limits.time`", at: timeout.span)
        }
        for one in [step] + step.steps {
            guard let otherwise = one.otherwise, otherwise.value == .review else { continue }
            problems.error(
                "a person decides about a record, not about its items; here it is 'fail', 'flag' or 'skip'",
                at: otherwise.span)
        }
    }

    /// Whether a step cannot stand under `collect`, and why.
    mutating func refuseCollect(_ step: StepSpec) -> Bool {
        let before = problems.all.count
        if step.kind.value != "ask", !step.kind.value.isEmpty {
            problems.error(
                "a collect step asks a model: 'ask'; what is computed of single records is a step above",
                at: step.kind.span)
        }
        if let other = recipe.steps.first(where: { !$0.name.value.isEmpty && $0.name.value == step.name.value }) {
            problems.add(
                .error(
                    "a step of the records is called '\(step.name.value)', too; give one another name",
                    at: step.name.span
                )
                .noting("that one stands here", at: other.name.span))
        }
        if let otherwise = step.otherwise, otherwise.value == .skip || otherwise.value == .review {
            problems.error(
                "a collect step can 'fail' or 'flag' a group, not '\(otherwise.value.rawValue)' it", at: otherwise.span)
        }
        return problems.all.count != before
    }

    mutating func refuseUnknownCollect(_ name: LocatedText) {
        let known = recipe.collect.map(\.step.name.value)
        // A collect step that is broken has been reported.
        guard !known.contains(name.text), !recipe.broken.contains("collect") else { return }
        let near = nearestName(to: name.text, among: known)
        problems.error(
            "there is no collect step '\(name.text)'"
                + (near.map { "; did you mean '\($0)'?" }
                    ?? (known.isEmpty ? "; the recipe has no 'collect'" : "; it has \(known.joined(separator: ", "))")),
            at: name.span)
    }

    /// Whether a step cannot stand inside an `each`, and why.
    mutating func refuseInside(_ step: StepSpec) -> Bool {
        let reason: String
        switch step.kind.value {
        case "each":
            reason = "an 'each' inside an 'each' is not possible; let the first make one list, and go through that"
        case "review":
            reason = "a person is asked about a record, not about each item; put the 'review' behind the 'each'"
        case "send": reason = "what is sent is sent once for a record; put the 'send' behind the 'each'"
        default: return false
        }
        problems.error(reason, at: step.kind.span)
        return true
    }

    /// Why a step is tried once and is not timed; nil for one that asks somebody who may fail.
    private func reasonsForOneTry(_ prepared: PreparedStep) -> (again: String, time: String)? {
        switch prepared.action {
        case .pure: ("gives the same result every time", "waits for nobody")
        case .answered(let step) where step is any ReviewedStep:
            ("asks a person once", "has 'within' for how long a person has")
        case .answered, .items: nil
        }
    }

    /// A rule of `expect` decides whether an answer is taken; there is nowhere to list a warning.
    mutating func refuseWarnings(among rules: [RuleSpec]) {
        for rule in rules where rule.severity == .warning {
            problems.error("a rule under 'expect' cannot be a warning; write it in a 'check' step", at: rule.span)
        }
    }

    /// The embedded model has nobody who counts its requests; it answers as fast as this machine can.
    mutating func refuseRatesOfOurOwnModel() {
        for model in recipe.models where model.provider.value == "local" {
            let limits = [
                ("requests_per_minute", model.limits.requestsPerMinute),
                ("tokens_per_minute", model.limits.tokensPerMinute),
            ]
            for case (let name, let limit?) in limits {
                problems.error("'\(name)' means nothing to the embedded model; take it out", at: limit.span)
            }
        }
    }

    /// A budget that cannot be reckoned is none.
    mutating func refuseUnknownPrices(of steps: [PlannedStep]) {
        guard recipe.limits.spend != nil else { return }
        for step in steps {
            guard case .answered(let answered) = step.action, answered.price == nil else { continue }
            let model = recipe.models.first { $0.name.value == step.model }
            problems.error(
                "the run has a budget ('limits: {spend: …}'), and the model '\(step.model ?? step.name)' has no price; "
                    + "write what a million tokens cost: 'price: {input: …, output: …}'",
                at: model?.span ?? step.span)
        }
    }

    /// Two outputs must not write one file, not even one that only one of them keeps while it runs.
    mutating func refuseSharedFiles(of sink: any RecordSink, with others: [any RecordSink], at span: SourceSpan?) {
        // Some disks take letters for the same whatever their case, and all of them compose accents in their own way.
        func known(_ files: [String]) -> Set<String> { Set(files.map { $0.lowercased() }) }
        let files = known(sink.fileNames)
        guard let other = others.first(where: { !known($0.fileNames).isDisjoint(with: files) }) else { return }
        if other.path.utf8.elementsEqual(sink.path.utf8) {
            problems.error("two outputs write '\(sink.path)'; give one of them another name", at: span)
        } else if other.path.lowercased() == sink.path.lowercased() {
            problems.error(
                "'\(other.path)' and '\(sink.path)' are one file on some disks; give one of the outputs another name",
                at: span)
        } else {
            let (short, long) = sink.path.utf8.count < other.path.utf8.count ? (sink, other) : (other, sink)
            problems.error(
                "the output '\(short.path)' keeps its rows in '\(long.path)' while it is not complete; give one of the "
                    + "outputs another name", at: span)
        }
    }

    /// An output must not take the place of what the run reads.
    mutating func refuseReadFiles(
        of sink: any RecordSink, source: (any RecordSource)?, folder: String, at span: SourceSpan?
    ) {
        let recipeFile = FilePlace(recipe.file)
        for file in sink.fileNames {
            let path = FilePaths.join(folder, file)
            let place = FilePlace(path)
            if place.isSame(as: recipeFile) {
                problems.error("the output '\(path)' would replace this recipe; give it another name", at: span)
            } else if let source, source.includes(place) {
                problems.error(
                    "the output '\(path)' would be a part of this run's own input, \(source.description); give it "
                        + "another name, or another folder with `out`", at: span)
            } else {
                continue
            }
            return
        }
    }
}
