internal import Digests

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// The ids that a file has had so far, each with the ordinal of its record: 19 to 29 bytes an id.
///
/// An id is known by 96 bits of its fingerprint; among a thousand million ids the odds that two are mistaken for one
/// are some 1 in 10¹¹. Ids are spread over shards that grow one by one, so that growing never holds everything twice.
///
/// One caller at a time.
final class KeySet {
    /// Behind a pointer, because an array in a class is asked for exclusive access at every id.
    private let shards: UnsafeMutablePointer<KeyShard>
    /// Fingerprints are no secret: stirred with this, nobody's file can aim its ids at one place.
    private let seed = UInt64.random(in: .min ... .max)

    init() {
        shards = .allocate(capacity: KeySet.shardCount)
        for shard in 0..<KeySet.shardCount { (shards + shard).initialize(to: KeyShard()) }
    }

    deinit {
        for shard in 0..<KeySet.shardCount { shards[shard].free() }
        shards.deallocate()
    }

    static let shardBits = 4
    static var shardCount: Int { 1 << shardBits }

    /// Notes an id; if it was there before, returns the ordinal that came with it first and changes nothing.
    func insert(_ key: Fingerprint, ordinal: Int) -> Int? {
        var high = (key.high ^ seed) &* 0x9E37_79B9_7F4A_7C15
        high ^= high >> 32
        return shards[Int(high >> (64 - KeySet.shardBits))].insert(high, key.low >> 32, ordinal: ordinal)
    }

    /// The memory that is held.
    var bytes: Int { (0..<KeySet.shardCount).reduce(0) { $0 + shards[$1].bytes } }
}

/// One shard: open addressing with every run of neighbours in rising order, so that a search for what is not there ends
/// at the first larger entry, and growing is one walk from front to back.
///
/// Memory comes from the system page by page and goes back to it whole; the general allocator would keep the holes.
private struct KeyShard {
    private struct Entry {
        var high: UInt64
        /// 32 more bits of the fingerprint, then the ordinal plus one. Zero is a free place.
        var low: UInt64
    }

    private var entries: UnsafeMutableBufferPointer<Entry>
    /// Homes are spread over the places before the margin, so that a run at the end has where to go.
    private var homes: Int
    private var count = 0
    private static let margin = 128

    init() {
        (entries, homes) = KeyShard.allocate(homes: 256 - KeyShard.margin)
    }

    func free() { KeyShard.free(entries) }

    var bytes: Int { entries.count * MemoryLayout<Entry>.stride }

    mutating func insert(_ high: UInt64, _ fragment: UInt64, ordinal: Int) -> Int? {
        let entries = entries
        var place = home(of: high)
        while entries[place].low != 0, (entries[place].high, entries[place].low >> 32) < (high, fragment) {
            place += 1
        }
        if entries[place].low != 0, entries[place].high == high, entries[place].low >> 32 == fragment {
            return Int(entries[place].low & 0xFFFF_FFFF) - 1
        }
        var free = place
        while entries[free].low != 0 { free += 1 }
        // The last place stays free, so that every search above ends.
        guard free < entries.count - 1, count < homes * 17 / 20 else {
            grow()
            return insert(high, fragment, ordinal: ordinal)
        }
        while free > place {
            entries[free] = entries[free - 1]
            free -= 1
        }
        // Ordinals past four thousand million are remembered as the last that fits.
        entries[place] = Entry(high: high, low: fragment << 32 | UInt64(min(ordinal + 1, Int(UInt32.max))))
        count += 1
        return nil
    }

    private func home(of high: UInt64) -> Int {
        // The bits that chose the shard are the same for all of them here.
        Int((high << KeySet.shardBits).multipliedFullWidth(by: UInt64(homes)).high)
    }

    private mutating func grow() {
        let old = entries
        (entries, homes) = KeyShard.allocate(homes: homes * 7 / 5 + 64)
        var next = 0
        for entry in old where entry.low != 0 {
            next = max(next, home(of: entry.high))
            precondition(next < entries.count - 1, "fewer entries than before fit into more places")
            entries[next] = entry
            next += 1
        }
        KeyShard.free(old)
    }

    /// Zeroed places, a whole number of pages of them.
    private static func allocate(homes: Int) -> (UnsafeMutableBufferPointer<Entry>, Int) {
        let page = 4096
        let size = ((homes + margin) * MemoryLayout<Entry>.stride + page - 1) / page * page
        let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
        guard let start, start != MAP_FAILED else { preconditionFailure("out of memory for the ids of the input") }
        let count = size / MemoryLayout<Entry>.stride
        let typed = start.bindMemory(to: Entry.self, capacity: count)
        return (UnsafeMutableBufferPointer(start: typed, count: count), count - margin)
    }

    private static func free(_ entries: UnsafeMutableBufferPointer<Entry>) {
        munmap(entries.baseAddress, entries.count * MemoryLayout<Entry>.stride)
    }
}
