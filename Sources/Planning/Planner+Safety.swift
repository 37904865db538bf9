internal import Diagnostics
internal import Digests
internal import Expressions
internal import Recipes
internal import Schemas
internal import Steps
internal import Values

// Guarding what leaves the building: "Guarding a `send`" of the language reference.

extension Planner {
    /// Refuses a send that nobody looked at, what was not shown, and a destination that a record or an answer makes; and
    /// notes on each risky step who or what lets it pass, on each review what it decides about.
    mutating func guardSteps(_ steps: inout [PlannedStep], settings: Value) {
        requireKey()
        for risk in risks {
            checkGuardKeys(of: risk)
            let reviews = reviews(before: risk)
            if risk.sends {
                if reviews.isEmpty { requirePerson(for: risk) } else { refuseUnseen(of: risk, reviews) }
            }
            refuseDestinations(of: risk, reviews)
        }
        for index in steps.indices {
            guard let risk = risks.first(where: { $0.slot == steps[index].slot }) else { continue }
            steps[index].passage = passage(of: risk)
            if risk.isReview { steps[index].consequences = consequences(of: risk, steps, settings: settings) }
        }
    }

    // MARK: Who looks at it

    /// The reviews that every record has passed which reaches the step: the last of them first.
    private func reviews(before risk: StepRisk) -> [StepRisk] {
        risks.filter { review in
            review.isReview && review.slot < risk.slot && passesNobodyBy(review) && names(risk, in: review)
                && (review.condition == nil || review.condition == risk.condition)
        }.reversed()
    }

    /// Whether a record can only pass the review by an approval. (One that is flagged goes on without.)
    private func passesNobodyBy(_ review: StepRisk) -> Bool { review.spec.otherwise?.value != .flag }

    private func names(_ risk: StepRisk, in review: StepRisk) -> Bool {
        guard let names = review.spec.common.list("guards") else { return true }
        return names.contains { if case .text(let name) = $0 { name.text == risk.name } else { false } }
    }

    private mutating func requirePerson(for risk: StepRisk) {
        guard risk.spec.common["unattended"] == nil else { return }
        var problem = Diagnostic.error(
            "'\(risk.name)' sends without anybody having looked; put a 'review' step before it, or say why it needs "
                + "none: `unattended: \"…\"`", at: risk.spec.kind.span)
        for other in risks where other.isReview {
            problem = problem.noting(whyNot(other, risk), at: other.when?.source.span ?? other.spec.name.span)
        }
        problems.add(problem)
    }

    /// Why a review guards a step not.
    private func whyNot(_ review: StepRisk, _ risk: StepRisk) -> String {
        if review.slot > risk.slot { return "the review '\(review.name)' comes after it" }
        if !passesNobodyBy(review) {
            return "the review '\(review.name)' lets records pass that it could not show ('otherwise: flag')"
        }
        if !names(risk, in: review) { return "the review '\(review.name)' guards other steps ('guards')" }
        return "the review '\(review.name)' is left out where its 'when' is false, and '\(risk.name)' "
            + (risk.condition == nil ? "has none; give it the same" : "has another; give both the same")
    }

    private mutating func checkGuardKeys(of risk: StepRisk) {
        if let span = risk.spec.common.keySpan("unattended"), !risk.sends {
            problems.error("'unattended' says why a send needs no person, and '\(risk.name)' sends nothing", at: span)
        }
        guard let span = risk.spec.common.keySpan("guards") else { return }
        guard risk.isReview else {
            problems.error("'guards' names what a review lets pass, and '\(risk.name)' is no review", at: span)
            return
        }
        let later = recipe.steps.map(\.name.value).drop { $0 != risk.name }.dropFirst()
        for case .text(let name) in risk.spec.common.list("guards") ?? [] where !later.contains(name.text) {
            let near = nearestName(to: name.text, among: later).map { "; did you mean '\($0)'?" } ?? ""
            problems.error("no later step is called '\(name.text)'\(near)", at: name.span)
        }
    }

    /// What was sent is known again by the record's id, and a row's number is none.
    private mutating func requireKey() {
        let sends = risks.filter(\.sends)
        guard !sends.isEmpty, let input = recipe.input, ["csv", "sqlite", "postgres"].contains(input.kind.value),
            input.fields["key"] == nil
        else { return }
        let problem = Diagnostic.error(
            "a recipe that sends needs `key` here: a row is known again by that field, so that nothing is sent to it "
                + "twice", at: input.kind.span)
        problems.add(sends.reduce(problem) { $0.noting("'\($1.name)' sends", at: $1.spec.kind.span) })
    }

    // MARK: What a person has seen

    private mutating func refuseUnseen(of risk: StepRisk, _ reviews: [StepRisk]) {
        for exposure in risk.prepared.exposures {
            for read in exposure.reads where isMade(read) && !isSeen(read, at: reviews) {
                problems.add(unseen(read, exposure, risk, reviews[0]))
            }
            for read in exposure.reads { for review in reviews { refuseStale(read, exposure, risk, review) } }
        }
    }

    /// Whether a value is what a person approved, or said, at one of the reviews that guard a step.
    private func isSeen(_ read: ReadPath, at reviews: [StepRisk]) -> Bool {
        if risks.contains(where: { $0.slot == read.slot && $0.isReview }) { return true }
        return reviews.contains { review in review.prepared.shown.contains { $0.path?.holds(read) ?? false } }
    }

    private func unseen(
        _ read: ReadPath, _ exposure: Exposure, _ risk: StepRisk, _ review: StepRisk
    ) -> Diagnostic {
        let name = words(read)
        let isLater = read.slot > review.slot
        let mend =
            isLater
            ? "it is made after '\(review.name)'; make it before, and show it there"
            : "'\(review.name)' does not show it; add '\(name)' to its 'show'"
        return way(
            to: exposure, of: risk, from: read,
            .error("'\(risk.name)' sends '\(name)', which nobody has seen: \(mend)", at: exposure.span)
        ).noting("the review that lets '\(risk.name)' pass", at: review.spec.name.span)
    }

    /// A value that was computed of something before a person could write that anew would go out as it was.
    private mutating func refuseStale(
        _ read: ReadPath, _ exposure: Exposure, _ risk: StepRisk, _ review: StepRisk
    ) {
        guard case .answered(let step) = review.prepared.action, let reviewed = step as? any ReviewedStep,
            let source = risks.first(where: { $0.slot == read.slot }), source.computes, source.slot < review.slot
        else { return }
        let edited = reviewed.fields.first { field in
            origins(of: read).contains { $0.meets(ReadPath(slot: field.slot, names: field.path)) }
        }
        guard let edited else { return }
        problems.add(
            .error(
                "'\(risk.name)' sends '\(words(read))', which is computed of '\(edited.name)' before a person may edit it "
                    + "in '\(review.name)'; write it out here, of '\(edited.name)' itself", at: exposure.span
            ).noting("'\(source.name)' computes it", at: source.spec.name.span))
    }

    // MARK: Where it goes

    private mutating func refuseDestinations(of risk: StepRisk, _ reviews: [StepRisk]) {
        for exposure in risk.prepared.exposures {
            guard case .destination(let noun) = exposure.role, !exposure.isBounded else { continue }
            for read in exposure.reads where isMade(read) {
                if isDeclared(read) || isSeen(read, at: reviews) { continue }
                if exposure.takesSender, read.slot == SlotLayout.input, read.names == ["from"] { continue }
                problems.add(madeDestination(read, noun, exposure, risk))
            }
        }
    }

    private func madeDestination(
        _ read: ReadPath, _ noun: String, _ exposure: Exposure, _ risk: StepRisk
    ) -> Diagnostic {
        let makers = origins(of: read).filter(isMade).map { origin in
            origin.slot == SlotLayout.input || origin.slot == SlotLayout.record ? "a record" : "an answer"
        }
        let maker = Set(makers).sorted().joined(separator: " or ")
        return way(
            to: exposure, of: risk, from: read,
            .error(
                "a \(noun) must not come from \(maker), and '\(words(read))' does; choose it from a list that the recipe "
                    + "declares ({one of: […]}), look it up, or show it in a review that guards '\(risk.name)'",
                at: exposure.span))
    }

    /// Whether a value is one of a list that the recipe declares, or comes from the recipe's own data.
    private func isDeclared(_ read: ReadPath) -> Bool {
        guard let step = risks.first(where: { $0.slot == read.slot }) else { return false }
        if step.prepared.isOwnData { return true }
        if case .oneOf? = step.prepared.answerType?.type(at: read.names)?.withoutNull { return true }
        guard step.computes else { return false }
        let reads = step.reads(of: read.names).filter(isMade)
        return !reads.isEmpty && reads.allSatisfy(isDeclared)
    }

    // MARK: The way a value takes

    /// Whether a record or an answer has a part in a value: only settings and the run's own date are free of both.
    private func isMade(_ read: ReadPath) -> Bool {
        switch read.slot {
        case SlotLayout.run, SlotLayout.settings: return false
        case SlotLayout.input, SlotLayout.record: return true
        default: break
        }
        guard let step = risks.first(where: { $0.slot == read.slot }) else { return true }
        return step.computes ? step.reads(of: read.names).contains(where: isMade) : true
    }

    /// What a value is made of in the end: input and answers, by way of all that computes.
    private func origins(of read: ReadPath) -> [ReadPath] {
        guard let step = risks.first(where: { $0.slot == read.slot }), step.computes else { return [read] }
        return step.reads(of: read.names).flatMap(origins)
    }

    /// Notes the way a value takes, from where it enters to where it leaves.
    private func way(
        to exposure: Exposure, of risk: StepRisk, from read: ReadPath, _ problem: Diagnostic
    ) -> Diagnostic {
        var steps: [(text: String, span: SourceSpan?)] = []
        var next: ReadPath? = read
        var seen: Set<ReadPath> = []
        while let here = next, seen.insert(here).inserted {
            next = nil
            switch here.slot {
            case SlotLayout.input:
                steps.append(("'\(words(here))' enters here, with the record", recipe.input?.kind.span))
            case SlotLayout.record: steps.append(("'\(words(here))' belongs to the record", recipe.input?.kind.span))
            default:
                guard let step = risks.first(where: { $0.slot == here.slot }) else { continue }
                if step.computes {
                    steps.append(("'\(step.name)' computes '\(words(here))'", step.spec.name.span))
                    next = step.reads(of: here.names).first(where: isMade)
                } else {
                    steps.append(("'\(words(here))' is what '\(step.name)' answers", step.spec.name.span))
                    next = step.prepared.reads.first { isMade($0) && $0.slot != here.slot }
                }
            }
        }
        let problem = steps.reversed().reduce(problem) { $0.noting($1.text, at: $1.span) }
        return problem.noting("it leaves here, as '\(exposure.key)' of '\(risk.name)'", at: exposure.span)
    }

    private func words(_ read: ReadPath) -> String {
        let root =
            switch read.slot {
            case SlotLayout.input: "input"
            case SlotLayout.record: "record"
            case SlotLayout.run: "run"
            case SlotLayout.settings: "settings"
            default: risks.first { $0.slot == read.slot }?.name ?? "an answer"
            }
        return ([root] + read.names).joined(separator: ".")
    }

    // MARK: What is told

    private func passage(of risk: StepRisk) -> String? {
        guard risk.acts || risk.prepared.bounds != nil else { return nil }
        var reasons: [String] = []
        if let review = reviews(before: risk).first {
            reasons.append("a person, at '\(review.name)'")
        } else if let reason = risk.spec.common.text("unattended") {
            reasons.append("nobody, because: \(reason.text)")
        }
        if let bounds = risk.prepared.bounds { reasons.append(bounds) }
        return reasons.isEmpty ? "nobody; it changes nothing outside of this run" : reasons.joined(separator: "; ")
    }

    // MARK: What a review decides about

    /// The identity of what is done behind a review with what it shows: of every later step that acts, or that reads what
    /// is shown or edited, directly or by way of others.
    private func consequences(of review: StepRisk, _ steps: [PlannedStep], settings: Value) -> SHA256Digest {
        var slots: Set<Int> = [review.slot]
        slots.formUnion(review.prepared.reads.map(\.slot))
        var hash = SHA256Stream()
        hash.addPart("behind".utf8)
        for risk in risks where risk.slot > review.slot {
            guard let step = steps.first(where: { $0.slot == risk.slot }) else { continue }
            let reads = risk.reads + (risk.when?.reads ?? []) + step.rules.flatMap(\.rule.reads)
            guard risk.acts || reads.contains(where: { slots.contains($0.slot) }) else { continue }
            slots.insert(risk.slot)
            for text in words(of: step, risk) { hash.addPart(text.utf8) }
            for read in reads where read.slot == SlotLayout.settings {
                hash.addPart(JSON.bytes(of: read.names.first.flatMap { settings[$0] } ?? settings))
            }
        }
        return hash.digest
    }

    /// What a step does, in the recipe's words, white space aside.
    private func words(of step: PlannedStep, _ risk: StepRisk) -> [String] {
        var texts = [step.name, step.kind, risk.condition ?? ""] + step.rules.map(\.text)
        if case .answered(let answered) = step.action, !answered.parts.isEmpty {
            texts += answered.parts.flatMap { [$0.name, $0.text] }
        } else {
            texts.append(recipe.source(of: step.span).split(whereSeparator: \.isWhitespace).joined(separator: " "))
        }
        return texts
    }
}
