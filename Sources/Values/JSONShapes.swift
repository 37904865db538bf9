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
        /// The child taken last, unless its name cannot be compared with raw text.
        var likelyChild = -1
        var firstChild = -1
        var nextSibling = -1
        var childCount = 0
        /// How many names the last object had that came by; kept at the first name of a path.
        var likelyCount = 1
        var shape: MapShape?
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

    private var nodes: [Node] = [Node(start: 0, length: 0, parent: -1, depth: 0)]
    private var names: [UInt8] = []
    let empty = MapShape([])

    /// A full tree is forgotten between two texts, so that names seen once do not crowd out those to come.
    mutating func forgetIfFull() {
        if nodes.count >= Self.mostNodes { self = JSONShapes() }
    }

    /// Steps to the child taken last time when the raw text at a pointer is its name and a closing quote.
    ///
    /// - Returns: the length of the name, or nil when it is another one.
    @inline(__always)
    mutating func follow(_ path: inout Path, _ text: UnsafePointer<UInt8>, upTo limit: Int) -> Int? {
        guard path.loose == nil else { return nil }
        let likely = nodes[path.node].likelyChild
        guard likely >= 0 else { return nil }
        let (start, length) = (nodes[likely].start, nodes[likely].length)
        guard length < limit, text[length] == UInt8(ascii: "\"") else { return nil }
        for i in 0..<length where names[start &+ i] != text[i] { return nil }
        enter(likely, &path)
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
                nodes[path.node].likelyChild = likely(child)
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
            let keys = keys(to: path.node)
            path.loose = (keys, Dictionary(uniqueKeysWithValues: zip(keys, keys.indices)))
            return addLoose(name, to: &path)
        }
        enter(makeChild(of: path.node, name), &path)
        return path.count - 1
    }

    func likelyCount(of path: Path) -> Int {
        nodes[path.first].likelyCount
    }

    /// The shape of an object that has all its names.
    mutating func shape(at path: inout Path) -> MapShape {
        if let loose = path.loose { return MapShape(loose.keys) }
        nodes[path.first].likelyCount = path.count
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
        nodes[parent].likelyChild = likely(child)
        return child
    }

    /// The node itself, unless its name is written with escapes and so never equals raw text.
    private func likely(_ node: Int) -> Int {
        let name = names[nodes[node].start..<nodes[node].start + nodes[node].length]
        return name.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 < 0x20 } ? -1 : node
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
