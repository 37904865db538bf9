import Testing
import Values

@Suite struct MomentTests {
    private func moment(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    @Test func `a moment moves by a length of time, over seconds and days`() throws {
        let start = try moment("2024-02-28T23:59:59.75Z")
        #expect(start.adding(Duration(seconds: 0, nanoseconds: 250_000_000)) == (try moment("2024-02-29T00:00:00Z")))
        #expect(start.subtracting(Duration(seconds: 0, nanoseconds: 800_000_000))?.rfc3339 == "2024-02-28T23:59:58.95Z")
        #expect(start.adding(Duration(seconds: -1, nanoseconds: -750_000_000))?.rfc3339 == "2024-02-28T23:59:58Z")
    }

    @Test func `the years end at 1 and 9999`() throws {
        let second = Duration(seconds: 1)
        #expect(try moment("0001-01-01T00:00:00Z").subtracting(second) == nil)
        #expect(try moment("9999-12-31T23:59:59Z").adding(second) == nil)
        #expect(try moment("9999-12-31T23:59:59.999999999Z").adding(Duration(seconds: 0, nanoseconds: 1)) == nil)
        #expect(Timestamp(seconds: 0).adding(Duration(seconds: .max)) == nil)
        #expect(Timestamp(seconds: -1).subtracting(Duration(seconds: .max)) == nil)
    }

    @Test func `the time between two moments has one sign`() throws {
        let (one, other) = (try moment("2024-01-01T00:00:00.9Z"), try moment("2024-01-01T00:00:02.1Z"))
        #expect(other.since(one) == Duration(seconds: 1, nanoseconds: 200_000_000))
        #expect(one.since(other) == Duration(seconds: -1, nanoseconds: -200_000_000))
        #expect(try moment("0001-01-01T00:00:00Z").since(moment("9999-12-31T23:59:59Z")) == nil)
    }

    @Test func `lengths of time add up to 292 years and no further`() {
        let longest = Duration(totalNanoseconds: .max)
        #expect(longest.totalNanoseconds == .max)
        #expect(longest.adding(Duration(seconds: 0, nanoseconds: 1)) == nil)
        #expect(Duration(seconds: 1).subtracting(Duration(seconds: 2)) == Duration(seconds: -1))
        #expect(Duration(seconds: .max).totalNanoseconds == nil)
        #expect(Duration(totalNanoseconds: -1_500_000_000) == Duration(seconds: -1, nanoseconds: -500_000_000))
    }

    @Test(arguments: [
        ("1970-01-01", 1, 4), ("2024-12-31", 366, 2), ("2023-12-31", 365, 0), ("1969-12-31", 365, 3),
        ("0001-01-01", 1, 1), ("2024-03-01", 61, 5),
    ])
    func `a day has its place in the year and the week`(text: String, ofYear: Int, ofWeek: Int) throws {
        let day = try #require(CalendarDay(text: text))
        #expect(day.dayOfYear == ofYear)
        #expect(day.dayOfWeek == ofWeek)
    }

    @Test func `a moment lies on different days where clocks differ`() throws {
        let late = try moment("1969-12-31T23:30:00Z")
        #expect(late.calendar() == (try #require(CalendarDay(text: "1969-12-31")), 84_600))
        #expect(late.calendar(secondsAhead: 3600) == (try #require(CalendarDay(text: "1970-01-01")), 1800))
        #expect(late.calendar(secondsAhead: -86_400) == (try #require(CalendarDay(text: "1969-12-30")), 84_600))
    }
}

@Suite struct GlanceTests {
    @Test func `a field is found at its place, elsewhere, or not at all`() {
        let long = "a name that is too long to be held in place"
        let map = ValueMap([("a", 1), (long, 2)])
        #expect(map.value(of: "a", near: 0) == 1)
        #expect(map.value(of: "a", near: 1) == 1)
        #expect(map.value(of: String(long.reversed().reversed()), near: 1) == 2)
        #expect(map.value(of: "b", near: 99) == nil)
    }

    @Test func `a glance finds only what is at its place and held the same way`() {
        var slots = Slots(count: 2)
        slots[0] = ["a": 1, "b": nil]
        slots.withUnsafeValues { values in
            #expect(values.glance(0, "a", 0)?.pointee == 1)
            #expect(values.glance(0, "b", 1)?.pointee == .some(.null))
            #expect(values.glance(0, "a", 1) == nil)
            #expect(values.glance(0, "a", 2) == nil)
            #expect(values.glance(1, "a", 0) == nil)
        }
    }

    @Test func `texts held alike are the same bytes, and the same bytes need not be held alike`() {
        let long = String(repeating: "long ", count: 10)
        let again = String(decoding: Array(long.utf8), as: UTF8.self)
        #expect("short".isHeldLike(String(decoding: Array("short".utf8), as: UTF8.self)))
        #expect(!long.isHeldLike(again))
        #expect(long.hasSameBytes(as: again))
        #expect(!"\u{E9}".hasSameBytes(as: "e\u{301}"))
    }
}
