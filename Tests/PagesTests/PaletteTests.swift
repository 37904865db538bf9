import Pages
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// As WCAG 2.2 defines it.
private func contrast(_ one: UInt32, _ other: UInt32) -> Double {
    func luminance(_ colour: UInt32) -> Double {
        let channels = [16, 8, 0].map { shift -> Double in
            let value = Double(colour >> UInt32(shift) & 255) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }
    let (a, b) = (luminance(one), luminance(other))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

@Test(arguments: [Palette.light, .dark], Palette.Role.allCases)
func `every colour can be read on what it stands on`(palette: Palette, role: Palette.Role) {
    let (grounds, least) = role.readOn
    for ground in grounds {
        let reached = contrast(palette[role], palette[ground])
        #expect(reached >= least, "\(role) on \(ground)")
    }
}
