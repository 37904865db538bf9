internal import Digests
internal import Journaling
internal import Pages
internal import Reviewing
internal import Values

/// One request of a person who may ask.
struct Visit: Sendable {
    let site: ReviewSite
    let name: String
    let formToken: String
    let request: SiteRequest

    private var reviewer: Reviewer { Reviewer(name, from: request.peer.isEmpty ? "browser" : request.peer) }
    private var view: QueueView { QueueView(request.query) }
    var frame: PageFrame { PageFrame(recipe: site.recipe, run: site.run, name: name, formToken: formToken) }

    // MARK: Pages

    func show(_ route: Route) async throws -> SiteResponse {
        switch route {
        case .script: return SiteResponse(200, type: "text/javascript; charset=utf-8", Array(reviewScript.utf8))
        case .counts: return try await counts()
        case .record(let number): return try await record(number, status: 200)
        default:
            let view = view
            let page = try await site.read { [store = site.store] in try store.page(view) }
            let notice = try await noticeOfLast()
            return site.page(200, QueuePageView(frame: frame, queue: page, view: view, notice: notice).page)
        }
    }

    private func counts() async throws -> SiteResponse {
        let number = request.query["record"].flatMap { Int64($0) }
        let value = try await site.read { [store = site.store] () -> Value in
            let counts = try store.counts()
            var value = ValueMap([("open", .int(Int64(counts.open))), ("answered", .int(Int64(counts.answered)))])
            if let words = try number.flatMap({ try Self.words(of: store.ending(of: $0)) }) {
                value.set("said", to: .string(words))
            }
            return .map(value)
        }
        return SiteResponse(200, type: "application/json", JSON.bytes(of: value))
    }

    /// For somebody who still looks at what was answered, went on or expired meanwhile.
    private static func words(of ending: ReviewReceipt?) -> String? {
        switch ending {
        case .late(let said): "\(said.decision.by) has \(said.decision.word.past) it, at \(said.at.clock)"
        case .expired(let deadline): "It was not answered in time, by \(deadline.clock), and is rejected."
        case nil: nil
        default: "It does not wait for this any more."
        }
    }

    /// - Parameter problems: what was wrong with what was just sent, which then stands in the form.
    private func record(
        _ number: Int64, status: Int, _ problems: [EditProblem] = [], sent: FormFields? = nil
    ) async throws -> SiteResponse {
        let view = view
        let (detail, said, next) = try await site.read { [store = site.store] in
            (try store.detail(number), try store.said(about: number), try store.next(after: number, in: view))
        }
        guard let detail else {
            let words = said.map { "\($0.decision.by) has \($0.decision.word.past) it, at \($0.at.clock)." }
            let message = words ?? "It went on, or waits for something else by now."
            return site.page(
                404, NoticePage(title: "This does not wait any more", message: message, link: "Back to the queue").page)
        }
        let notice = try await noticeOfLast()
        let page = RecordPage(
            frame: frame, detail: detail, view: view, next: next, notice: notice, problems: problems, sent: sent)
        return site.page(status, page.page)
    }

    /// What the person answered last, with the way to take it back: told on the page that came after it.
    private func noticeOfLast() async throws -> LastAnswer? {
        guard let number = request.query["last"].flatMap({ Int64($0) }) else { return nil }
        let late = request.query["late"] != nil
        let name = name
        return try await site.read { [store = site.store] in
            guard let said = try store.said(about: number) else {
                return LastAnswer(
                    number: number, words: "The answer is taken back, or was never given.", canUndo: false)
            }
            let own = said.decision.by == name
            let who = own ? "You have" : "\(said.decision.by) has"
            let record = try store.detail(number)?.wait.record ?? "the record"
            return LastAnswer(
                number: number,
                words: "\(who) \(said.decision.word.past) \(record), at \(said.at.clock)."
                    + (late ? " Your answer came second and does not count." : ""),
                canUndo: own && !said.isTaken && !late)
        }
    }

    // MARK: Forms

    func take(_ fields: FormFields, _ route: Route) async throws -> SiteResponse {
        switch route {
        case .answer(let number): return try await answer(number, fields)
        case .undo(let number):
            let undone = try await site.store.undo(number, by: reviewer)
            let end = undone == nil ? "?last=\(number)" : ""
            return .redirect(to: undone == nil ? "/\(end)" : "/record/\(number)")
        case .approveByRule: return try await approve(fields)
        default: return try await rule(fields["rule"] ?? "")
        }
    }

    private func answer(_ number: Int64, _ fields: FormFields) async throws -> SiteResponse {
        guard let word = fields["word"].flatMap(Decision.Word.init(rawValue:)),
            let seen = fields["seen"].flatMap(SHA256Digest.init(hex:))
        else { return SiteResponse(403, text: "this form says nothing that can be answered") }
        let (wait, following) = try await site.read { [store = site.store, view] in
            (try store.wait(number)?.wait, try store.next(after: number, in: view))
        }
        var edits = ValueMap()
        if let wait, word == .approve || word == .write {
            do throws(EditProblems) {
                edits = try EditForm(wait.fields).edits(changed(fields, of: wait), of: wait.fields)
            } catch {
                return try await record(number, status: 422, error.all, sent: fields)
            }
        }
        let answer = ReviewAnswer(word, seen: seen, note: fields["note"], edits: edits)
        let receipt = try await site.store.answer(answer, about: number, by: reviewer)
        let place = following.flatMap { $0.number == number ? nil : "/record/\($0.number)" } ?? "/"
        let query = view.query
        switch receipt {
        case .counts: return .redirect(to: "\(place)?last=\(number)\(query)")
        // The second click of two says what the first one said.
        case .late(let first) where first.decision.by == name && first.decision.word == word:
            return .redirect(to: "\(place)?last=\(number)\(query)")
        case .late: return .redirect(to: "\(place)?last=\(number)&late=1\(query)")
        case .refused(let problems): return try await record(number, status: 422, problems, sent: fields)
        case .changed, .over, .expired:
            let message = receipt.words(about: wait?.record ?? "the record", for: reviewer)
            let page = NoticePage(
                title: "Your answer does not count", message: message + ".", link: "Back to the queue")
            return site.page(409, page.page)
        }
    }

    /// What stands in the form's controls, without those that are as they were shown: a control character is shown as a
    /// sign, and a sign that came back is no edit.
    private func changed(_ fields: FormFields, of wait: Wait) -> [String: String] {
        var texts: [String: String] = [:]
        for item in EditForm(wait.fields).items {
            guard let text = fields["edit." + item.name] else { continue }
            let shown = RecordPage.shown(item.text)
            if !text.hasSameBytes(as: shown), !RecordPage.shown(text).hasSameBytes(as: shown) {
                texts[item.name] = text
            }
        }
        return texts
    }

    private func rule(_ text: String) async throws -> SiteResponse {
        do {
            let matches = try await site.read { [store = site.store] in try store.matches(text) }
            return site.page(200, RulePage(frame: frame, matches: matches).page)
        } catch let problem as BulkRule.Unusable {
            return site.page(422, RulePage(frame: frame, rule: text, problem: problem.message).page)
        }
    }

    private func approve(_ fields: FormFields) async throws -> SiteResponse {
        let text = fields["rule"] ?? ""
        do {
            let matches = try await site.read { [store = site.store] in try store.matches(text) }
            guard fields["seen"] == matches.seen.hex else {
                let problem =
                    "The records that the rule is true of have changed since you saw them. Look at them again."
                return site.page(409, RulePage(frame: frame, matches: matches, problem: problem).page)
            }
            let receipts = try await site.store.approve(matches, by: reviewer)
            let count = receipts.count { $0 == .counts }
            let rest = receipts.count - count
            let message =
                "\(count) approved by the rule \(text)."
                + (rest > 0 ? " \(rest) were answered by somebody else, or went on meanwhile." : "")
            return site.page(200, NoticePage(title: "Approved", message: message, link: "Back to the queue").page)
        } catch let problem as BulkRule.Unusable {
            return site.page(422, RulePage(frame: frame, rule: text, problem: problem.message).page)
        }
    }
}

/// What is told of the person's last answer.
struct LastAnswer: Sendable {
    var number: Int64
    var words: String
    var canUndo: Bool
}

extension QueueView {
    init(_ query: FormFields) {
        self.init()
        order = query["order"].flatMap(QueueOrder.init(rawValue:)) ?? .age
        state = query["state"].flatMap(State.init(rawValue:)) ?? .open
        kind = query["kind"].flatMap(Wait.Kind.init(rawValue:))
        step = query["step"].flatMap { $0.isEmpty ? nil : $0 }
        text = query["find"] ?? ""
        page = query["page"].flatMap { Int($0) }.map { max(0, $0 - 1) } ?? 0
    }

    /// What differs from the plain view, as the end of a query: `&order=step`.
    var query: String {
        var query = ""
        if order != .age { query += "&order=\(order.rawValue)" }
        if state != .open { query += "&state=\(state.rawValue)" }
        if let kind { query += "&kind=\(kind.rawValue)" }
        if let step { query += "&step=\(FormFields.encoded(step))" }
        if !text.isEmpty { query += "&find=\(FormFields.encoded(text))" }
        return query
    }
}
