/// Names of characters that came with HTML 5: libxml2 knows those of HTML 4 and passes the others on as they stand, as an
/// ampersand, a name and the rest, each in a call of its own.
enum HTMLEntities {
    /// What was passed on of a name so far.
    enum Pending: Equatable {
        case none
        case ampersand
        case name([UInt8])

        /// Takes the next piece in.
        ///
        /// - Returns: what is text for sure by now.
        mutating func take(_ piece: [UInt8]) -> [[UInt8]] {
            switch self {
            case .none:
                guard piece == [UInt8(ascii: "&")] else { return [piece] }
                self = .ampersand
                return []
            case .ampersand:
                if let name = String(validating: piece, as: UTF8.self), HTMLEntities.named[name] != nil {
                    self = .name(piece)
                    return []
                }
                self = .none
                guard piece == [UInt8(ascii: "&")] else { return [[UInt8(ascii: "&")], piece] }
                self = .ampersand
                return [[UInt8(ascii: "&")]]
            case .name(let name):
                self = .none
                guard piece.first == UInt8(ascii: ";"),
                    let sign = HTMLEntities.named[String(decoding: name, as: UTF8.self)]
                else { return [[UInt8(ascii: "&")], name] + take(piece) }
                return [Array(sign.utf8), Array(piece.dropFirst())]
            }
        }

        /// There is no more of it.
        mutating func finish() -> [[UInt8]] {
            defer { self = .none }
            return switch self {
            case .none: []
            case .ampersand: [[UInt8(ascii: "&")]]
            case .name(let name): [[UInt8(ascii: "&")], name]
            }
        }
    }

    /// Those of HTML 5's two thousand that pages use.
    fileprivate static let named: [String: String] = [
        "apos": "'", "excl": "!", "quest": "?", "num": "#", "dollar": "$", "percnt": "%", "lpar": "(", "rpar": ")",
        "ast": "*", "midast": "*", "plus": "+", "comma": ",", "period": ".", "sol": "/", "colon": ":", "semi": ";",
        "equals": "=", "commat": "@", "lsqb": "[", "lbrack": "[", "bsol": "\\", "rsqb": "]", "rbrack": "]",
        "Hat": "^", "lowbar": "_", "UnderBar": "_", "grave": "`", "lcub": "{", "lbrace": "{", "verbar": "|",
        "vert": "|", "rcub": "}", "rbrace": "}", "Tab": " ", "NewLine": " ", "NonBreakingSpace": " ",
        "hyphen": "\u{2010}", "dash": "\u{2010}", "horbar": "\u{2015}", "lsquor": "\u{201A}", "ldquor": "\u{201E}",
        "rdquor": "\u{201D}", "rsquor": "\u{2019}", "bullet": "\u{2022}", "nldr": "\u{2025}", "mldr": "\u{2026}",
        "check": "\u{2713}", "checkmark": "\u{2713}", "cross": "\u{2717}", "star": "\u{2606}", "starf": "\u{2605}",
        "bigstar": "\u{2605}", "phone": "\u{260E}", "female": "\u{2640}", "male": "\u{2642}", "copysr": "\u{2117}",
        "numero": "\u{2116}", "incare": "\u{2105}", "half": "\u{BD}", "frac13": "\u{2153}", "frac23": "\u{2154}",
        "frac15": "\u{2155}", "frac18": "\u{215B}", "frac38": "\u{215C}", "frac58": "\u{215D}", "frac78": "\u{215E}",
        "inodot": "\u{131}", "Abreve": "\u{102}", "abreve": "\u{103}", "Aogon": "\u{104}", "aogon": "\u{105}",
        "Cacute": "\u{106}", "cacute": "\u{107}", "Ccaron": "\u{10C}", "ccaron": "\u{10D}", "Dcaron": "\u{10E}",
        "dcaron": "\u{10F}", "Dstrok": "\u{110}", "dstrok": "\u{111}", "Ecaron": "\u{11A}", "ecaron": "\u{11B}",
        "Eogon": "\u{118}", "eogon": "\u{119}", "gbreve": "\u{11F}", "Gbreve": "\u{11E}", "Idot": "\u{130}",
        "Lstrok": "\u{141}", "lstrok": "\u{142}", "Nacute": "\u{143}", "nacute": "\u{144}", "Ncaron": "\u{147}",
        "ncaron": "\u{148}", "Odblac": "\u{150}", "odblac": "\u{151}", "Rcaron": "\u{158}", "rcaron": "\u{159}",
        "Sacute": "\u{15A}", "sacute": "\u{15B}", "Scedil": "\u{15E}", "scedil": "\u{15F}", "Tcaron": "\u{164}",
        "tcaron": "\u{165}", "Udblac": "\u{170}", "udblac": "\u{171}", "Uring": "\u{16E}", "uring": "\u{16F}",
        "Zacute": "\u{179}", "zacute": "\u{17A}", "Zdot": "\u{17B}", "zdot": "\u{17C}", "Zcaron": "\u{17D}",
        "zcaron": "\u{17E}",
    ]
}
