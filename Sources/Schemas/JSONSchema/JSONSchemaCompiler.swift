internal import Values

/// Finds every schema of a document and of the documents it refers to, and makes nodes of them.
///
/// First each place that is a schema gets its number and each name its place; then, one by one, what stands there becomes
/// checks. A reference may bring in another document, whose places join the row.
struct JSONSchemaCompiler {
    /// What has one URI of its own: a document, or a part of one with an `$id`.
    struct Resource {
        var uri: URIReference
        /// Where it starts.
        var place: Place
        var vocabularies: Set<JSONSchemaKeyword.Vocabulary>
        var anchors: [String: Int] = [:]
        var dynamicAnchors: [String: Int] = [:]
    }

    /// A place in a document, by the names and numbers that lead there.
    struct Place: Hashable {
        var document: Int
        var steps: [ByteText] = []

        func step(_ name: String) -> Place { Place(document: document, steps: steps + [ByteText(name)]) }
    }

    /// A schema that has its number.
    struct Found {
        var place: Place
        var value: Value
        var resource: Int
    }

    let load: JSONSchema.Loader
    var documents: [Value] = []
    var resources: [Resource] = []
    var resourceByURI: [String: Int] = [:]
    var found: [Found] = []
    var numberByPlace: [Place: Int] = [:]
    var faults: [SchemaViolation] = []

    init(load: @escaping JSONSchema.Loader) { self.load = load }

    mutating func compile(_ document: Value, at uri: String) throws(SchemaViolations) -> JSONSchema {
        let root = add(document, at: URIReference(uri).withoutFragment)
        var nodes: [JSONSchema.Node] = []
        while nodes.count < found.count, faults.count < 100 {
            nodes.append(node(for: found[nodes.count]))
        }
        guard faults.isEmpty else { throw SchemaViolations(faults) }
        let tracks = nodes.contains { node in
            node.checks.contains { check in
                switch check {
                case .unevaluatedItems, .unevaluatedFields: true
                default: false
                }
            }
        }
        return JSONSchema(
            nodes: nodes, root: root, dynamicAnchors: resources.map(\.dynamicAnchors), tracksEvaluated: tracks)
    }

    mutating func fault(_ message: String, at place: Place) {
        let way = place.steps.reversed().reduce("") { rest, step in
            Int(step.text).map { AnswerPath.item($0, then: rest) } ?? AnswerPath.field(step.text, then: rest)
        }
        let document = resources.first { $0.place == Place(document: place.document) }?.uri.description ?? ""
        let path = place.document == 0 || document.isEmpty ? way : "\(document)#\(way)"
        if !faults.contains(where: { $0.path == path }) { faults.append(SchemaViolation(path: path, message: message)) }
    }
}

// MARK: Finding schemas

extension JSONSchemaCompiler {
    /// Takes a document in, under the URI it was found by and under its own `$id`.
    mutating func add(_ document: Value, at uri: URIReference) -> Int {
        let place = Place(document: documents.count)
        documents.append(document)
        let resource = addResource(uri, at: place, like: nil, document)
        return find(document, at: place, in: resource)
    }

    private mutating func addResource(
        _ uri: URIReference, at place: Place, like outer: Int?, _ schema: Value
    ) -> Int {
        let number = resources.count
        let standard = Set(JSONSchemaKeyword.table.map(\.vocabulary))
        resources.append(
            Resource(uri: uri, place: place, vocabularies: outer.map { resources[$0].vocabularies } ?? standard))
        resourceByURI[uri.description] = number
        if let declared = schema["$schema"]?.string {
            resources[number].vocabularies = vocabularies(of: declared, at: place.step("$schema"))
        }
        return number
    }

    /// The vocabularies that the metaschema of a URI asks for.
    private mutating func vocabularies(of uri: String, at place: Place) -> Set<JSONSchemaKeyword.Vocabulary> {
        let standard = Set(JSONSchemaKeyword.table.map(\.vocabulary))
        let uri = URIReference(uri).withoutFragment.description
        guard uri != JSONSchemaKeyword.draft else { return standard }
        guard let metaschema = JSONSchemaKeyword.documents[uri] ?? load(uri) else {
            fault(
                "'\(uri)' is another language; schemas are read as draft 2020-12, '\(JSONSchemaKeyword.draft)'",
                at: place)
            return standard
        }
        guard let declared = metaschema["$vocabulary"]?.map else { return standard }
        var vocabularies: Set<JSONSchemaKeyword.Vocabulary> = [.core]
        for (key, isNeeded) in declared {
            if let known = JSONSchemaKeyword.Vocabulary.allCases.first(where: { $0.uri == key.text }) {
                vocabularies.insert(known)
            } else if isNeeded == true {
                fault("'\(uri)' needs the vocabulary '\(key.text ?? "")', which is not known here", at: place)
            }
        }
        return vocabularies
    }

    /// Gives the schema at a place its number, and all schemas in it theirs.
    mutating func find(_ schema: Value, at place: Place, in outer: Int) -> Int {
        if let known = numberByPlace[place] { return known }
        let number = found.count
        numberByPlace[place] = number
        found.append(Found(place: place, value: schema, resource: outer))
        guard place.steps.count < JSON.depthLimit else { return number }
        guard let map = schema.map else {
            if schema.bool == nil { fault("expected a schema, which is an object, true or false", at: place) }
            return number
        }
        var resource = outer
        if let id = map["$id"]?.string, URIReference(id).fragment ?? "" == "" {
            let uri = resources[outer].uri.resolving(id).withoutFragment
            if resources[outer].place == place {
                resources[outer].uri = uri
                resourceByURI[uri.description] = outer
            } else {
                resource = addResource(uri, at: place, like: outer, schema)
            }
        }
        found[number].resource = resource
        if let name = map["$anchor"]?.string { resources[resource].anchors[name] = number }
        if let name = map["$dynamicAnchor"]?.string { resources[resource].dynamicAnchors[name] = number }
        for (key, value) in map {
            guard let name = key.text, let shape = shape(of: name, in: resource) else { continue }
            if let message = shape.fault(of: value) {
                fault(message, at: place.step(name))
                continue
            }
            findInner(value, shape, at: place.step(name), in: resource)
        }
        return number
    }

    /// What a keyword takes, or nil for a word that is none in this resource.
    func shape(of keyword: String, in resource: Int) -> JSONSchemaKeyword.Shape? {
        guard let known = JSONSchemaKeyword.all[keyword] else { return nil }
        return resources[resource].vocabularies.contains(known.vocabulary) ? known.shape : nil
    }

    private mutating func findInner(
        _ value: Value, _ shape: JSONSchemaKeyword.Shape, at place: Place, in resource: Int
    ) {
        switch shape {
        case .schema: _ = find(value, at: place, in: resource)
        case .schemas:
            for (index, item) in (value.list ?? []).enumerated() {
                _ = find(item, at: place.step(String(index)), in: resource)
            }
        case .schemasByName:
            for (key, item) in value.map ?? ValueMap() {
                _ = find(item, at: place.step(key.text ?? ""), in: resource)
            }
        default: break
        }
    }
}

// MARK: Following references

extension JSONSchemaCompiler {
    struct Target {
        var node: Int
        /// The name, where a dynamic anchor was meant.
        var dynamicName: String?
    }

    /// The schema that a reference means, or nil after telling why there is none.
    mutating func resolve(_ reference: String, from resource: Int, at place: Place) -> Target? {
        let uri = resources[resource].uri.resolving(reference)
        guard let target = self.resource(of: uri.withoutFragment) else {
            fault("nothing is found at '\(uri.withoutFragment)'", at: place)
            return nil
        }
        guard let fragment = (uri.fragment ?? "").percentDecoded else {
            fault("'\(reference)' has a percent sign that stands for nothing", at: place)
            return nil
        }
        if fragment.isEmpty { return numberByPlace[resources[target].place].map { Target(node: $0) } }
        if fragment.hasPrefix("/") {
            if let node = schema(at: fragment, in: target) { return Target(node: node) }
        } else if let node = resources[target].dynamicAnchors[fragment] {
            return Target(node: node, dynamicName: fragment)
        } else if let node = resources[target].anchors[fragment] {
            return Target(node: node)
        }
        fault("'\(reference)' leads to no schema", at: place)
        return nil
    }

    private mutating func resource(of uri: URIReference) -> Int? {
        let text = uri.description
        if let known = resourceByURI[text] { return known }
        guard let document = JSONSchemaKeyword.documents[text] ?? load(text) else { return nil }
        _ = add(document, at: uri)
        return resourceByURI[text]
    }

    /// The schema that a JSON pointer leads to; it may stand where no keyword of the draft would have it.
    private mutating func schema(at pointer: String, in resource: Int) -> Int? {
        var place = resources[resource].place
        var inner = resource
        guard let start = value(at: place) else { return nil }
        var value = start
        for token in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let name = Self.unescaped(token)
            place = place.step(name)
            if let field = value.map?[name] {
                value = field
            } else if let items = value.list, let index = Int(name), items.indices.contains(index) {
                value = items[index]
            } else {
                return nil
            }
            if let known = numberByPlace[place] { inner = found[known].resource }
        }
        guard value.map != nil || value.bool != nil else { return nil }
        return find(value, at: place, in: inner)
    }

    private func value(at place: Place) -> Value? {
        place.steps.reduce(documents[place.document]) { value, step in
            value?.map?[step.text]
                ?? Int(step.text).flatMap { index in
                    value?.list.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                }
        }
    }

    /// `~1` stands for `/` and `~0` for `~`.
    private static func unescaped(_ token: Substring) -> String {
        var name = ""
        var rest = token.unicodeScalars
        while let scalar = rest.popFirst() {
            if scalar == "~", let next = rest.first, next == "0" || next == "1" {
                name.unicodeScalars.append(next == "0" ? "~" : "/")
                rest.removeFirst()
            } else {
                name.unicodeScalars.append(scalar)
            }
        }
        return name
    }
}
