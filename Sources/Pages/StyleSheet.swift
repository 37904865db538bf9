internal import Digests

/// The style of a page. It is part of the page, and the page allows this one and no other.
package struct StyleSheet: Hashable, Sendable {
    package private(set) var text: String

    /// A style sheet that the program's source spells out.
    package init(_ text: StaticString) { self.text = text.description }

    /// Both, the second one last.
    package static func + (first: Self, second: Self) -> Self {
        var sum = first
        sum.text += "\n" + second.text
        return sum
    }

    /// What a content security policy names to allow exactly this sheet: `sha256-…`
    var allowance: String { "sha256-" + Self.base64(SHA256Digest(of: text).bytes) }

    /// Colours and type that every page of ours shares.
    package static let shared: StyleSheet = {
        var sheet = StyleSheet(sharedRules)
        sheet.text = """
            :root{color-scheme:light dark;\(Palette.light.properties)}
            @media (prefers-color-scheme:dark){:root{\(Palette.dark.properties)}}
            @media print{:root{color-scheme:light;\(Palette.light.properties)}}
            \(sheet.text)
            """
        return sheet
    }()

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                text.append(
                    place <= group.count ? digits[Int(bits >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

private let sharedRules: StaticString = """
    *,*::before,*::after{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
    body{margin:0;background:var(--paper);color:var(--ink);line-height:1.5;
     font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif;
     font-variant-numeric:tabular-nums}
    main{max-width:60rem;margin:0 auto;padding:2.25rem 1.25rem 3rem}
    h1,h2,h3,p,ol,ul,dl,dd,pre,table{margin:0;padding:0}
    h1{font-size:1.75rem;line-height:1.2;font-weight:650;letter-spacing:-.015em;text-wrap:balance}
    h2{font-size:1.0625rem;line-height:1.3;font-weight:650;letter-spacing:-.005em}
    h3{font-size:.9375rem;line-height:1.4;font-weight:600}
    a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px}
    :focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
    ul,ol{list-style:none}
    code,pre,.mono{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;
     font-variant-ligatures:none}
    bdi,code,.wrap{overflow-wrap:anywhere}
    pre{white-space:pre-wrap;overflow-wrap:anywhere;overflow-y:auto;max-height:26rem;padding:.625rem .75rem;
     background:var(--well);border-radius:5px;unicode-bidi:plaintext;tab-size:4}
    .command span{display:inline-block;max-width:100%}
    .command{background:var(--well);border-radius:4px;padding:.125rem .4rem;user-select:all}
    .soft{color:var(--soft)}
    .small{font-size:.8125rem}
    .number{text-align:right;white-space:nowrap}
    svg{display:block}
    svg .done{fill:var(--done)} svg .flagged{fill:var(--flagged)} svg .failed{fill:var(--failed)}
    svg .stream{fill:var(--stream)} svg .rejected{fill:var(--rejected)} svg .waiting{fill:var(--waiting)} svg .aside{fill:var(--aside)}
    .is-done{color:var(--done-ink)} .is-flagged{color:var(--flagged-ink)} .is-failed{color:var(--failed-ink)}
    .is-rejected{color:var(--rejected-ink)} .is-waiting{color:var(--waiting-ink)} .is-aside{color:var(--soft)}
    summary{cursor:pointer;font-size:.875rem;color:var(--soft);width:fit-content}
    summary:hover{color:var(--ink)}
    @media print{
     body{background:none;font-size:10.5pt} main{max-width:none;padding:0} a{color:inherit}
     pre{max-height:none;border:1px solid var(--rule);background:none}
     *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
     details::details-content{content-visibility:visible;block-size:auto}
    }
    """
