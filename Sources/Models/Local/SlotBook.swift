/// Which slot of the local model serves whom: a record that comes again gets the slot that still holds its document.
///
/// Asked with a place in hand, so a slot is always free.
struct SlotBook {
    private struct Slot {
        var isTaken = false
        var lastServed: Int?
        /// Larger is later.
        var lastUse = 0
    }

    private var slots: [Slot]
    private var uses = 0

    init(count: Int) { slots = Array(repeating: Slot(), count: max(1, count)) }

    /// The slot that served this number last, if it is free; else the free one that has been unused for longest, whose
    /// document is least likely to be asked for again.
    mutating func take(for affinity: Int) -> Int {
        let free = slots.indices.filter { !slots[$0].isTaken }
        let kept = free.first { slots[$0].lastServed == affinity }
        let slot = kept ?? free.min { slots[$0].lastUse < slots[$1].lastUse } ?? 0
        uses += 1
        slots[slot] = Slot(isTaken: true, lastServed: affinity, lastUse: uses)
        return slot
    }

    mutating func giveBack(_ slot: Int) {
        uses += 1
        slots[slot].isTaken = false
        slots[slot].lastUse = uses
    }
}
