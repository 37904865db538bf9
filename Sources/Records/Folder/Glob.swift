/// A pattern for relative paths: `*` and `?` within a name, `**` for any folders, `[a-z]`, `[!x]` and `{md,txt}`.
///
/// `?` and `[…]` stand for one character, a backslash takes the next character as it is, and everything is compared
/// byte for byte, case included. What begins with a dot is matched only by a name in the pattern that does, too.
struct Glob: Sendable {
    enum Token: Hashable, Sendable {
        case character(UInt32)
        case anyCharacter
        case anyText
        case oneOf([ClosedRange<UInt32>], negated: Bool)
    }

    /// One part between slashes.
    enum Part: Hashable, Sendable {
        case anyFolders
        case name([Token])
    }

    /// What `{…}` stands for, written out: at least one.
    let alternatives: [[Part]]

    init(_ pattern: String) throws(GlobError) {
        guard !pattern.utf8.isEmpty else { throw GlobError("a pattern cannot be empty; **/*.md takes every md file") }
        var alternatives: [[Part]] = []
        for text in try Glob.withoutBraces(Array(pattern.unicodeScalars), of: pattern) {
            alternatives.append(try Glob.parts(of: text, pattern))
        }
        self.alternatives = alternatives
    }

    private static func parts(of text: [Unicode.Scalar], _ pattern: String) throws(GlobError) -> [Part] {
        var names = text.split(separator: "/", omittingEmptySubsequences: false)[...]
        if names.count > 1, names.first?.isEmpty == true {
            throw GlobError("'\(pattern)' is absolute; patterns are relative to the folder")
        }
        while names.count > 1, names.first.map(String.init(scalars:)) == "." { names.removeFirst() }
        if names.last?.isEmpty == true {
            throw GlobError("'\(pattern)' names a folder; for all that is in it write '\(pattern)**'")
        }
        var parts: [Part] = []
        for name in names {
            switch String(scalars: name) {
            case "..": throw GlobError("'\(pattern)' leaves the folder; patterns stay inside it")
            case ".", "": throw GlobError("'\(pattern)' has an empty part; write one slash between two names")
            case "**": if parts.last != .anyFolders { parts.append(.anyFolders) }
            default: parts.append(.name(try tokens(of: name, pattern)))
            }
        }
        return parts
    }

    private static func tokens(of name: ArraySlice<Unicode.Scalar>, _ pattern: String) throws(GlobError) -> [Token] {
        var tokens: [Token] = []
        var rest = name
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": if tokens.last != .anyText { tokens.append(.anyText) }
            case "?": tokens.append(.anyCharacter)
            case "[": tokens.append(try set(&rest, pattern))
            case "\\": tokens.append(.character((rest.popFirst() ?? scalar).value))
            default: tokens.append(.character(scalar.value))
            }
        }
        return tokens
    }

    /// What stands behind `[`, its bracket included.
    private static func set(_ rest: inout ArraySlice<Unicode.Scalar>, _ pattern: String) throws(GlobError) -> Token {
        var ranges: [ClosedRange<UInt32>] = []
        let negated = rest.first == "!" || rest.first == "^"
        if negated { rest.removeFirst() }
        var isFirst = true
        while let scalar = rest.popFirst() {
            if scalar == "]", !isFirst { return .oneOf(ranges, negated: negated) }
            isFirst = false
            let low = scalar == "\\" ? rest.popFirst() ?? scalar : scalar
            guard rest.first == "-", let high = rest.dropFirst().first, high != "]" else {
                ranges.append(low.value...low.value)
                continue
            }
            rest.removeFirst(2)
            guard low <= high else { throw GlobError("'\(pattern)' has a range that runs backwards in its brackets") }
            ranges.append(low.value...high.value)
        }
        throw GlobError("'\(pattern)' has a '[' that is never closed; write \\[ for the character")
    }
}

/// Why a pattern is none.
struct GlobError: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

// MARK: Braces

extension Glob {
    private static let mostAlternatives = 1_000

    /// Every text that the braces stand for.
    private static func withoutBraces(
        _ text: [Unicode.Scalar], of pattern: String
    ) throws(GlobError) -> [[Unicode.Scalar]] {
        guard let open = firstBrace(in: text) else { return [text] }
        var depth = 0
        var inside = open + 1
        var choices: [ArraySlice<Unicode.Scalar>] = []
        var place = open
        while place < text.count {
            switch text[place] {
            case "\\": place += 1
            case "{": depth += 1
            case "," where depth == 1:
                choices.append(text[inside..<place])
                inside = place + 1
            case "}":
                depth -= 1
                guard depth == 0 else { break }
                choices.append(text[inside..<place])
                var expanded: [[Unicode.Scalar]] = []
                for choice in choices {
                    expanded += try withoutBraces(
                        Array(text[..<open]) + choice + text[(place + 1)...], of: pattern)
                    guard expanded.count <= mostAlternatives else {
                        throw GlobError(
                            "'\(pattern)' stands for more than \(mostAlternatives) patterns; write fewer braces")
                    }
                }
                return expanded
            default: break
            }
            place += 1
        }
        throw GlobError("'\(pattern)' has a '{' that is never closed; write \\{ for the character")
    }

    private static func firstBrace(in text: [Unicode.Scalar]) -> Int? {
        var place = 0
        while place < text.count {
            if text[place] == "{" { return place }
            place += text[place] == "\\" ? 2 : 1
        }
        return nil
    }
}

// MARK: Matching

/// All patterns of a folder, matched name by name on the way down, so that only folders are entered that can hold a match.
struct GlobSet: Sendable {
    private let patterns: [[Glob.Part]]

    init(_ globs: [Glob]) { patterns = globs.flatMap(\.alternatives) }

    /// How far into each pattern a folder is: pairs of a pattern and its next part.
    struct Progress: Sendable {
        fileprivate var places: [(pattern: Int, part: Int)] = []

        var isHopeless: Bool { places.isEmpty }
    }

    /// In the folder itself.
    var start: Progress {
        var progress = Progress()
        for pattern in patterns.indices { add(pattern, 0, to: &progress) }
        return progress
    }

    /// Whether a file of this path, relative to the folder, matches.
    func matches(path: String) -> Bool {
        var names = path.utf8.split(separator: slash).map { FileName(Array($0)) }
        guard let file = names.popLast() else { return false }
        return matches(file: file, in: names.reduce(start) { progress(into: $1, from: $0) })
    }

    func matches(file name: FileName, in folder: Progress) -> Bool {
        folder.places.contains { place in
            let parts = patterns[place.pattern]
            guard place.part == parts.count - 1 else { return false }
            switch parts[place.part] {
            case .anyFolders: return !name.isHidden
            case .name(let tokens): return name.matches(tokens)
            }
        }
    }

    func progress(into name: FileName, from folder: Progress) -> Progress {
        var progress = Progress()
        for place in folder.places {
            switch patterns[place.pattern][place.part] {
            case .anyFolders: if !name.isHidden { add(place.pattern, place.part, to: &progress) }
            case .name(let tokens):
                if place.part + 1 < patterns[place.pattern].count, name.matches(tokens) {
                    add(place.pattern, place.part + 1, to: &progress)
                }
            }
        }
        return progress
    }

    private func add(_ pattern: Int, _ part: Int, to progress: inout Progress) {
        guard !progress.places.contains(where: { $0 == (pattern, part) }) else { return }
        progress.places.append((pattern, part))
        // `**` stands for no folder as well.
        if case .anyFolders = patterns[pattern][part], part + 1 < patterns[pattern].count {
            add(pattern, part + 1, to: &progress)
        }
    }
}

/// One name of a path, as characters.
struct FileName {
    private let characters: [UInt32]

    init(_ bytes: [UInt8]) {
        // A byte that is no UTF-8 is a character of its own, beyond all of Unicode.
        characters =
            firstInvalidUTF8(in: bytes) == nil
            ? String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value) : bytes.map { 0x110000 + UInt32($0) }
    }

    var isHidden: Bool { characters.first == UInt32(UInt8(ascii: ".")) }

    func matches(_ tokens: [Glob.Token]) -> Bool {
        if isHidden, tokens.first != .character(UInt32(UInt8(ascii: "."))) { return false }
        var (token, place) = (0, 0)
        // Where the last `*` stood, and how much it holds: when the rest does not fit, it takes one character more.
        var star: (token: Int, place: Int)?
        while place < characters.count {
            if token < tokens.count, tokens[token] == .anyText {
                star = (token, place)
                token += 1
            } else if token < tokens.count, tokens[token].holds(characters[place]) {
                token += 1
                place += 1
            } else if let last = star {
                token = last.token + 1
                place = last.place + 1
                star = (last.token, place)
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { $0 == .anyText }
    }
}

extension Glob.Token {
    func holds(_ character: UInt32) -> Bool {
        switch self {
        case .character(let own): own == character
        case .anyCharacter: true
        case .anyText: false
        case .oneOf(let ranges, let negated): ranges.contains { $0.contains(character) } != negated
        }
    }
}

extension String {
    init(scalars: some Sequence<Unicode.Scalar>) {
        self = ""
        unicodeScalars.append(contentsOf: scalars)
    }
}

func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBytes { firstInvalidUTF8(in: $0) }
}
