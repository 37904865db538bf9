import Planning
import Testing
import Values

/// What can be read where, and what is told of everything else.
@Suite struct NameTests {
    @Test func `a field or name that nothing before gives is told with the nearest that is`() throws {
        try check(
            """
            steps:
              - name: one
                set: {a: input.«1»txt, b: "«2»imput.text"}
              - name: two
                ask: {prompt: "{{ one.c }} and {{ «3»onn.x }}"}
            output: [{lines: a.txt, columns: {x: input.«4»siz, y: one.a}}]
            """,
            "'input' has no field 'txt'; did you mean 'text'?",
            "nothing here is called 'imput'; did you mean 'input'?",
            "nothing here is called 'onn'; did you mean 'one'?",
            "'input' has no field 'siz'; did you mean 'size'?")
    }

    @Test func `a broken step breaks none that reads it`() throws {
        try check(
            """
            steps:
              - name: one
                ask: {prompt: "{{ input.«1»txt }}", answer: {kind: string}}
              - name: two
                when: one.kind == "a"
                set: {b: size(one.whatever) + 1}
              - name: three
                check: [{rule: 'two == null || two.b > 2'}]
            output: [{lines: a.txt, columns: {k: one.kind.trim()}}]
            """,
            "'input' has no field 'txt'; did you mean 'text'?")
    }

    @Test func `a broken when has ruled out what it may have ruled out`() throws {
        try check(
            """
            steps:
              - name: one
                when: input.title «1»=! null
                set: {length: size(input.title)}
                expect: [{rule: size(input.title) > one.length}]
            """,
            "a single '=' compares nothing; write `==`")
    }

    @Test func `a later step is told to be one`() throws {
        try check(
            """
            steps:
              - name: one
                when: «1»two.a > 1
                set: {a: 1, b: «2»one.a}
              - name: two
                set: {a: one.a}
            """,
            "'two' is a later step; only what stands above can be read",
            "'one' is this step's own answer; only its 'expect' can read it")
    }

    @Test func `a step's rules read its own answer`() throws {
        try check(
            """
            steps:
              - name: one
                ask: {prompt: hi, answer: {n: integer}}
                expect: [{rule: one.n > 1, because: "{{ one.n }} is too few"}, {rule: one.«1»m > 1}]
            """,
            "'one' has no field 'm'; did you mean 'n'?")
    }

    @Test func `secrets cannot be read`() throws {
        try check(
            """
            steps:
              - name: one
                ask: {prompt: "{{ «1»secrets.crm }}"}
            """,
            "secrets are read only in headers, connections and the env of 'run'")
    }

    @Test func `every record has an id, flags and an origin, every run an id, a date and the recipe's name`() throws {
        let planned = try planned(
            """
            steps:
              - name: one
                set:
                  flags: record.flags.join("; ")
                  place: 'record.origin.source + (record.origin.line != null ? string(record.origin.line) : "")'
                  run: run.id + run.date + run.recipe + record.id + settings.tone
            """)
        #expect(planned.errors == [])
        #expect(planned.plan?.layout.readsRecord == true)
        #expect(planned[step: "one"]?.type.description == "{flags: string, place: string, run: string}")
    }

    @Test func `a record is made only where something reads it`() throws {
        let steps = "steps: [{name: one, set: {a: input.size}}]\n"
        #expect(try planned(steps).plan?.layout.readsRecord == false)
        let output = "output: [{lines: a.txt, columns: {f: record.id}}]\n"
        #expect(try planned(steps + output).plan?.layout.readsRecord == true)
    }

    @Test(arguments: ["input", "record", "settings"])
    func `a step with a name that is taken leaves the name its meaning`(name: String) throws {
        let planned = try planned("steps: [{name: \(name), set: {a: 1}}, {name: two, set: {b: input.text}}]\n")
        #expect(planned.errors.count == 1)
        #expect(planned.errors.first?.contains("'\(name)'") == true)
    }

    @Test func `an unknown kind is told once, and what reads its step is not`() throws {
        try check(
            """
            steps:
              - name: one
                «1»aks: {prompt: hi}
              - name: two
                set: {a: one.text, b: one.more}
            """,
            "a step has no key 'aks'; did you mean 'ask'?")
    }

    @Test func `an input that cannot be opened leaves its fields open`() throws {
        let planned = try Planned(
            "recipe: a\ninput: {rows: {a: strin}}\nsteps: [{name: one, set: {b: input.anything}}]\n")
        #expect(planned.errors == ["2:19 no type is called 'strin'; did you mean 'string'?"])
    }

    @Test func `all mistakes of all parts are told in one pass, in the order of the file`() throws {
        try check(
            """
            models: {writer: «1»lokal}
            steps:
              - name: one
                set: {a: input.«2»sise}
              - name: two
                set: {a: input.tags.«3»joined()}
            output: [{lines: a.txt, columns: {x: input.«4»texts}}]
            """,
            "'writer' must be 'local', not 'lokal'; did you mean 'local'?",
            "'input' has no field 'sise'; did you mean 'size'?",
            "there is no function 'joined'; did you mean 'join'?",
            "'input' has no field 'texts'; did you mean 'text'?")
    }
}
