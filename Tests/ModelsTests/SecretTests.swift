import Calls
import Testing

@testable import Models

@Suite struct SecretTests {
    private let key = Secret("sk-abcdefghijklmnop")

    @Test func `a key shows dots however it is looked at`() {
        var dumped = ""
        dump(key, to: &dumped)
        for shown in ["\(key)", String(reflecting: key), dumped, "\([key])", "\(Optional(key) as Any)"] {
            #expect(!shown.contains("abc"), "\(shown)")
        }
    }

    @Test func `a message loses every long part of the key, also as it stands in a URL`() {
        #expect(key.scrubbed(from: "bad key …ijklmnop") == "bad key …•••")
        #expect(key.scrubbed(from: "bad key …klmnop") == "bad key …klmnop")
        #expect(Secret("sk/a+b=cdef").scrubbed(from: "GET /?k=sk%2Fa%2Bb%3Dcdef") == "GET /?k=•••")
    }

    @Test func `a message loses the key and a long beginning of it`() {
        #expect(
            key.scrubbed(from: "bad key sk-abcdefghijklmnop, really, sk-abcdefgh***, or sk-abcd")
                == "bad key •••, really, •••***, or sk-abcd")
        #expect(key.scrubbed(from: "nothing of it — ü") == "nothing of it — ü")
    }

    @Test func `a short key is taken out whole`() {
        #expect(Secret("abc").scrubbed(from: "key abc!") == "key •••!")
        #expect(Secret("").scrubbed(from: "key abc!") == "key abc!")
    }

    @Test func `an error's message is bounded and on one line, without the key`() {
        let reply = HTTPReply(
            status: 500,
            body: Array(
                "{\"error\":{\"message\":\"sk-abcdefghijklmnop\\n\(String(repeating: "x", count: 2_000))\"}}".utf8))
        let error = ProviderError(reply, key: key)
        #expect(error.message.hasPrefix("••• xxx"))
        #expect(error.message.unicodeScalars.count <= 601)
    }

    @Test(arguments: [
        (#"{"error":{"message":"m","type":"t","code":"c"}}"#, "m", ["t", "c"]),
        (#"{"error":"plain"}"#, "plain", []), (#"{"message":"bare"}"#, "bare", []), (#"{"detail":"d"}"#, "d", []),
        ("gateway down", "gateway down", []), ("", "", []),
    ])
    func `the provider's words are found`(body: String, message: String, kinds: [String]) {
        let error = ProviderError(HTTPReply(status: 400, body: Array(body.utf8)), key: nil)
        #expect(error == ProviderError(status: 400, message: message, kinds: kinds))
    }
}
