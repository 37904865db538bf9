package import Diagnostics

/// The names that expressions read: of steps, settings and secrets.
package enum Identifier {
    /// What CEL keeps for itself.
    static let reservedByCEL: Set<String> = [
        "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
        "namespace", "null", "package", "return", "true", "var", "void", "while",
    ]

    /// What every step can read beside the earlier steps.
    static let taken: Set<String> = [
        "input", "item", "group", "group_key", "run", "record", "settings", "secrets",
    ]

    /// - Parameters:
    ///   - isTopLevel: whether the name is read by itself, as a step's is, and not behind `settings.`.
    ///   - allowing: a taken name that may be had here all the same.
    package static func check(
        _ name: Located<String>, what: String, isTopLevel: Bool = false, allowing: String? = nil,
        problems: inout Problems
    ) {
        let bytes = Array(name.value.utf8)
        let starts = bytes.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } ?? false
        let isFine =
            starts && bytes.allSatisfy { $0.isNameByte && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        if !isFine {
            problems.add(
                .badName(
                    LocatedText(name.value, span: name.span), what: "the name of \(what)",
                    wanted: "small letters, digits and '_', a letter first", mend: name.value.made(dash: "_")))
        } else if reservedByCEL.contains(name.value) {
            problems.error("'\(name.value)' is a word of the expression language; choose another name", at: name.span)
        } else if isTopLevel, name.value != allowing, taken.contains(name.value) {
            problems.error("'\(name.value)' means something else in every step; choose another name", at: name.span)
        }
    }
}

extension Diagnostic {
    static func badName(_ name: LocatedText, what: String, wanted: String, mend: String) -> Diagnostic {
        let mended = mend.isEmpty ? "" : "; did you mean '\(mend)'?"
        return .error("\(what) is made of \(wanted), and '\(name.text)' is not\(mended)", at: name.span)
    }
}

extension String {
    /// A name made of this text: small letters and digits, all else one dash; empty where that would be a bad guess.
    func made(dash: Character) -> String {
        guard utf8.allSatisfy({ $0 < 0x80 }), unicodeScalars.first?.properties.isAlphabetic ?? false else { return "" }
        var name = ""
        for scalar in lowercased().unicodeScalars {
            if scalar.isASCII, scalar.properties.isAlphabetic || (!name.isEmpty && ("0"..."9").contains(scalar)) {
                name.unicodeScalars.append(scalar)
            } else if !name.isEmpty, name.last != dash {
                name.append(dash)
            }
        }
        if name.last == dash { name.removeLast() }
        return name
    }
}

extension UInt8 {
    /// An ASCII letter, a digit or `_`.
    var isNameByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
