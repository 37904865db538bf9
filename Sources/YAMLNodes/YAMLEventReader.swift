internal import CLibYAML

/// Turns libyaml's events into Swift values, one call at a time. The only file that sees libyaml.
///
/// libyaml keeps a pointer to its input instead of a copy, so the bytes are owned here and live as long as the parser.
@safe
package final class YAMLEventReader {
    private let source: SourceText
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    package init(_ source: SourceText) {
        self.source = source
        unsafe bytes = .allocate(capacity: source.bytes.count)
        _ = unsafe bytes.initialize(from: source.bytes)
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        let ready = unsafe yaml_parser_initialize(parser)
        precondition(ready == 1, "libyaml found no memory for a parser")
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe bytes.deallocate()
    }

    /// The next event. Not to be called again after the end of the stream or an error.
    package func next() throws(YAMLSyntaxError) -> YAMLEvent {
        var raw = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &raw) == 1 else { throw syntaxError() }
        defer { unsafe yaml_event_delete(&raw) }
        let start = unsafe source.offset(ofScalar: Int(raw.start_mark.index))
        let end = unsafe source.offset(ofScalar: Int(raw.end_mark.index))
        return YAMLEvent(kind: unsafe Self.kind(copying: raw), range: start..<max(start, end))
    }

    private func syntaxError() -> YAMLSyntaxError {
        let failed = unsafe parser.pointee
        let problem = unsafe failed.problem.map { unsafe String(cString: $0) } ?? "out of memory"
        let context = unsafe failed.context.map { unsafe String(cString: $0) }
        let problemOffset = unsafe source.offset(ofScalar: Int(failed.problem_mark.index))
        let contextOffset = unsafe source.offset(ofScalar: Int(failed.context_mark.index))
        return YAMLSyntaxError(
            problem: problem, at: problemOffset, context: context, contextAt: contextOffset, in: source)
    }

    private static func kind(copying raw: yaml_event_t) -> YAMLEvent.Kind {
        switch unsafe raw.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_DOCUMENT_START_EVENT: return unsafe .documentStart(explicit: raw.data.document_start.implicit == 0)
        case YAML_DOCUMENT_END_EVENT: return unsafe .documentEnd(explicit: raw.data.document_end.implicit == 0)
        case YAML_ALIAS_EVENT: return unsafe .alias(text(raw.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe raw.data.scalar
            let content = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return unsafe .scalar(
                text: String(decoding: content, as: UTF8.self), style: style(scalar.style),
                properties(anchor: scalar.anchor, tag: scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe raw.data.sequence_start
            return unsafe .sequenceStart(
                flow: start.style == YAML_FLOW_SEQUENCE_STYLE, properties(anchor: start.anchor, tag: start.tag))
        case YAML_MAPPING_START_EVENT:
            let start = unsafe raw.data.mapping_start
            return unsafe .mappingStart(
                flow: start.style == YAML_FLOW_MAPPING_STYLE, properties(anchor: start.anchor, tag: start.tag))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        // libyaml has one more type, no event: it stands for the end of a stream that was read to its end before.
        default: return .streamEnd
        }
    }

    private static func style(_ style: yaml_scalar_style_t) -> YAMLNode.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: .literal
        case YAML_FOLDED_SCALAR_STYLE: .folded
        default: .plain
        }
    }

    private static func properties(
        anchor: UnsafeMutablePointer<yaml_char_t>?, tag: UnsafeMutablePointer<yaml_char_t>?
    ) -> YAMLEvent.Properties {
        unsafe YAMLEvent.Properties(anchor: text(anchor), tag: text(tag))
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer)
    }
}
