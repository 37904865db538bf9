/// The shapes of objects seen so far, as a tree of names: each object follows a path from the root, one node a name.
///
/// Objects that follow the same path share one ``MapShape``, and a name that comes where it came last time is recognised
/// by its bytes alone. The tree is bounded; names beyond its bounds get a shape of their own each time.
struct JSONShapes: Sendable {
    private struct Node: Sendable {
        /// The name, in `names`.
        var start: Int
        var length: Int
        var parent: Int
        /// How many names lead here.
        var depth: Int
        var key: MapKey?
        var firstChild = -1
        var nextSibling = -1
        var childCount = 0
        var shape: MapShape?
    }

    /// What most names are recognised by, kept apart so that it stays in the cache.
    private struct Guess: Sendable {
        /// The first eight bytes of the name, zeros behind a shorter one.
        var head: UInt64
        /// Of the name; -1 for a name that is written with escapes and so never equals raw text.
        var length: Int
        /// The child taken last, or -1.
        var next = -1
        /// How many names the last object had that came by; kept at the first name of a path.
        var count = 1
    }

    /// Where an object has got to.
    struct Path {
        fileprivate var node = 0
        fileprivate var first = 0
        /// How many different names it has so far.
        fileprivate(set) var count = 0
        /// Once the tree could take no more: every name so far, and the place of each.
        fileprivate var loose: (keys: [MapKey], places: [MapKey: Int])?
    }

    private static let widestNode = 16
    private static let longestPath = 512
    private static let mostNodes = 8_192
    private static let mostMisses = 256

    private var nodes: [Node] = [Node(start: 0, length: 0, parent: -1, depth: 0)]
    /// One for each node.
    private var guesses: [Guess] = [Guess(head: 0, length: -1)]
    private var names: [UInt8] = []
    /// How many objects the tree could not take.
    private var misses = 0
    let empty = MapShape([])

    /// A tree that often has no room is forgotten between two texts, or names seen once crowd out those to come.
    mutating func forgetIfFull() {
        if misses >= Self.mostMisses { self = JSONShapes() }
    }

    /// Steps to the child taken last time when the raw text at a pointer is its name and a closing quote.
    ///
    /// - Returns: the length of the name, or nil when it is another one.
    @inline(__always)
    mutating func follow(_ path: inout Path, _ text: UnsafePointer<UInt8>, upTo limit: Int) -> Int? {
        let next = guesses[path.node].next
        guard next >= 0, path.loose == nil else { return nil }
        let guess = guesses[next]
        let length = guess.length
        guard length >= 0, length < limit, text[length] == UInt8(ascii: "\"") else { return nil }
        if limit >= 8 {
            let head = UnsafeRawPointer(text).loadUnaligned(as: UInt64.self).littleEndian
            guard head & Self.headMask(length) == guess.head else { return nil }
            if length > 8, !isName(of: next, UnsafeBufferPointer(start: text, count: length)) { return nil }
        } else if !isName(of: next, UnsafeBufferPointer(start: text, count: length)) {
            return nil
        }
        enter(next, &path)
        return length
    }

    /// Steps to the child of a name, which is made where there is none.
    ///
    /// - Returns: the place of the name among those of the object; an earlier one if it came before.
    mutating func add(_ name: UnsafeBufferPointer<UInt8>, to path: inout Path) -> Int {
        if path.loose != nil { return addLoose(name, to: &path) }
        var child = nodes[path.node].firstChild
        while child >= 0 {
            if isName(of: child, name) {
                guesses[path.node].next = child
                enter(child, &path)
                return path.count - 1
            }
            child = nodes[child].nextSibling
        }
        var ancestor = path.node
        while ancestor > 0 {
            if isName(of: ancestor, name) { return nodes[ancestor].depth - 1 }
            ancestor = nodes[ancestor].parent
        }
        guard nodes[path.node].childCount < Self.widestNode, path.count < Self.longestPath,
            nodes.count < Self.mostNodes
        else {
            misses += 1
            let keys = keys(to: path.node)
            path.loose = (keys, Dictionary(uniqueKeysWithValues: zip(keys, keys.indices)))
            return addLoose(name, to: &path)
        }
        enter(makeChild(of: path.node, name), &path)
        return path.count - 1
    }

    func likelyCount(of path: Path) -> Int {
        guesses[path.first].count
    }

    /// The shape of an object that has all its names.
    mutating func shape(at path: inout Path) -> MapShape {
        if let loose = path.loose { return MapShape(loose.keys) }
        if guesses[path.first].count != path.count { guesses[path.first].count = path.count }
        if let shape = nodes[path.node].shape { return shape }
        let shape = MapShape(keys(to: path.node))
        nodes[path.node].shape = shape
        return shape
    }

    @inline(__always)
    private func enter(_ node: Int, _ path: inout Path) {
        path.node = node
        path.count &+= 1
        if path.count == 1 { path.first = node }
    }

    private func isName(of node: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard nodes[node].length == name.count else { return false }
        return names[nodes[node].start..<nodes[node].start + name.count].elementsEqual(name)
    }

    private mutating func makeChild(of parent: Int, _ name: UnsafeBufferPointer<UInt8>) -> Int {
        let child = nodes.count
        nodes.append(
            Node(
                start: names.count, length: name.count, parent: parent, depth: nodes[parent].depth + 1,
                key: .string(String(decoding: name, as: UTF8.self)), nextSibling: nodes[parent].firstChild))
        names.append(contentsOf: name)
        nodes[parent].firstChild = child
        nodes[parent].childCount += 1
        guesses.append(Guess(head: Self.head(of: name), length: isRaw(name) ? name.count : -1))
        guesses[parent].next = child
        return child
    }

    /// Whether a name stands between its quotes as it is.
    private func isRaw(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        !name.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 < 0x20 }
    }

    private static func head(of name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        name.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The bits of the first bytes of a word, eight at most.
    @inline(__always)
    private static func headMask(_ length: Int) -> UInt64 {
        length >= 8 ? .max : (1 &<< UInt64(length &* 8)) &- 1
    }

    private func keys(to node: Int) -> [MapKey] {
        var keys: [MapKey] = []
        var node = node
        while node > 0 {
            if let key = nodes[node].key { keys.append(key) }
            node = nodes[node].parent
        }
        return keys.reversed()
    }

    private func addLoose(_ name: UnsafeBufferPointer<UInt8>, to path: inout Path) -> Int {
        let key = MapKey.string(String(decoding: name, as: UTF8.self))
        if let place = path.loose?.places[key] { return place }
        let place = path.count
        path.loose?.keys.append(key)
        path.loose?.places[key] = place
        path.count += 1
        return place
    }
}
