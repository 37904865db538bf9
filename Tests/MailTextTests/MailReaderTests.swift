import Testing
import Values

@testable import MailText

@Suite struct MailReaderTests {
    private func read(_ mail: String) throws -> Mail { try MailReader().read(Array(mail.utf8)) }

    // MARK: Fields

    @Test func `fields are decoded, whatever they were packed in`() throws {
        let mail = try read(
            """
            From: =?utf-8?Q?J=C3=BCrgen_M=C3=BCller?= <juergen@example.org>
            To: Ann <ann@example.org>, "Berg, Carl" <carl@example.org>
            Cc: Team: dora@example.org, Emil <emil@example.org>;
            Subject: =?iso-8859-1?B?xHJnZXIgbWl0?=
             =?iso-8859-1?Q?_der_Rechnung?=
            Date: Tue, 05 Mar 2024 09:30:00 +0100
            Message-ID: <one@example.org>
            X-Ticket: 4711
            X-Ticket: 4712

            Hello

            """)
        #expect(mail.from == "Jürgen Müller <juergen@example.org>")
        #expect(mail.to == ["Ann <ann@example.org>", "\"Berg, Carl\" <carl@example.org>"])
        #expect(mail.cc == ["dora@example.org", "Emil <emil@example.org>"])
        #expect(mail.subject == "Ärger mit der Rechnung")
        #expect(mail.date == Timestamp(seconds: 1_709_627_400))
        #expect(mail.messageID == "<one@example.org>")
        #expect(mail.headers.filter { $0.name == "x-ticket" }.map(\.value) == ["4711"])
        #expect(mail.text == "Hello")
    }

    @Test(arguments: ["\n", "\r\n"])
    func `a field that was folded is one line, and so is one with a line end packed in it`(end: String) throws {
        let mail = try read(
            [
                "From: Ann", " Berg <a@example.org>", "To: Me", "\t You <me@example.com>,", " \"Q,",
                " W\" <q@example.net>",
                "Cc: =?utf-8?Q?Eve=0D=0ABcc=3A?= <eve@example.com>",
                "Subject: =?utf-8?Q?hi=0D=0ABcc=3A_x=40y.example?=", "",
                "Hello", "",
            ].joined(separator: end))
        #expect(mail.from == "Ann Berg <a@example.org>")
        #expect(mail.to == ["Me You <me@example.com>", "\"Q, W\" <q@example.net>"])
        #expect(mail.cc.allSatisfy { !$0.contains("\n") && !$0.contains("\r") } && mail.cc.count == 1, "\(mail.cc)")
        #expect(mail.subject == "hi Bcc: x@y.example")
    }

    @Test func `what a mail does not have is empty or nothing`() throws {
        let mail = try read("From: a@example.org\n\n")
        #expect(mail.to.isEmpty && mail.cc.isEmpty && mail.attachments.isEmpty)
        #expect(mail.subject == "" && mail.text == "" && mail.date == nil && mail.messageID == nil)
    }

    @Test(arguments: ["Date: yesterday", "Date: Mon, 99 Foo 99999 99:99:99 +0000", "Date:"])
    func `a date that is none is nothing`(line: String) throws {
        #expect(try read("From: a@example.org\n\(line)\n\nx\n").date == nil)
    }

    @Test func `a host is spelled as the mail spells it`() throws {
        #expect(try read("From: A <a@b\u{FC}ro.example>\n\nx").from == "A <a@b\u{FC}ro.example>")
        #expect(try read("From: A <a@xn--bro-hoa.example>\n\nx").from == "A <a@xn--bro-hoa.example>")
    }

    @Test func `who sent it stands in for who wrote it`() throws {
        #expect(try read("Sender: a@example.org\nSubject: x\n\nx").from == "a@example.org")
    }

    // MARK: The text

    @Test func `of a text and its HTML the text is read`() throws {
        let mail = try read(alternative(plain: "The plain words", html: "<p>The <b>rich</b> words</p>"))
        #expect(mail.text == "The plain words")
        #expect(mail.attachments.isEmpty)
    }

    @Test(arguments: ["", "  \n\n"])
    func `HTML is read where the text says nothing`(plain: String) throws {
        #expect(try read(alternative(plain: plain, html: "<p>The <b>rich</b> words</p>")).text == "The rich words")
    }

    private func alternative(plain: String, html: String) -> String {
        """
        From: a@example.org
        MIME-Version: 1.0
        Content-Type: multipart/alternative; boundary="frontier"

        --frontier
        Content-Type: text/plain; charset=utf-8

        \(plain)
        --frontier
        Content-Type: text/html; charset=utf-8

        <html><body>\(html)</body></html>
        --frontier--

        """
    }

    @Test func `quoted-printable and base64 are undone, in the charset that is told`() throws {
        let mail = try read(
            """
            From: a@example.org
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: text/plain; charset=iso-8859-15
            Content-Transfer-Encoding: quoted-printable

            Gr=FC=DFe, 5 =A4, a long line that =
            goes on
            --b
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: base64

            4piDIHNub3cK
            --b--
            """)
        #expect(mail.text == "Grüße, 5 €, a long line that goes on\n\n☃ snow")
    }

    @Test func `what calls itself ASCII and is UTF-8 is read as UTF-8, and an unknown charset as what it is`() throws {
        for charset in ["us-ascii", "x-nobody-knows"] {
            let mail = try read("From: a@example.org\nContent-Type: text/plain; charset=\(charset)\n\nGrüße\n")
            #expect(mail.text == "Grüße")
        }
        let bytes = Array("From: a@example.org\n\nGr".utf8) + [0xFC, 0xDF] + Array("e\n".utf8)
        #expect(try MailReader().read(bytes).text == "Grüße")
    }

    @Test func `lines end with LF, and the first line keeps its indent`() throws {
        #expect(try read("From: a@example.org\r\n\r\n\r\n  one\r\ntwo\r\n\r\n").text == "  one\ntwo")
    }

    // MARK: What is attached

    @Test func `attachments are told with name, type and size, and are no text`() throws {
        let mail = try read(
            """
            From: a@example.org
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: text/plain

            See the files.
            --b
            Content-Type: application/pdf; name="=?utf-8?Q?=C3=9Cbersicht.pdf?="
            Content-Transfer-Encoding: base64

            QUJDREVG
            --b
            Content-Type: text/plain
            Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.txt

            Not for the text
            --b
            Content-Type: image/png
            Content-Transfer-Encoding: base64

            QUJD
            --b--
            """)
        #expect(mail.text == "See the files.")
        #expect(
            mail.attachments == [
                .init(name: "Übersicht.pdf", type: "application/pdf", bytes: 6),
                .init(name: "résumé.txt", type: "text/plain", bytes: 16),
                .init(name: "unnamed", type: "image/png", bytes: 3),
            ])
    }

    private func forwarding(_ disposition: String) -> String {
        """
        From: a@example.org
        Subject: Fwd: Offer
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: text/plain

        Please look at this.
        --b
        Content-Type: message/rfc822\(disposition)

        From: Carl <carl@example.org>
        To: a@example.org
        Subject: Offer
        Date: Tue, 05 Mar 2024 09:30:00 +0100
        Content-Type: multipart/mixed; boundary=c

        --c
        Content-Type: text/plain

        Forty crates.
        --c
        Content-Type: application/pdf
        Content-Disposition: attachment; filename=prices.pdf

        x
        --c--
        --b--
        """
    }

    @Test func `a message that is forwarded in the mail is quoted with its head`() throws {
        let mail = try read(forwarding(""))
        #expect(
            mail.text == """
                Please look at this.

                ---------- Forwarded message ----------
                From: Carl <carl@example.org>
                Date: Tue, 05 Mar 2024 09:30:00 +0100
                Subject: Offer
                To: a@example.org

                Forty crates.
                """)
        #expect(mail.attachments.map(\.name) == ["prices.pdf"])
    }

    @Test func `a message that is attached is no text, and its files are told`() throws {
        let mail = try read(forwarding("\nContent-Disposition: attachment; filename=\"offer.eml\""))
        #expect(mail.text == "Please look at this.")
        #expect(mail.attachments.map(\.name) == ["offer.eml", "prices.pdf"])
    }

    // MARK: What is none

    @Test(arguments: ["", "\n", "Just a text.\nNo mail at all.\n", "%PDF-1.4\n"])
    func `a file without header lines is no mail`(text: String) {
        #expect(throws: MailError.noMail) { try read(text) }
    }

    @Test func `a mail without a sender is told`() {
        #expect(throws: MailError.noSender) { try read("Subject: a draft\n\nx\n") }
    }

    @Test func `a mail that is encrypted is told`() {
        let mail = """
            From: a@example.org
            Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b

            --b
            Content-Type: application/pgp-encrypted

            Version: 1
            --b
            Content-Type: application/octet-stream

            -----BEGIN PGP MESSAGE-----
            --b--
            """
        #expect(throws: MailError.encrypted) { try read(mail) }
    }

    // MARK: Hostile mails

    @Test(arguments: [5_000, 50_000])
    func `parts inside parts without end are read as far as they make sense`(depth: Int) throws {
        var mail = "From: a@example.org\n"
        for level in 0..<depth { mail += "Content-Type: multipart/mixed; boundary=b\(level)\n\n--b\(level)\n" }
        #expect(try read(mail + "\nhello\n").from == "a@example.org")
        let nested = String(repeating: "Content-Type: message/rfc822\n\nFrom: a@example.org\n", count: depth)
        #expect(try read("From: a@example.org\n\(nested)\nhello\n").from == "a@example.org")
    }

    @Test func `more parts than any mail has are told`() throws {
        let parts = String(repeating: "--b\nContent-Type: text/plain\n\nx\n", count: 200)
        var reader = MailReader()
        reader.partLimit = 100
        let mail = "From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n\(parts)--b--\n"
        #expect(throws: MailError.tooManyParts(limit: 100)) { try reader.read(Array(mail.utf8)) }
    }

    @Test func `no damage to a mail takes the reader down`() throws {
        let mails = [alternative(plain: "Gr\u{FC}\u{DF}e", html: "<p>x"), forwarding("")].map { Array($0.utf8) }
        var state: UInt64 = 42
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var read = 0
        for round in 0..<4_000 {
            var mail = mails[round % mails.count]
            for _ in 0...next(12) {
                let place = next(mail.count)
                switch next(3) {
                case 0: mail[place] = UInt8(next(256))
                case 1: mail.remove(at: place)
                default: mail.insert(contentsOf: mail[place..<min(mail.count, place + next(60))], at: next(mail.count))
                }
            }
            do throws(MailError) {
                _ = try MailReader().read(mail)
                read += 1
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
        #expect(read > 2_000)
    }
}
