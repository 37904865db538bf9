import Pages
import Testing
import Values

@Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-45_000, "-45,000")])
func `counts are grouped by three`(number: Int, text: String) {
    #expect(Figures.count(number) == text)
}

@Test func `one of a thing has no plural`() {
    #expect(Figures.count(1, "record") == "1 record")
    #expect(Figures.count(0, "record") == "0 records")
    #expect(Figures.count(2, "try", plural: "tries") == "2 tries")
}

@Test(
    arguments: [
        (0, "0 s"), (12, "under 1 ms"), (840_400, "840 ms"), (999_600, "1.0 s"), (8_449_000, "8.4 s"),
        (9_960_000, "10 s"),
        (59_600_000, "1 min 00 s"), (130_000_000, "2 min 10 s"), (3_599_700_000, "1 h 00 min"),
        (11_100_000_000, "3 h 05 min"), (187_200_000_000, "2 d 4 h"),
    ] as [(Int64, String)])
func `a length of time has the two units that matter`(microseconds: Int64, text: String) {
    #expect(Figures.duration(microseconds: microseconds) == text)
}

@Test(
    arguments: [
        (0, "0.00 EUR"), (12_404_000_000, "12.40 EUR"), (1_234_567_890_000_000, "1,234,567.89 EUR"),
        (3_120_000, "0.0031 EUR"), (1, "0.000000001 EUR"), (100_000_000, "0.10 EUR"), (999_999_999, "1.00 EUR"),
    ] as [(Int64, String)])
func `money shows cents, or two digits that count`(billionths: Int64, text: String) {
    #expect(Figures.money(billionths: billionths, currency: "EUR") == text)
}

@Test(
    arguments: [(1, "1 byte"), (999, "999 bytes"), (12_449, "12.4 kB"), (1_117_320_768, "1.1 GB")] as [(Int64, String)])
func `sizes have one digit behind the point`(bytes: Int64, text: String) {
    #expect(Figures.bytes(bytes) == text)
}

@Test(
    arguments: [
        (0, "1970-01-01 00:00:00 UTC"), (951_782_399, "2000-02-28 23:59:59 UTC"),
        (951_782_400, "2000-02-29 00:00:00 UTC"),
        (1_772_460_309, "2026-03-02 14:05:09 UTC"), (-1, "1969-12-31 23:59:59 UTC"),
        (4_102_444_800, "2100-01-01 00:00:00 UTC"),
    ] as [(Int64, String)])
func `a moment is written in UTC`(seconds: Int64, text: String) {
    #expect(Figures.moment(Timestamp(seconds: seconds)) == text)
}
