import Diagnostics
import Testing
import Values

@testable import Expressions

/// No recipe and no record can stall a run or end it.
@Suite struct BoundTests {
    @Test(arguments: [
        String(repeating: "(", count: 60_000) + "1",
        String(repeating: "[", count: 60_000),
        String(repeating: "{1:", count: 20_000),
        String(repeating: "!", count: 60_000) + "true",
        String(repeating: "-", count: 60_000) + "1",
        String(repeating: "-(", count: 30_000) + "1",
        String(repeating: "true ? ", count: 9_000),
        "1" + String(repeating: " + 1", count: 15_000),
        "input" + String(repeating: ".raw", count: 15_000),
        "input" + String(repeating: "[0]", count: 20_000),
        String(repeating: "input.raw.map(x, ", count: 3_000) + "1",
        String(repeating: "size(", count: 12_000),
    ])
    func `an expression too deep is a mistake, not a crash`(text: String) {
        #expect(Workbench.mistakes(in: text).count == 1)
    }

    @Test func `a very long expression is refused before it is read`() {
        let mistakes = Workbench.mistakes(in: "(" + String(repeating: "(", count: 100_000))
        #expect(mistakes == ["1: an expression has at most 65536 bytes"])
    }

    @Test func `long chains of conditions are no depth`() throws {
        let text = Array(repeating: "facts.count > 1", count: 500).joined(separator: " && ")
        #expect(try Workbench.value(text) == true)
    }

    @Test func `loops inside of loops end with an error`() throws {
        var slots = Workbench.slots
        slots[2] = ["people": .list(Array(repeating: "x", count: 100_000)), "count": 1]
        // 200,000 items are put together for each of 100,000 times 100,000.
        let loops = "facts.people.all(a, facts.people.all(b, size(facts.people + facts.people) > 0))"
        #expect(try Workbench.fault(in: loops, slots) == "1: this takes too long: it visits more than 10000000 items")
    }

    @Test func `a text that grows and grows ends with an error`() throws {
        var slots = Workbench.slots
        slots[2] = ["people": [.string(String(repeating: "a", count: 100_000))], "count": 1]
        let growing = "size(facts.people[0].replace(\"\", facts.people[0]))"
        #expect(try Workbench.fault(in: growing, slots)?.contains("takes too long") == true)
    }

    @Test(arguments: [
        "facts.people.map(c, input.text.charAt(3))", "facts.people.map(c, input.text == input.path)",
        "facts.people.map(c, input.raw == input.path)", "facts.people.map(c, input.text < input.path)",
        "facts.people.map(c, input.raw <= input.path)", "facts.people.map(c, input.text.startsWith(input.path))",
        "facts.people.map(c, input.text.endsWith(input.path))", "facts.people.map(c, input.raw in [input.path])",
    ])
    func `whatever looks at a long text is charged for it`(text: String) throws {
        var slots = Workbench.slots
        let long = String(repeating: "a", count: 1_000_000)
        slots[0] = ["text": .string(long), "path": .string(long + ""), "raw": .string(long)]
        slots[2] = ["people": .list(Array(repeating: "x", count: 100_000)), "count": 1]
        #expect(try Workbench.fault(in: text, slots)?.contains("takes too long") == true)
    }

    @Test func `a phrase that is everywhere and never a whole word ends with an error`() throws {
        var slots = Workbench.slots
        slots[0] = ["text": .string(String(repeating: "a", count: 400_000))]
        slots[2] = ["people": [.string(String(repeating: "a", count: 100_000))], "count": 1]
        #expect(
            try Workbench.fault(in: "input.text.mentions(facts.people[0])", slots)?.contains("takes too long") == true)
    }

    @Test(arguments: ["input.text.split(\"\")", "input.text.split(\" \")", "input.text.words()"])
    func `more pieces than the bound are never made`(text: String) throws {
        var slots = Workbench.slots
        slots[0] = ["text": .string(String(repeating: "a ", count: 10_000_100))]
        #expect(try Workbench.fault(in: text, slots)?.contains("takes too long") == true)
    }

    @Test(arguments: ["json(facts.people)", "\"%s\".format([facts.people])"])
    func `a text beyond the bound is never written`(text: String) throws {
        var slots = Workbench.slots
        // One text, many times: the list itself is small.
        let one = Value.string(String(repeating: "a", count: 1_000_000))
        slots[2] = ["people": .list(Array(repeating: one, count: 100_000)), "count": 1]
        #expect(try Workbench.fault(in: text, slots)?.contains("takes too long") == true)
    }

    @Test func `a search for what nearly repeats stays linear`() {
        let text = String(repeating: "a", count: 400_000)
        let part = String(repeating: "a", count: 20_000) + "b"
        #expect(!text.containsBytes(of: part))
        #expect((text + part).containsBytes(of: part))
    }

    @Test func `an error keeps only a short piece of a text`() throws {
        var slots = Workbench.slots
        slots[2] = ["people": [.string(String(repeating: "secret ", count: 1000))], "count": 1]
        let fault = try Workbench.fault(in: "int(facts.people[0])", slots)
        #expect(fault == "1: 'secret secret secret secret secret secre…' is not an integer")
    }
}
