/// The colours of our pages, for a bright and a dark screen.
///
/// Every pair in ``Role/readOn`` has the contrast that WCAG 2.2 AA asks for; a test computes it.
package struct Palette: Hashable, Sendable {
    package enum Role: String, CaseIterable, Sendable {
        case paper, card, well, ink, soft, rule, link
        case done, flagged, failed, rejected, waiting, aside
        /// What goes its way; its numbers always stand beside it in words.
        case stream
        case doneInk = "done-ink"
        case flaggedInk = "flagged-ink"
        case failedInk = "failed-ink"
        case rejectedInk = "rejected-ink"
        case waitingInk = "waiting-ink"

        /// What this is drawn on, and the contrast it must have there: 4.5 for words, 3 for shapes that say something.
        package var readOn: (grounds: [Role], contrast: Double) {
            switch self {
            case .paper, .card, .well, .rule, .stream: ([], 0)
            case .ink, .soft, .link, .doneInk, .flaggedInk, .failedInk, .rejectedInk, .waitingInk:
                ([.paper, .card, .well], 4.5)
            case .done, .flagged, .failed, .rejected, .waiting, .aside: ([.paper, .card], 3)
            }
        }
    }

    private var colours: [Role: UInt32]

    /// Red, green and blue, eight bits each.
    package subscript(role: Role) -> UInt32 { colours[role, default: 0] }

    package static let light = Palette(colours: [
        .paper: 0xFAFAF8, .card: 0xFFFFFF, .well: 0xF3F3F0, .ink: 0x1C2026, .soft: 0x5A616D, .rule: 0xE0E1DE,
        .link: 0x1F5F9E,
        .stream: 0xA9CFC4, .done: 0x3D8C78, .flagged: 0xB97B0B, .failed: 0xC8423A, .rejected: 0x9D4A7C,
        .waiting: 0x6C5BC8,
        .aside: 0x868D99,
        .doneInk: 0x1D6955, .flaggedInk: 0x815200, .failedInk: 0xAE2A22, .rejectedInk: 0x87376A, .waitingInk: 0x5343B3,
    ])

    package static let dark = Palette(colours: [
        .paper: 0x131518, .card: 0x1B1E23, .well: 0x22262C, .ink: 0xE6E8EB, .soft: 0xA2A9B4, .rule: 0x32373F,
        .link: 0x86B9EC,
        .stream: 0x2E5F54, .done: 0x4AA68E, .flagged: 0xCF9A37, .failed: 0xDE665D, .rejected: 0xC777A6,
        .waiting: 0x8F80E6,
        .aside: 0x78808D,
        .doneInk: 0x72CBB3, .flaggedInk: 0xE5B760, .failedInk: 0xF2938B, .rejectedInk: 0xE2A0C7, .waitingInk: 0xB3A8F7,
    ])

    /// As custom properties of a style sheet: `--ink:#1c2026;…`
    var properties: String {
        Role.allCases.reduce(into: "") { text, role in
            let digits = String(self[role], radix: 16)
            text += "--\(role.rawValue):#\(String(repeating: "0", count: 6 - digits.utf8.count) + digits);"
        }
    }
}
