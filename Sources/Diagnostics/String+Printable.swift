extension Unicode.Scalar {
    /// Whether a terminal may take it for an order: control characters, and those that turn the direction of writing.
    package var isUnruly: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension String {
    /// The text with every scalar that could order a terminal about as `\u{1B}`; line ends and tabs stay.
    ///
    /// For texts from elsewhere on their way to a terminal: names of files, answers of models, words of servers.
    package var printable: String {
        guard unicodeScalars.contains(where: \.isOrder) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar.isOrder {
                text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    fileprivate var isOrder: Bool { isUnruly && self != "\n" && self != "\t" }
}
