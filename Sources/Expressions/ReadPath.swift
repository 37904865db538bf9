/// One thing that an expression reads: a name of the scope by its slot, and the fields that follow as far as they are
/// known before the run. `input.meta.title.size()` reads `title` in `meta` in the slot of `input`.
public struct ReadPath: Hashable, Sendable {
    public var slot: Int
    public var names: [String]

    public init(slot: Int, names: [String]) {
        self.slot = slot
        self.names = names
    }
}
