import Schemas
import Testing
import Values

@Suite struct AnswerSchemaTests {
    private let facts: Notation = [
        "summary": "string", "people": ["list of": "string <= 40", "at most": "12"], "dates": ["date"],
        "kind": ["one of": ["report", "other"], "or": "null"], "total": "number or null", "seen": "timestamp",
        "pages": "integer", "urgent": "boolean",
    ]

    @Test func `a model is sent every field as required, in the recipe's order, and every bound`() throws {
        #expect(
            JSON.prettyText(of: try AnswerType(reading: facts).jsonSchema) == """
                {
                  "type": "object",
                  "properties": {
                    "summary": {
                      "type": "string",
                      "maxLength": 1500
                    },
                    "people": {
                      "type": "array",
                      "items": {
                        "type": "string",
                        "maxLength": 40
                      },
                      "maxItems": 12
                    },
                    "dates": {
                      "type": "array",
                      "items": {
                        "type": "string",
                        "format": "date"
                      },
                      "maxItems": 50
                    },
                    "kind": {
                      "anyOf": [
                        {
                          "type": "string",
                          "enum": ["report", "other"]
                        },
                        {
                          "type": "null"
                        }
                      ]
                    },
                    "total": {
                      "anyOf": [
                        {
                          "type": "number"
                        },
                        {
                          "type": "null"
                        }
                      ]
                    },
                    "seen": {
                      "type": "string",
                      "format": "date-time"
                    },
                    "pages": {
                      "type": "integer"
                    },
                    "urgent": {
                      "type": "boolean"
                    }
                  },
                  "required": ["summary", "people", "dates", "kind", "total", "seen", "pages", "urgent"],
                  "additionalProperties": false
                }
                """)
    }

    @Test func `where an enforcer cannot take a bound it stands in the description`() throws {
        let type = try AnswerType(reading: [
            "text": "string <= 2000", "tags": ["list of": "string <= 9", "at most": "3"],
        ])
        #expect(
            type.jsonSchema(for: .grammar)["properties"] == [
                "text": ["type": "string", "description": "at most 2000 characters"],
                "tags": ["type": "array", "items": ["type": "string", "maxLength": 9], "maxItems": 3],
            ])
        #expect(
            type.jsonSchema(for: .strict)["properties"] == [
                "text": ["type": "string", "description": "at most 2000 characters"],
                "tags": [
                    "type": "array", "items": ["type": "string", "description": "at most 9 characters"],
                    "description": "at most 3 items",
                ],
            ])
    }

    @Test func `the bounds that were filled in are told with their place`() throws {
        let type = try AnswerType(reading: [
            "a": "string <= 5", "b": ["c": [["d": "string"]], "e": "integer"], "f": [["string"]], "g": "string or null",
        ])
        #expect(
            type.filledInBounds.map(\.description) == [
                "b.c: at most 50 items", "b.c[].d: at most 1500 characters", "f: at most 50 items",
                "f[]: at most 50 items", "f[][]: at most 1500 characters", "g: at most 1500 characters",
            ])
    }
}
