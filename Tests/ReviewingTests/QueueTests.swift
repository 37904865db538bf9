import Journaling
import TestSupport
import Testing
import Values

@testable import Reviewing

/// The queue: order, filter, counts and pages.
@Suite struct QueueTests {
    private func room() async throws -> WaitingRoom {
        let room = try await WaitingRoom()
        try await room.park(WaitingRoom.review(1), 1)
        try await room.park(WaitingRoom.doubt(2), 2, step: 3)
        try await room.park(WaitingRoom.answer(3), 3, step: 0)
        try await room.park(WaitingRoom.review(4), 4)
        return room
    }

    @Test func `is in order of age, step or kind`() async throws {
        let store = try await room().store
        var view = QueueView()
        #expect(try store.page(view).items.map(\.record) == ["mail-1", "mail-2", "mail-3", "mail-4"])
        view.order = .step
        #expect(try store.page(view).items.map(\.step) == ["approval", "approval", "reply", "topic"])
        view.order = .kind
        #expect(try store.page(view).items.map(\.kind) == [.doubt, .answer, .review, .review])
    }

    @Test func `is filtered by step, kind, record and state, and counts stay those of all`() async throws {
        let room = try await room()
        let numbers = try room.store.page(QueueView()).items.map(\.number)
        #expect(try await room.say(.approve, about: numbers[0]) == .counts)
        var view = QueueView()
        view.kind = .review
        #expect(try room.store.page(view).items.map(\.record) == ["mail-4"])
        view.state = .all
        #expect(try room.store.page(view).items.map(\.record) == ["mail-1", "mail-4"])
        view.state = .answered
        #expect(try room.store.page(view).items.map(\.said?.decision.by) == ["Ada"])
        view = QueueView()
        view.text = "MAIL-3"
        let page = try room.store.page(view)
        #expect(page.items.map(\.step) == ["topic"] && page.matching == 1)
        #expect(page.counts.open == 3 && page.counts.answered == 1)
        #expect(page.counts.kinds == [.doubt: 1, .answer: 1, .review: 1])
        #expect(page.counts.steps.map(\.name) == ["approval", "reply", "topic"])
    }

    @Test func `has pages, and the last one stands for those behind it`() async throws {
        let room = try await WaitingRoom()
        for ordinal in 0..<25 { try await room.park(WaitingRoom.review(ordinal), ordinal) }
        var view = QueueView()
        (view.page, view.pageSize) = (2, 10)
        #expect(try room.store.page(view).items.map(\.record) == (20..<25).map { "mail-\($0)" })
        view.page = 9
        let page = try room.store.page(view)
        #expect(page.page == 2 && page.pages == 3 && page.matching == 25)
    }

    @Test func `the next record is the one behind, and the first one behind the last`() async throws {
        let room = try await room()
        let items = try room.store.page(QueueView()).items
        #expect(try room.store.next(after: nil, in: QueueView())?.record == "mail-1")
        #expect(try room.store.next(after: items[1].number, in: QueueView())?.record == "mail-3")
        #expect(try room.store.next(after: items[3].number, in: QueueView())?.record == "mail-1")
        _ = try await room.say(.approve, about: items[0].number)
        #expect(try room.store.next(after: items[0].number, in: QueueView())?.record == "mail-2")
    }

    @Test func `what nobody answered in time is not in it, whatever the run has said`() async throws {
        let room = try await WaitingRoom()
        let number = try await room.park(WaitingRoom.review(1, deadline: WaitingRoom.time(60)), 1)
        #expect(try room.store.counts().open == 1)
        room.move(to: 61)
        #expect(try room.store.counts().open == 0)
        #expect(try await room.say(.approve, about: number) == .expired(WaitingRoom.time(60)))
    }

    @Test func `a thousand records that wait are listed in a moment`() async throws {
        let folder = try TemporaryFolder()
        let room = try await WaitingRoom(try SQLiteJournal.create(at: folder.path + "/journal.sqlite"))
        let text = String(repeating: "a long text ", count: 400)
        try await room.park((0..<1000).map { WaitingRoom.review($0, body: text) })
        _ = try room.store.page(QueueView())
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try room.store.page(QueueView()).items.count == 50)
        let took = start.duration(to: clock.now)
        print("The first page of 1,000 waiting records took \(took) in this build.")
        // 200 ms is for a release build on a quiet machine; this one runs beside all other tests.
        #expect(took < .seconds(30))
        try await room.store.close()
    }
}
