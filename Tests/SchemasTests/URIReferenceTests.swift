import Testing

@testable import Schemas

@Suite struct URIReferenceTests {
    // The examples of RFC 3986, section 5.4.
    @Test(arguments: [
        ("g:h", "g:h"), ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q#s"),
        ("g#s", "http://a/b/c/g#s"), (";x", "http://a/b/c/;x"), ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"), ("..", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"),
        ("../../g", "http://a/g"), ("../../../g", "http://a/g"), ("/./g", "http://a/g"), ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."), ("..g", "http://a/b/c/..g"), ("./g/.", "http://a/b/c/g/"),
        ("g/../h", "http://a/b/c/h"),
        ("g?y/./x", "http://a/b/c/g?y/./x"), ("g#s/../x", "http://a/b/c/g#s/../x"),
    ])
    func `a reference means what the standard says`(reference: String, uri: String) {
        #expect(URIReference("http://a/b/c/d;p?q").resolving(reference).description == uri)
    }

    @Test(arguments: [
        ("urn:uuid:1", "#a", "urn:uuid:1#a"), ("", "parts/x.json#/a", "parts/x.json#/a"),
        ("http://a", "b", "http://a/b"),
        ("recipes/a.json", "../b.json", "b.json"), ("file:///a/b.json", "c.json", "file:///a/c.json"),
    ])
    func `a base without a path or a host will do`(base: String, reference: String, uri: String) {
        #expect(URIReference(base).resolving(reference).description == uri)
    }

    @Test func `percent signs stand for bytes`() {
        #expect("a%20%C3%A9~1".percentDecoded == "a é~1")
        #expect("%".percentDecoded == nil)
        #expect("%C3".percentDecoded == nil)
        #expect("%+1".percentDecoded == nil)
    }
}
