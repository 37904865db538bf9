#include "answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void put(buffer *to, const char *bytes, size_t length) {
    if (to->length + length + 1 > to->capacity) {
        size_t capacity = to->capacity ? to->capacity : 1024;
        while (capacity < to->length + length + 1) capacity *= 2;
        to->bytes = realloc(to->bytes, capacity);
        if (!to->bytes) abort();
        to->capacity = capacity;
    }
    if (length) memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
    to->bytes[to->length] = 0;
}

void put_text(buffer *to, const char *text) { put(to, text, strlen(text)); }

void put_format(buffer *to, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length > 0) put(to, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

void put_escaped(buffer *to, const char *bytes, size_t length) {
    size_t from = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
        put(to, bytes + from, i - from);
        if (byte < 0x20) put_format(to, "\\u%04x", byte);
        else put_format(to, "\\%c", byte);
        from = i + 1;
    }
    put(to, bytes + from, length - from);
}

uint64_t mixed(uint64_t number) {
    number ^= number >> 30;
    number *= 0xbf58476d1ce4e5b9u;
    number ^= number >> 27;
    number *= 0x94d049bb133111ebu;
    return number ^ number >> 31;
}

uint64_t hash_bytes(uint64_t seed, const char *bytes, size_t length) {
    uint64_t hash = seed ^ 0xcbf29ce484222325u;
    while (length >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = mixed(hash ^ word);
        bytes += 8;
        length -= 8;
    }
    uint64_t last = length;
    for (size_t i = 0; i < length; i++) last = last << 8 | (unsigned char)bytes[i];
    return mixed(hash ^ last);
}

static const char *const words[32] = {
    "harbour", "letter", "amount", "river", "notice", "window", "garden", "report", "summer", "council", "bridge",
    "ticket", "morning", "paper", "signal", "market", "valley", "engine", "winter", "record", "station", "orchard",
    "machine", "evening", "account", "lantern", "village", "journey", "meadow", "printer", "question", "harvest",
};

void put_words(buffer *to, uint64_t hash, size_t length) {
    size_t start = to->length;
    for (uint64_t i = 0; to->length - start < length; i++) {
        if (i % 12 == 0) hash = mixed(hash + i);
        if (i) put(to, " ", 1);
        put_text(to, words[hash >> (i % 12 * 5) & 31]);
    }
    to->length = start + length;
    to->bytes[to->length] = 0;
}

static const json *root;

static const json *resolved(const json *schema) {
    for (int hops = 0; hops < 8; hops++) {
        const json *reference = json_field(schema, "$ref");
        if (!reference || reference->length < 2) return schema;
        const char *at = reference->text + 1, *end = reference->text + reference->length;
        schema = root;
        while (at < end && *at == '/') {
            const char *next = memchr(at + 1, '/', (size_t)(end - at - 1));
            if (!next) next = end;
            char name[128];
            snprintf(name, sizeof name, "%.*s", (int)(next - at - 1), at + 1);
            schema = json_field(schema, name);
            at = next;
        }
    }
    return schema;
}

static void put_date(buffer *to, uint64_t hash) {
    put_format(to, "20%02d-%02d-%02d", (int)(hash % 30), (int)(hash >> 8 & 0xff) % 12 + 1, (int)(hash >> 16 & 0xff) % 28 + 1);
}

static const json *child_at(const json *list, uint64_t index) {
    size_t count = 0;
    for (const json *child = list->child; child; child = child->next) count++;
    if (!count) return NULL;
    const json *child = list->child;
    for (index %= count; index; index--) child = child->next;
    return child;
}

/// A value as it stands in the schema.
static void put_copy(buffer *to, const json *value) {
    bool quoted = value->kind == JSON_STRING;
    put(to, value->text - quoted, value->length + 2 * quoted);
}

static void put_value(buffer *to, const json *schema, uint64_t hash, size_t text_length, int depth) {
    schema = resolved(schema);
    hash = mixed(hash + 0x9e3779b97f4a7c15u);
    const json *part;
    if (!schema || schema->kind != JSON_OBJECT || depth > 24) {
        put_text(to, "null");
        return;
    }
    if ((part = json_field(schema, "const"))) {
        put_copy(to, part);
        return;
    }
    if ((part = json_field(schema, "enum")) && (part = child_at(part, hash))) {
        put_copy(to, part);
        return;
    }
    if ((part = json_field(schema, "anyOf")) || (part = json_field(schema, "oneOf"))) {
        put_value(to, child_at(part, hash), hash, text_length, depth + 1);
        return;
    }
    const json *type = json_field(schema, "type");
    if (type && type->kind == JSON_ARRAY) type = child_at(type, hash);
    if (json_is(type, "object") || (!type && json_field(schema, "properties"))) {
        put_text(to, "{");
        const json *properties = json_field(schema, "properties");
        uint64_t index = 0;
        for (const json *property = properties ? properties->child : NULL; property; property = property->next) {
            if (index++) put_text(to, ",");
            put_text(to, "\"");
            put(to, property->key, property->key_length);
            put_text(to, "\":");
            put_value(to, property, hash + index, text_length, depth + 1);
        }
        put_text(to, "}");
    } else if (json_is(type, "array")) {
        double least = json_number(json_field(schema, "minItems"), 0), most = json_number(json_field(schema, "maxItems"), 3);
        double count = 1 + (double)(hash % 3);
        if (count > most) count = most;
        if (count < least) count = least;
        put_text(to, "[");
        for (int i = 0; i < count; i++) {
            if (i) put_text(to, ",");
            put_value(to, json_field(schema, "items"), hash + (uint64_t)i, text_length, depth + 1);
        }
        put_text(to, "]");
    } else if (json_is(type, "integer") || json_is(type, "number")) {
        double least = json_number(json_field(schema, "minimum"), 0);
        double most = json_number(json_field(schema, "maximum"), least + 1000);
        put_format(to, "%.0f", least + (double)(hash % (uint64_t)(most > least ? most - least + 1 : 1)));
    } else if (json_is(type, "boolean")) {
        put_text(to, hash & 1 ? "true" : "false");
    } else if (json_is(type, "null")) {
        put_text(to, "null");
    } else {
        const json *format = json_field(schema, "format"), *pattern = json_field(schema, "pattern");
        put_text(to, "\"");
        if (json_is(format, "date-time")) {
            put_date(to, hash);
            put_text(to, "T12:00:00Z");
        } else if (json_is(format, "date") || pattern) {
            put_date(to, hash);
        } else {
            double most = json_number(json_field(schema, "maxLength"), (double)text_length);
            double least = json_number(json_field(schema, "minLength"), 0);
            double length = most < (double)text_length ? most : (double)text_length;
            put_words(to, hash, (size_t)(length < least ? least : length));
        }
        put_text(to, "\"");
    }
}

void put_answer(buffer *to, const json *schema, uint64_t hash, size_t text_length) {
    root = schema;
    put_value(to, schema, hash, text_length, 0);
}
