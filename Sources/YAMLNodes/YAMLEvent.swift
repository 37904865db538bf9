/// One thing that the scanner saw, freed from libyaml.
package struct YAMLEvent: Sendable {
    package enum Kind: Sendable {
        case streamStart, streamEnd
        /// Explicit: `---` or `...` stands there.
        case documentStart(explicit: Bool)
        case documentEnd(explicit: Bool)
        case alias(String)
        case scalar(text: String, style: YAMLNode.Style, Properties)
        case sequenceStart(flow: Bool, Properties)
        case mappingStart(flow: Bool, Properties)
        case sequenceEnd, mappingEnd
    }

    /// What may stand before a node.
    package struct Properties: Sendable {
        package var anchor: String?
        /// Resolved: `!!str` is `tag:yaml.org,2002:str`, `!mine` is itself, a lone `!` too.
        package var tag: String?
    }

    package var kind: Kind
    /// Byte offsets in the source. libyaml ends a block where the next thing starts.
    package var range: Range<Int>
}
