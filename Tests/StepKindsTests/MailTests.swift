import Runs
import Testing

@testable import StepKinds

@Suite struct MailTests {
    @Test(arguments: [
        ("eva@example.com", "", "eva@example.com"), (" Eva Maier <eva@example.com> ", "Eva Maier", "eva@example.com"),
        ("\"Maier, Eva\" <eva+x@ex-ample.co.uk>", "Maier, Eva", "eva+x@ex-ample.co.uk"), ("<a@b>", "", "a@b"),
    ])
    func `an address is read with its name`(text: String, name: String, address: String) throws {
        let read = try MailAddress(text)
        #expect(read.name == name)
        #expect(read.address == address)
    }

    @Test(arguments: [
        "", "eva", "a@b, c@d", "a@b c@d", "a@b\nBcc: c@d", "a@b\r\nBcc: c@d", "A <a@b>, B <c@d>", "A <a@b> <c@d>",
        "<a@b", "@b",
        "a@", "a@b@c", "a@b\0", "-oQ/tmp@b", "a@-b", "a b@c", "c@d <a@b>", "a@b;c@d", "a@b\u{2028}c@d",
    ])
    func `what is not exactly one address is refused`(text: String) {
        #expect(throws: Failure.self) { try MailAddress(text) }
    }

    @Test func `a name is quoted, and encoded where it is no plain text`() throws {
        #expect(try MailAddress("\"Maier, \\\"Eva\\\"\" <a@b>").encoded == "\"Maier, \\\"Eva\\\"\" <a@b>")
        #expect(try MailAddress("Jürgen <a@b>").encoded == "=?UTF-8?B?SsO8cmdlbg==?= <a@b>")
    }

    @Test func `a header that is no plain text becomes encoded words of at most 75 signs`() {
        #expect(MailHeader.encoded("Plain text") == "Plain text")
        #expect(MailHeader.encoded("=?UTF-8?B?eA==?=") != "=?UTF-8?B?eA==?=", "what looks encoded is not taken for it")
        let long = MailHeader.encoded(String(repeating: "Grüße ", count: 40))
        let lines = long.split(separator: "\n")
        #expect(lines.count > 3)
        #expect(lines.allSatisfy { $0.utf8.count <= 76 && $0.hasSuffix("?=") })
    }

    @Test func `no text can begin another header`() {
        #expect(MailHeader.oneLine("Hello\r\nBcc: evil@example.com\u{2028}x\0y") == "Hello Bcc: evil@example.com x y")
        #expect(MailHeader.messageIDs(in: "<a@b>\r\nBcc: x <c@d>\t<e\0@f> <bad id> plain") == ["<a@b>", "<c@d>"])
    }

    @Test func `a body is written in quoted-printable, and no line of it ends the letter`() {
        func written(_ text: String) -> String { String(decoding: MailText.quotedPrintable(text), as: UTF8.self) }
        #expect(written("Hello\n.\nBye = now \n") == "Hello\n=2E\nBye =3D now=20\n")
        #expect(written("Grüße") == "Gr=C3=BC=C3=9Fe\n")
        #expect(written("a\r\nb\rc") == "a\nb\nc\n")
        let long = written(String(repeating: "word ", count: 100))
        #expect(long.split(separator: "\n").allSatisfy { $0.utf8.count <= 76 })
    }

    @Test(arguments: [
        (0 as Int64, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
        (1_772_367_245, "Sun, 01 Mar 2026 12:14:05 +0000"), (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
    ])
    func `a date is written as e-mails have it`(time: Int64, text: String) {
        #expect(MailText.date(time) == text)
    }

    @Test func `a letter has its headers in order and one id for one key`() throws {
        let message = EmailMessage.Rendered(
            to: [try MailAddress("Jürgen <j@example.com>"), try MailAddress("b@example.com")], cc: [],
            from: try MailAddress("Help <help@example.org>"), subject: "Äpfel", body: "Guten Tag", repliesTo: "<2@x>",
            references: ["<1@x>", "<2@x>"])
        #expect(
            String(decoding: MailText.bytes(of: message, key: "abc", time: 0), as: UTF8.self) == """
                From: "Help" <help@example.org>
                To: =?UTF-8?B?SsO8cmdlbg==?= <j@example.com>,
                 b@example.com
                Subject: =?UTF-8?B?w4RwZmVs?=
                Date: Thu, 01 Jan 1970 00:00:00 +0000
                Message-ID: <abc@example.org>
                In-Reply-To: <2@x>
                References: <1@x>
                 <2@x>
                Auto-Submitted: auto-replied
                MIME-Version: 1.0
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                Guten Tag

                """)
    }
}
