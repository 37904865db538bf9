package import Diagnostics

/// A part of a YAML file that remembers where it stood.
package struct YAMLNode: Sendable {
    package indirect enum Content: Sendable {
        /// The text before it is resolved: `12` and `"12"` are the same here. See ``YAMLNode/resolved``.
        case scalar(LocatedText, Style)
        case sequence([YAMLNode])
        /// In the order of the file; no two keys alike.
        case mapping([Pair])
        /// Something whose mistake has been reported, such as an alias of nothing.
        case broken
    }

    package struct Pair: Sendable {
        package var key: YAMLNode
        package var value: YAMLNode
    }

    package enum Style: Sendable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    package var content: Content
    /// Resolved: `!!str` is `tag:yaml.org,2002:str`, `!mine` is itself.
    package var tag: String?
    package var anchor: Anchor?
    /// Written as `{…}` or `[…]`.
    package var isFlow: Bool
    /// From the first character of the content to its last; tag and anchor stand before it.
    package var span: SourceSpan
    /// Where tag and anchor start, else where the content starts.
    package var start: SourcePosition
    /// Where the alias stands, when this came from another place of the file.
    package var alias: SourceSpan?
    /// How many nodes this is, aliases written out.
    package var weight: Int

    package struct Anchor: Sendable {
        package var name: String
        /// Whether an alias names it.
        package var isUsed: Bool
    }
}

extension YAMLNode {
    package var scalar: LocatedText? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    package var style: Style? {
        if case .scalar(_, let style) = content { style } else { nil }
    }

    package var items: [YAMLNode]? {
        if case .sequence(let items) = content { items } else { nil }
    }

    package var pairs: [Pair]? {
        if case .mapping(let pairs) = content { pairs } else { nil }
    }
}
