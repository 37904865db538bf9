#include "json.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 64

static json *nodes;
static size_t used, capacity;
static const char *at, *end;

static void spaces(void) {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) at++;
}

static bool string(const char **text, size_t *length) {
    if (at >= end || *at != '"') return false;
    *text = ++at;
    while (at < end && *at != '"') at += *at == '\\' ? 2 : 1;
    if (at >= end) return false;
    *length = (size_t)(at++ - *text);
    return true;
}

static bool word(const char *text) {
    size_t length = strlen(text);
    if ((size_t)(end - at) < length || memcmp(at, text, length) != 0) return false;
    at += length;
    return true;
}

static json *value(int depth) {
    if (depth > MAX_DEPTH || used == capacity) return NULL;
    json *node = &nodes[used++];
    *node = (json){0};
    spaces();
    if (at >= end) return NULL;
    node->text = at;
    if (*at == '{' || *at == '[') {
        bool object = *at++ == '{';
        char close = object ? '}' : ']';
        node->kind = object ? JSON_OBJECT : JSON_ARRAY;
        json **last = &node->child;
        spaces();
        while (at < end && *at != close) {
            const char *key = NULL;
            size_t key_length = 0;
            if (object) {
                if (!string(&key, &key_length)) return NULL;
                spaces();
                if (at >= end || *at++ != ':') return NULL;
            }
            json *child = value(depth + 1);
            if (!child) return NULL;
            child->key = key;
            child->key_length = key_length;
            *last = child;
            last = &child->next;
            spaces();
            if (at < end && *at == ',') {
                at++;
                spaces();
            } else if (at >= end || *at != close) {
                return NULL;
            }
        }
        if (at >= end) return NULL;
        at++;
        node->length = (size_t)(at - node->text);
        return node;
    }
    if (*at == '"') {
        node->kind = JSON_STRING;
        return string(&node->text, &node->length) ? node : NULL;
    }
    if (word("null")) node->kind = JSON_NULL;
    else if (word("true")) node->kind = JSON_TRUE;
    else if (word("false")) node->kind = JSON_FALSE;
    else {
        node->kind = JSON_NUMBER;
        while (at < end && ((*at >= '0' && *at <= '9') || strchr("+-.eE", *at))) at++;
        if (at == node->text) return NULL;
    }
    node->length = (size_t)(at - node->text);
    return node;
}

json *json_parse(const char *text, size_t length) {
    // A value takes at least two bytes of text with its comma, so the nodes never move while they are made.
    size_t needed = length / 2 + 2;
    if (needed > capacity) {
        json *more = realloc(nodes, needed * sizeof(json));
        if (!more) return NULL;
        nodes = more;
        capacity = needed;
    }
    used = 0;
    at = text;
    end = text + length;
    json *root = value(0);
    spaces();
    return root && at == end ? root : NULL;
}

json *json_field(const json *object, const char *name) {
    if (!object || object->kind != JSON_OBJECT) return NULL;
    size_t length = strlen(name);
    for (json *child = object->child; child; child = child->next)
        if (child->key_length == length && memcmp(child->key, name, length) == 0) return child;
    return NULL;
}

bool json_is(const json *string, const char *text) {
    return string && string->kind == JSON_STRING && string->length == strlen(text)
        && memcmp(string->text, text, string->length) == 0;
}

double json_number(const json *value, double fallback) {
    return value && value->kind == JSON_NUMBER ? strtod(value->text, NULL) : fallback;
}
