internal import Journaling
internal import Pages
internal import Reviewing
internal import Values

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The queue in the terminal, one record a screen, by single keys.
struct ReviewTerminal {
    private let store: ReviewStore
    /// The run's name, with the recipe's where it is not part of it.
    private let run: String
    private let terminal: Terminal
    private let raw = RawTerminal()
    private let reviewer = Reviewer.ofSystem(from: "terminal")
    private var view: QueueView

    private var detail: ReviewDetail?
    private var counts = QueueCounts()
    private var edit = RecordEdit()
    private var note: String?
    private var scroll = 0
    /// Lines of a record that the screen has room for.
    private var room = 1
    private var help = false
    private var message = ""
    /// The bytes of a sign, and of an arrow key, that have come so far.
    private var partial: [UInt8] = []
    private var prompt: Prompt?
    /// Answers of this person, oldest first: what can be undone.
    private var given: [(number: Int64, record: String)] = []
    private var folded: (width: Int, lines: [String])?

    private enum Prompt {
        case reason(String)
        case note(String)
        case find(String)

        var question: String {
            switch self {
            case .reason: "Why is it rejected"
            case .note: "Note"
            case .find: "Only records with"
            }
        }

        var text: String {
            get {
                switch self {
                case .reason(let text), .note(let text), .find(let text): text
                }
            }
            set {
                switch self {
                case .reason: self = .reason(newValue)
                case .note: self = .note(newValue)
                case .find: self = .find(newValue)
                }
            }
        }
    }

    private enum Ending { case quit, signal(Int32) }

    /// How long nobody types before it is looked whether something has changed, in milliseconds.
    private static let patience: Int32 = 1500

    /// How long after an Esc the rest of an arrow key may come, in milliseconds: behind that it was Esc itself.
    private static let escapePatience: Int32 = 50

    static func review(
        _ store: ReviewStore, _ view: QueueView, folder: RunFolder, recipe: String, _ terminal: Terminal
    ) async throws -> ExitStatus {
        guard RawTerminal.isThere else {
            terminal.write(
                "error: there is no terminal to review in; use --list, --show, --answer or --approve-where, or --web\n")
            return .usage
        }
        let name = RunPaths.lastPart(of: folder.path)
        let run = name.hasPrefix(recipe) ? name : "\(recipe) · \(name)"
        var review = ReviewTerminal(store: store, run: run, terminal: terminal, view: view)
        let ended = await review.ending()
        review.raw.leave()
        return try review.close(ended.get(), folder)
    }

    /// How it ends, the terminal still as it was taken. Kept out of its caller: with both in one function the optimiser of
    /// Swift 6.3 ends with a crash.
    @inline(never) private mutating func ending() async -> Result<Ending, any Error> {
        do {
            try advance(after: nil)
            return .success(try await loop())
        } catch {
            return .failure(error)
        }
    }

    /// Says what was answered and what is left.
    private func close(_ ending: Ending, _ folder: RunFolder) throws -> ExitStatus {
        let counts = try store.counts()
        let answered = given.count
        terminal.write(
            "\(Figures.count(answered, "answer")) given; \(counts.open) still wait in \(RunPaths.lastPart(of: folder.path))\n"
                + (counts.answered > 0 ? "a run that goes on uses them: linecook resume \(folder.path)\n" : ""))
        switch ending {
        case .signal(let number): return ExitStatus(signal: number)
        case .quit: return counts.open > 0 ? .someWait : .success
        }
    }

    private init(store: ReviewStore, run: String, terminal: Terminal, view: QueueView) {
        self.store = store
        self.run = run
        self.terminal = terminal
        self.view = view
    }

    // MARK: The loop

    private mutating func loop() async throws -> Ending {
        raw.enter()
        draw()
        while true {
            let isInEscape = prompt == nil && !partial.isEmpty
            switch await raw.next(within: isInEscape ? Self.escapePatience : Self.patience) {
            case .end: return .quit
            case .nothing where isInEscape:
                partial = []
                message = Self.noKey
            case .nothing: if try !look() { continue }
            case .signal(SIGTSTP): raw.suspend()
            case .signal(SIGWINCH), .signal(SIGCONT): folded = nil
            case .signal(SIGINT): return .quit
            case .signal(let number): return .signal(number == SIGHUP || number == SIGQUIT ? SIGTERM : number)
            case .key(let byte): if try await press(byte) { return .quit }
            }
            draw()
        }
    }

    /// - Returns: whether there is something new to show.
    private mutating func look() throws -> Bool {
        let before = counts
        counts = try store.counts()
        if let number = detail?.open.number, let ending = try store.ending(of: number) {
            let what =
                switch ending {
                case .late(let said): "\(said.decision.by) has \(said.decision.word.past) it meanwhile"
                case .expired(let deadline): "the time to answer was over at \(deadline.clock); it is rejected"
                default: "it does not wait for this any more"
                }
            message = what + "; s goes on to the next"
            return true
        }
        if detail == nil { try advance(after: nil) }
        return before != counts || detail != nil && before.open == 0
    }

    private mutating func advance(after number: Int64?) throws {
        counts = try store.counts()
        let next = try store.next(after: number, in: view)
        detail = try next.flatMap { try store.detail($0.number) }
        (edit, note, scroll, folded) = (RecordEdit(), nil, 0, nil)
    }

    // MARK: The screen

    private mutating func draw() {
        let (columns, rows) = terminal.size
        if folded?.width != columns, let detail {
            folded = (columns, ReviewBody(detail, edits: edit.values).folded(width: columns, terminal))
        }
        let lines = detail == nil ? [] : folded?.lines ?? []
        var screen = ReviewScreen(
            run: run, counts: counts, view: view, detail: detail, body: lines, scroll: scroll,
            message: message.isEmpty ? (note.map { "note: \($0)" } ?? "") : message,
            prompt: prompt.map { ($0.question, $0.text) }, help: help, hasEdits: !edit.values.isEmpty,
            hasRefusedEdit: edit.refused != nil)
        room = screen.room(columns: columns, rows: rows)
        scroll = max(0, min(scroll, lines.count - room))
        screen.scroll = scroll
        let text = screen.rows(columns: columns, rows: rows, terminal).prefix(rows).joined(separator: "\u{1B}[K\r\n")
        raw.show("\u{1B}[H\(text)\u{1B}[K\u{1B}[J")
    }

    // MARK: Keys

    /// - Returns: whether the person is done.
    private mutating func press(_ byte: UInt8) async throws -> Bool {
        if prompt != nil {
            try await type(byte)
            return false
        }
        if help {
            help = false
            return false
        }
        if !partial.isEmpty || byte == 0x1B { return arrow(byte) }
        message = ""
        switch byte {
        case UInt8(ascii: "q"), 3, 4: return true
        case 0x1A: raw.suspend()
        case UInt8(ascii: "a"): try await approve()
        case UInt8(ascii: "w"): try await say(.write)
        case UInt8(ascii: "g"): try await say(.again)
        case UInt8(ascii: "e"): editFields()
        case UInt8(ascii: "r"): if detail != nil { prompt = .reason(note ?? "") }
        case UInt8(ascii: "n"): if detail != nil { prompt = .note(note ?? "") }
        case UInt8(ascii: "/"): prompt = .find(view.text)
        case UInt8(ascii: "s"): try advance(after: detail?.open.number)
        case UInt8(ascii: "u"): if edit.refused == nil { try await undo() } else { giveUpEdit() }
        case UInt8(ascii: "o"): try order()
        case UInt8(ascii: "?"), UInt8(ascii: "h"): help = true
        case UInt8(ascii: " "): scroll += page
        case UInt8(ascii: "b"): scroll -= page
        case UInt8(ascii: "j"): scroll += 1
        case UInt8(ascii: "k"): scroll -= 1
        case 0x0C: folded = nil
        default: message = Self.noKey
        }
        return false
    }

    private static let noKey = "no key for that; ? tells the keys"

    private var page: Int { room - 1 }

    /// `ESC [ A` and the like.
    private mutating func arrow(_ byte: UInt8) -> Bool {
        if byte == 0x1B { partial = [] }
        partial.append(byte)
        guard partial.count >= 3 || (partial.count == 2 && byte != UInt8(ascii: "[") && byte != UInt8(ascii: "O"))
        else {
            return false
        }
        // A sequence goes on until a letter or a tilde.
        guard (0x40...0x7E).contains(byte) || partial.count > 8 else { return false }
        switch (byte, partial.count) {
        case (UInt8(ascii: "A"), 3): scroll -= 1
        case (UInt8(ascii: "B"), 3): scroll += 1
        case (UInt8(ascii: "~"), _) where partial[2] == UInt8(ascii: "5"): scroll -= page
        case (UInt8(ascii: "~"), _) where partial[2] == UInt8(ascii: "6"): scroll += page
        default: break
        }
        partial = []
        return false
    }

    private mutating func type(_ byte: UInt8) async throws {
        guard var open = prompt else { return }
        switch byte {
        case 0x0D, 0x0A:
            prompt = nil
            partial = []
            try await take(open)
            return
        case 0x1B, 3:
            prompt = nil
            partial = []
            return
        case 0x7F, 0x08:
            var scalars = open.text.unicodeScalars
            _ = scalars.popLast()
            open.text = String(scalars)
        case 0x15: open.text = ""
        case 0x00..<0x20: break
        default:
            partial.append(byte)
            if let sign = String(validating: partial, as: UTF8.self) {
                if open.text.utf8.count + sign.utf8.count <= ReviewAnswer.longestNote { open.text += sign }
                partial = []
            } else if partial.count >= 4 {
                partial = []
            }
        }
        prompt = open
    }

    private mutating func take(_ prompt: Prompt) async throws {
        switch prompt {
        case .reason(let text):
            note = text
            try await say(.reject)
        case .note(let text): note = text.isEmpty ? nil : text
        case .find(let text):
            view.text = text
            try advance(after: nil)
            if detail == nil { message = "nothing that waits has '\(text)' in its id; / asks again" }
        }
    }

    private mutating func order() throws {
        let all = QueueOrder.allCases
        let place = (all.firstIndex(of: view.order) ?? 0) + 1
        view.order = all[place % all.count]
        try advance(after: nil)
        message = "in order of \(view.order.rawValue)"
    }

    // MARK: Answers

    private mutating func approve() async throws {
        guard let choices = detail?.wait.choices else { return }
        let word = choices.first { $0 != .again && $0 != .reject && $0 != .write }
        if let word { try await say(word) } else { message = "there is nothing to approve here; ? tells the keys" }
    }

    private mutating func say(_ word: Decision.Word) async throws {
        guard let detail else { return }
        guard detail.wait.choices.contains(word) else {
            message = "that cannot be said here; ? tells the keys"
            return
        }
        // All but a no would be about a text that the person wanted to be another one.
        if word != .reject, let refused = edit.refused {
            message = "your edit is not taken yet: \(RecordEdit.waysOn) (\(refused.problem))"
            return
        }
        let takesEdits = word == .approve || word == .write
        if !takesEdits, word != .reject, !edit.values.isEmpty {
            message = "your changes would be lost; w writes them, s leaves the record"
            return
        }
        let answer = ReviewAnswer(
            word, seen: detail.open.key, note: note, edits: takesEdits ? edit.values : ValueMap())
        let (number, record) = (detail.open.number, detail.wait.record)
        let receipt = try await store.answer(answer, about: number, by: reviewer)
        switch receipt {
        case .refused:
            message = receipt.words(about: record, for: reviewer)
        case .counts:
            given.append((number, record))
            try advance(after: number)
            message =
                "\(record): \(word.past)" + (answer.edits.isEmpty ? "" : " with your changes") + "; u takes it back"
        case .changed, .late, .over, .expired:
            try advance(after: number)
            message = receipt.words(about: record, for: reviewer)
        }
    }

    private mutating func undo() async throws {
        guard let last = given.popLast() else {
            message = "you have answered nothing yet that could be undone"
            return
        }
        guard try await store.undo(last.number, by: reviewer) != nil else {
            message = "\(last.record): a run has used the answer already"
            return
        }
        counts = try store.counts()
        detail = try store.detail(last.number)
        (edit, note, scroll, folded) = (RecordEdit(), nil, 0, nil)
        message = "\(last.record): your answer is taken back"
    }

    private mutating func editFields() {
        guard let detail, !detail.wait.fields.isEmpty else {
            message = "nothing of this may be edited"
            return
        }
        raw.leave()
        message = edit.edit(detail.wait.fields, in: Editor.edit)
        raw.enter()
        folded = nil
    }

    private mutating func giveUpEdit() {
        edit.giveUp()
        message =
            "your edit is given up; " + (edit.values.isEmpty ? "nothing is changed" : "what was taken before stays")
    }
}
