internal import Models
internal import Values

/// A model's reply as the journal keeps it: the text as it came, and how it finished.
struct KeptReply {
    var text: String
    var finish: ModelReply.Finish

    init(_ reply: ModelReply) {
        text = reply.text
        finish = reply.finish
    }

    /// Reads what ``body`` wrote; nil if it is something else.
    init?(_ body: [UInt8]) {
        guard case .success(let value) = Result(catching: { () throws(JSONError) in try JSON.parse(body) }),
            let text = value["text"]?.string
        else { return nil }
        self.text = text
        switch value["finish"]?.string {
        case nil: finish = .complete
        case "cut off": finish = .cutOff
        default: finish = .refused(value["words"]?.string ?? "")
        }
    }

    /// JSON; a reply that finished as it should is its text alone.
    var body: [UInt8] {
        switch finish {
        case .complete: JSON.bytes(of: ["text": .string(text)])
        case .cutOff: JSON.bytes(of: ["text": .string(text), "finish": "cut off"])
        case .refused(let words):
            JSON.bytes(of: ["text": .string(text), "finish": "refused", "words": .string(words)])
        }
    }
}
