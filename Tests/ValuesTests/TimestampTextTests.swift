import Testing
import Values

@Suite struct TimestampTextTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("2026-03-01T12:30:00.25Z", 1_772_368_200, 250_000_000),
            ("2026-03-01T13:30:00+01:00", 1_772_368_200, 0), ("2026-03-01t12:30:00z", 1_772_368_200, 0),
            ("2026-03-01T07:00:00-05:30", 1_772_368_200, 0), ("1969-12-31T23:59:59.999999999Z", -1, 999_999_999),
            ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
            ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999),
            ("2024-02-29T00:00:00.1234567891Z", 1_709_164_800, 123_456_789),
        ] as [(String, Int64, Int32)])
    func `a text of RFC 3339 is a moment`(text: String, seconds: Int64, nanoseconds: Int32) {
        #expect(Timestamp(rfc3339: text) == Timestamp(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: [
        "", "2026-03-01", "2026-03-01 12:30:00Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T12:60:00Z", "2026-03-01T12:30:60Z", "2026-03-01T12:30:00", "2026-03-01T12:30:00.Z",
        "2026-03-01T12:30:00+0100", "2026-03-01T12:30:00Z ", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00",
        "2026-3-1T12:30:00Z", "２026-03-01T12:30:00Z",
    ])
    func `no other text is`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(
        arguments: [0, 1, -1, 86_399, -86_400, 951_782_400, 1_709_164_799, -62_135_596_800, 253_402_300_799] as [Int64])
    func `a moment is written as the text that reads as it`(seconds: Int64) {
        for nanoseconds: Int32 in [0, 1, 999_999_999, 500_000_000, 120_000] {
            let moment = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
            #expect(Timestamp(rfc3339: moment.rfc3339) == moment)
        }
    }

    @Test func `every day of four centuries has its number and its name`() {
        var previous = CalendarDay(daysSince1970: -135_141)
        for number in -135_140...11_000 {
            let day = CalendarDay(daysSince1970: number)
            #expect(day.daysSince1970 == number)
            let nextDay = CalendarDay(year: previous.year, month: previous.month, day: previous.day + 1)
            let nextMonth = CalendarDay(year: previous.year, month: previous.month + 1, day: 1)
            #expect(day == nextDay ?? nextMonth ?? CalendarDay(year: previous.year + 1, month: 1, day: 1))
            previous = day
        }
        #expect(previous == CalendarDay(year: 2000, month: 2, day: 13))
    }

    @Test(arguments: [
        "2025-02-30", "2025-00-01", "2025-01-00", "2025-04-31", "2100-02-29", "25-01-01", "2025-01-011", "2025/01/01",
        "",
    ])
    func `a day that does not exist is none`(text: String) {
        #expect(CalendarDay(text: text) == nil)
    }

    @Test(
        arguments: [
            ("0", 0, 0), ("1s", 1, 0), ("1h30m", 5_400, 0), ("-1.5s", -1, -500_000_000), ("250ms", 0, 250_000_000),
            ("1us", 0, 1_000), ("1µs", 0, 1_000), ("3ns", 0, 3), ("1.5h", 5_400, 0), ("+2m", 120, 0),
            ("0.0000000001s", 0, 0),
            ("315576000000s", 315_576_000_000, 0), (".5s", 0, 500_000_000),
        ] as [(String, Int64, Int32)])
    func `numbers with units are a length of time`(text: String, seconds: Int64, nanoseconds: Int32) {
        #expect(Duration(text: text) == Duration(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: [
        "", "1", "s", "1d", "1 s", "1.2.3s", "--1s", "315576000001s", "99999999999999999999999999999999999999999h",
        "1s2",
    ])
    func `no other text is a length of time`(text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test func `a length of time is written in seconds`() {
        #expect(Duration(seconds: 5_400).text == "5400s")
        #expect(Duration(seconds: 0, nanoseconds: -5).text == "-0.000000005s")
        #expect(Duration(seconds: 0).text == "0s")
    }
}
