import Testing
import Values

@testable import Expressions

@Suite struct TimeTests {
    private func hours(_ text: String, _ zone: String) throws -> Double {
        let moment = try #require(Timestamp(rfc3339: text))
        return Double(try #require(TimeZones.secondsAhead(zone, at: moment.seconds))) / 3600
    }

    @Test(arguments: [
        ("2026-01-15T12:00:00Z", "Europe/Berlin", 1.0), ("2026-07-15T12:00:00Z", "Europe/Berlin", 2),
        ("2026-03-29T00:59:59Z", "Europe/Berlin", 1), ("2026-03-29T01:00:00Z", "Europe/Berlin", 2),
        ("2026-10-25T00:59:59Z", "Europe/Berlin", 2), ("2026-10-25T01:00:00Z", "Europe/Berlin", 1),
        ("2100-07-15T12:00:00Z", "Europe/Berlin", 2), ("2100-12-15T12:00:00Z", "Europe/Berlin", 1),
        ("2100-01-15T12:00:00Z", "Australia/Sydney", 11), ("2100-07-15T12:00:00Z", "Australia/Sydney", 10),
        ("2026-01-15T12:00:00Z", "Asia/Kathmandu", 5.75), ("2026-07-15T12:00:00Z", "America/St_Johns", -2.5),
        ("2026-07-15T12:00:00Z", "US/Central", -5), ("2026-07-15T12:00:00Z", "UTC", 0),
        ("2026-07-15T12:00:00Z", "+05:30", 5.5), ("2026-07-15T12:00:00Z", "-00:30", -0.5),
        ("2026-07-15T12:00:00Z", "02:00", 2), ("1970-01-01T00:00:00Z", "Europe/London", 1),
        ("2100-07-15T12:00:00Z", "America/Sao_Paulo", -3), ("2090-07-15T12:00:00Z", "Africa/Casablanca", 1),
    ])
    func `zones are as far ahead as their clocks`(moment: String, zone: String, ahead: Double) throws {
        #expect(try hours(moment, zone) == ahead)
    }

    @Test(arguments: [
        "Europe/Atlantis", "", "../../../etc/passwd", "/etc/passwd", "Europe/../UTC", "+25:00", "+2:00", "tzdata.zi",
        "posixrules\u{0}", "Europe", ".", "zone.tab",
    ])
    func `what is no zone is none, and no file is opened for it elsewhere`(zone: String) {
        #expect(TimeZones.secondsAhead(zone, at: 0) == nil)
    }

    @Test(arguments: [
        ("seen.getFullYear()", 2009), ("seen.getMonth()", 1), ("seen.getDate()", 13), ("seen.getDayOfMonth()", 12),
        ("seen.getDayOfWeek()", 5), ("seen.getDayOfYear()", 43), ("seen.getHours()", 23), ("seen.getMinutes()", 31),
        ("seen.getSeconds()", 30), ("seen.getDate(\"+01:00\")", 14), ("duration(\"90m\").getHours()", 1),
        ("duration(\"-1.5s\").getMilliseconds()", -500),
    ])
    func `a moment has its parts`(text: String, part: Int64) throws {
        #expect(try Workbench.value(text) == .int(part))
    }

    @Test func `a zone that a record names wrongly is an error`() throws {
        #expect(
            try Workbench.fault(in: "seen.getHours(input.title)")
                == "1: 'A letter' is no time zone; write +02:00 or a name such as Europe/Berlin")
    }
}
