internal import Diagnostics
internal import Values
internal import YAMLNodes

extension FormReader {
    /// Reads a scalar by a form that wants one.
    mutating func scalar(_ text: LocatedText, _ node: YAMLNode, as form: Form, at place: Place) -> Setting {
        switch form {
        case .text:
            if let offset = text.text.offset(of: "{{") {
                problems.error(
                    "\(place.label) is taken as it stands, so '{{' has no meaning here",
                    at: text.span(of: offset..<offset + 2))
                return .broken(node.span)
            }
            if text.text.isEmpty {
                problems.error("\(place.label) is empty", at: node.place)
                return .broken(node.span)
            }
            return .text(text)
        case .expression:
            return .expression(text)
        case .template:
            return .template(text)
        case .computed:
            return text.text.offset(of: "{{") == nil ? .expression(text) : .template(text)
        case .integer(let range):
            guard case .int(let number)? = node.resolved, let whole = Int(exactly: number), range.contains(whole) else {
                return mismatch(text, node, form, place)
            }
            return .integer(Located(whole, at: node.span))
        case .number(let range):
            guard let number = node.number, range.contains(number) else { return mismatch(text, node, form, place) }
            return .number(Located(number, at: node.span))
        case .amount:
            // What is below a billionth, the smallest amount that is counted, is as good as nothing.
            guard let number = node.number, number >= 1e-9, number <= 1e9 else {
                return mismatch(text, node, form, place)
            }
            return .number(Located(number, at: node.span))
        case .boolean:
            guard case .bool(let truth)? = node.resolved else {
                let old = ["yes": "true", "on": "true", "no": "false", "off": "false"][text.text.lowercased()]
                if let old {
                    problems.error(
                        "\(place.label) must be true or false, and '\(text.text)' is text in YAML 1.2; did you mean \(old)?",
                        at: node.place)
                    return .broken(node.span)
                }
                return mismatch(text, node, form, place)
            }
            return .boolean(Located(truth, at: node.span))
        case .duration:
            return duration(text, node, at: place)
        case .share:
            return share(text, node, at: place)
        case .width:
            if text.text == "auto" { return .width(Located(.auto, at: node.span)) }
            guard case .int(let number)? = node.resolved, (1...1_000_000).contains(number) else {
                return mismatch(text, node, form, place)
            }
            return .width(Located(.count(Int(number)), at: node.span))
        case .choice(let names):
            guard names.contains(text.text) else {
                let nearest = nearestName(to: text.text, among: names)
                let mend = nearest.map { "; did you mean '\($0)'?" } ?? ""
                problems.error("\(place.label) must be \(form.wanted), not \(node.shape)\(mend)", at: node.place)
                return .broken(node.span)
            }
            return .choice(Located(text.text, at: node.span))
        default:
            return mismatch(node, form, place)
        }
    }

    /// Says when a value would fit but for its quotes.
    mutating func mismatch(_ text: LocatedText, _ node: YAMLNode, _ form: Form, _ place: Place) -> Setting {
        guard node.style == .singleQuoted || node.style == .doubleQuoted else { return mismatch(node, form, place) }
        var bare = node
        bare.content = .scalar(text, .plain)
        guard bare.resolved != .text(text.text) else { return mismatch(node, form, place) }
        problems.error("\(place.label) must be \(form.wanted); write \(text.text) without quotes", at: node.place)
        return .broken(node.span)
    }

    private mutating func duration(_ text: LocatedText, _ node: YAMLNode, at place: Place) -> Setting {
        guard let duration = Values.Duration(written: text.text) else {
            var mend = ""
            if case .int? = node.resolved { mend = "; did you mean \(text.text)s?" }
            problems.error("\(place.label) must be \(Form.duration.wanted), not \(node.shape)\(mend)", at: node.place)
            return .broken(node.span)
        }
        guard duration > Values.Duration(seconds: 0) else {
            problems.error("\(place.label) must be longer than nothing", at: node.place)
            return .broken(node.span)
        }
        return .duration(Located(duration, at: node.span))
    }

    private mutating func share(_ text: LocatedText, _ node: YAMLNode, at place: Place) -> Setting {
        if text.text.hasSuffix("%") {
            guard let percent = plainNumber(text.text.dropLast()), (0...100).contains(percent) else {
                return mismatch(node, .share, place)
            }
            return .share(Located(.fraction(percent / 100), at: node.span))
        }
        guard case .int(let number)? = node.resolved, number >= 0, let count = Int(exactly: number) else {
            return mismatch(text, node, .share, place)
        }
        return .share(Located(.count(count), at: node.span))
    }
}

extension YAMLNode {
    fileprivate var number: Double? {
        switch resolved {
        case .int(let number)?: Double(number)
        case .float(let number)?: number
        default: nil
        }
    }
}

extension Values.Duration {
    /// `10s`, `3d`, `1m30s`, `500ms`, `1.5h`; each unit once, the larger first.
    init?(written text: String) {
        var rest = Substring(text)
        var nanoseconds = 0.0
        var smallest = Double.infinity
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(letters.count)
            guard let number = plainNumber(digits), let unit = Self.units[String(letters)], unit < smallest else {
                return nil
            }
            smallest = unit
            nanoseconds += number * unit
        }
        // A hundred years: what is longer is a slip, and would not fit for ever.
        guard smallest < .infinity, nanoseconds <= 36_525 * 86_400e9 else { return nil }
        let whole = Int64(nanoseconds.rounded())
        self.init(seconds: whole / 1_000_000_000, nanoseconds: Int32(whole % 1_000_000_000))
    }

    private static let units = ["ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9, "d": 86_400e9]
}

/// Digits with at most one point among them; nothing else that `Double` would take.
private func plainNumber(_ text: Substring) -> Double? {
    let bytes = text.utf8
    guard bytes.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), bytes.first != 0x2E, bytes.last != 0x2E
    else { return nil }
    return Double(text)
}

extension String {
    /// The offset in bytes of the first place where another text stands in this one.
    func offset(of part: String) -> Int? {
        let (all, wanted) = (Array(utf8), Array(part.utf8))
        guard !wanted.isEmpty, all.count >= wanted.count else { return nil }
        return (0...all.count - wanted.count).first { all[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
