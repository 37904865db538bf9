#ifndef MODEL_SERVER_ANSWER_H
#define MODEL_SERVER_ANSWER_H

#include "json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Bytes that grow.
typedef struct {
    char *bytes;
    size_t length, capacity;
} buffer;

void put(buffer *to, const char *bytes, size_t length);
void put_text(buffer *to, const char *text);
void put_format(buffer *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// As the inside of a JSON string.
void put_escaped(buffer *to, const char *bytes, size_t length);

uint64_t hash_bytes(uint64_t seed, const char *bytes, size_t length);
uint64_t mixed(uint64_t number);

/// An answer that fits the schema and depends on the hash alone.
void put_answer(buffer *to, const json *schema, uint64_t hash, size_t text_length);
/// Plain words, about so many bytes of them, and never more.
void put_words(buffer *to, uint64_t hash, size_t length);

#endif
