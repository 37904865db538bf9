#ifndef MODEL_SERVER_JSON_H
#define MODEL_SERVER_JSON_H

#include <stdbool.h>
#include <stddef.h>

/// A JSON value that points into the text it was parsed from. Strings stay as they are written, escapes and all.
typedef struct json {
    enum { JSON_NULL, JSON_TRUE, JSON_FALSE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } kind;
    const char *key, *text;
    size_t key_length, length;
    struct json *child, *next;
} json;

/// Parses one text; what an earlier call gave is no longer valid. NULL if it is not JSON.
json *json_parse(const char *text, size_t length);

json *json_field(const json *object, const char *name);
bool json_is(const json *string, const char *text);
double json_number(const json *value, double fallback);

#endif
