import Testing
import Values

@testable import Expressions

/// What a test for null rules out, and how far.
@Suite struct NullTests {
    @Test(arguments: [
        "page != null && page.text != \"\"",
        "null != page && page.text != \"\"",
        "page == null || page.text != \"\"",
        "!(page == null) && page.status > 1",
        "!(page == null || page.status < 1) && page.status > 1",
        "page == null ? true : page.status > 1",
        "page != null ? page.status > 1 : false",
        "(page != null ? page.status > 1 : false) && page.text == \"\"",
        "page != null && page.lang != null && size(page.lang) > 1",
        "has(page.text) && page.text != \"\"",
        "has(page.lang) && size(page.lang) > 1",
        "!has(page.lang) || size(page.lang) > 1",
        "input.meta.title == \"A\" && size(input.meta.title) == 1",
        "input.meta.title != \"A\" || size(input.meta.title) == 1",
        "(input.meta.title == \"A\" || input.meta.title == \"B\") && size(input.meta.title) == 1",
        "page != null && facts.people.all(p, page.text.contains(p))",
        "page.?text.orValue(\"\") != \"\"",
        "size(page.?lang.orValue(\"\")) > 1",
        "page.?text.hasValue()",
        "page == null",
        "page.?text.optMap(t, t + \"!\").orValue(\"\") == \"\"",
        "[urgent].size() == 1",
        "json(page) != \"\"",
        "input[\"meta\"][\"title\"] != null && input.meta.title.size() > 1",
    ])
    func `where null is ruled out, it can be read`(text: String) {
        #expect(Workbench.mistakes(in: text) == [])
    }

    @Test(arguments: [
        "page == null && page.text != \"\"",
        "page != null || page.text != \"\"",
        "page.text != \"\" && page != null",
        "!(page != null) && page.status > 1",
        "(page != null || urgent == true) && page.status > 1",
        "(page != null && urgent == true ? true : false) || page.status > 1",
        "input.meta.title == urgent && size(input.meta.title) == 1",
        "input.meta.title != \"A\" && size(input.meta.title) == 1",
        "facts.people.exists(p, page != null) && page.status > 1",
        "page != null && page.lang.size() > 1",
    ])
    func `where null is not ruled out, it cannot be read`(text: String) {
        #expect(!Workbench.mistakes(in: text).isEmpty)
    }

    @Test func `a condition that holds carries its facts to other expressions`() throws {
        let when = try Workbench.compile("page != null && input.meta.title != null")
        let scope = Workbench.scope.assuming(when)
        #expect(Workbench.mistakes(in: "page.text + input.meta.title", scope: scope) == [])
        #expect(Workbench.mistakes(in: "size(page.lang)", scope: scope).count == 1)
        let either = try Workbench.compile("page != null || input.meta.title != null")
        #expect(Workbench.mistakes(in: "page.text", scope: Workbench.scope.assuming(either)).count == 1)
    }

    @Test func `a null that the types did not expect is an error with its place`() throws {
        var slots = Workbench.slots
        slots[0] = nil
        #expect(try Workbench.fault(in: "1 + size(input.title)", slots) == "10: 'title' cannot be read from null")
    }

    @Test func `a field that may be null may also be absent`() throws {
        var slots = Workbench.slots
        slots[1] = ["status": 200, "text": "Hello"]
        #expect(try Workbench.value("page != null && page.lang == null", slots) == true)
        #expect(try Workbench.value("page.?lang.orValue(\"none\")", slots) == "none")
    }

    @Test func `none comes of null, of a missing field and of a field that is null`() throws {
        var slots = Workbench.slots
        slots[1] = nil
        #expect(try Workbench.value("page.?text.orValue(\"\")", slots) == "")
        #expect(try Workbench.value("has(page.text)", slots) == false)
        #expect(try Workbench.value("input.meta.?title.hasValue()") == false)
        #expect(try Workbench.value("has(input.meta.title)") == false)
        #expect(try Workbench.compile("page.?lang.orValue(\"\")").type == .string)
    }
}

extension Workbench {
    static func value(_ text: String, _ slots: Slots) throws -> Value { try value(text, in: scope, slots) }
}
