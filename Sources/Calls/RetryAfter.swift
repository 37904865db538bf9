/// How long an answer asks us to wait: `Retry-After` in seconds or as a date.
package enum RetryAfter {
    /// - Parameter now: seconds since 1970, for a date when the answer tells no time of its own.
    package static func pause(in reply: HTTPReply, now: Int64) -> Swift.Duration? {
        guard let text = reply.headers["retry-after"] else { return nil }
        let trimmed = text.utf8.drop { $0 == UInt8(ascii: " ") }
        if let seconds = Double(Substring(trimmed)), seconds >= 0, seconds.isFinite {
            return .milliseconds(Int64((min(seconds, 86_400) * 1_000).rounded(.up)))
        }
        guard let date = seconds(ofDate: text) else { return nil }
        // The other side's clock tells how far away its date is, whatever ours says.
        let now = reply.headers["date"].flatMap(seconds(ofDate:)) ?? now
        return .seconds(max(0, min(date - now, 86_400)))
    }

    /// The seconds since 1970 of an HTTP date in any of its three forms: `Sun, 06 Nov 1994 08:49:37 GMT`,
    /// `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
    package static func seconds(ofDate text: String) -> Int64? {
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
        let day: String, month: String, time: String, year: String
        if words.count == 5 {
            (month, day, time, year) = (words[1], words[2], words[3], words[4])
        } else if words.count == 6, words[5] == "GMT" {
            (day, month, year, time) = (words[1], words[2], words[3], words[4])
        } else {
            return nil
        }
        let clock = time.split(separator: ":").map { Int64($0) ?? -1 }
        guard let monthIndex = months.firstIndex(of: month.lowercased()), let day = Int64(day), (1...31).contains(day),
            var year = Int64(year), (0...9999).contains(year), clock.count == 3, (0...23).contains(clock[0]),
            (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        // Two digits: the century that is nearest to this one.
        if year < 100 { year += year < 70 ? 2000 : 1900 }
        return days(year: year, month: Int64(monthIndex) + 1, day: day) * 86_400 + clock[0] * 3_600 + clock[1] * 60
            + clock[2]
    }

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
