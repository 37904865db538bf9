import Testing

@testable import Models

@Suite struct SlotBookTests {
    @Test func `a record that comes again keeps its slot`() {
        var book = SlotBook(count: 2)
        let first = book.take(for: 10)
        let second = book.take(for: 11)
        #expect(first != second)
        book.giveBack(first)
        book.giveBack(second)
        let again = [book.take(for: 11), book.take(for: 10)]
        #expect(again == [second, first])
    }

    @Test func `a new record takes the slot that was unused for longest`() {
        var book = SlotBook(count: 3)
        let slots = (0..<3).map { book.take(for: $0) }
        for slot in [slots[1], slots[2], slots[0]] { book.giveBack(slot) }
        let next = book.take(for: 99)
        #expect(next == slots[1])
    }

    @Test func `a slot that is taken is nobody else's`() {
        var book = SlotBook(count: 2)
        let first = book.take(for: 5)
        let second = book.take(for: 5)
        #expect(first != second)
    }
}
