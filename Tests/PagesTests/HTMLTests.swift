import Pages
import Testing

@Test func `text cannot become markup`() {
    #expect(
        HTML(text: #"<script>alert("1 & '2'")</script>"#).markup
            == "&lt;script&gt;alert(&quot;1 &amp; &#39;2&#39;&quot;)&lt;/script&gt;")
}

@Test func `a string in a builder is text`() {
    let record = "<b onclick=x>"
    #expect(
        tag("p") {
            "a & "; record
        }.markup == "<p>a &amp; &lt;b onclick=x&gt;</p>")
}

@Test func `the value of an attribute cannot end it`() {
    #expect(
        tag("a", .href(fragment: #""><script>"#), .id(#"" onload="x"#)).markup
            == ##"<a href="#%22%3E%3Cscript%3E" id="&quot; onload=&quot;x"></a>"##)
}

@Test func `control characters are shown as signs and line ends become one kind`() {
    #expect(HTML(text: "a\u{0}b\u{1B}[31m\u{7F}\u{85}\r\nc\rd\n\te").markup == "a␀b␛[31m␡\u{FFFD}\nc\nd\n\te")
}

@Test func `a text that turns direction is kept apart from its neighbours`() {
    #expect(foreign("\u{202E}txt.exe").markup == "<bdi>&lt;U+202E&gt;txt.exe</bdi>")
    #expect(foreignBlock("שלום <i>").markup.hasPrefix(#"<pre dir="auto""#))
}

@Test func `a block keeps a first empty line`() {
    // HTML drops one line feed behind <pre>.
    #expect(foreignBlock("\nx").markup.contains(">\n\nx</pre>"))
}

@Test(arguments: [
    ("out/a b.csv", "./out/a%20b.csv"),
    ("../../out/ü.csv", "../../out/%C3%BC.csv"),
    ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
    ("//host/share", "/.//host/share"),
    ("/srv/out.csv", "/srv/out.csv"),
    ("a?b#c%d", "./a%3Fb%23c%25d"),
])
func `a link to a file stays a link to a file`(path: String, link: String) {
    #expect(Attribute.href(file: path).value == link)
}

@Test func `a page names the hash of its style and allows nothing else`() {
    let page = Page(title: "a < b", style: StyleSheet("p{color:red}"), content: tag("p") { "x" })
    // printf 'p{color:red}' | openssl dgst -sha256 -binary | base64
    #expect(
        page.contentSecurityPolicy.hasPrefix(
            "default-src 'none'; style-src 'sha256-p0bF+un5yUb9MBO6xRb8kPHlY2BdpHVtLiFkDrZPF64='"))
    #expect(page.text.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
    #expect(page.text.contains("<title>a &lt; b</title>"))
    #expect(page.text.contains("<style>p{color:red}</style>"))
}

@Test func `a drawing writes short numbers`() {
    var path = SVGPath()
    path.move(x: 0, y: 1.005)
    path.line(x: -2.5, y: 10)
    path.close()
    #expect(path.data == "M0 1L-2.5 10Z")
}
