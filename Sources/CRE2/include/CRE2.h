#ifndef CRE2_H
#define CRE2_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled pattern. Safe to use from several threads at once.
typedef struct cre2_pattern cre2_pattern;

/// Compiles a pattern of RE2's syntax over UTF-8. Never NULL: a pattern that does not compile has an error.
cre2_pattern *cre2_new(const char *text, size_t length, long max_memory);
void cre2_delete(cre2_pattern *pattern);

/// Why the pattern did not compile, or NULL. Lives as long as the pattern.
const char *cre2_error(const cre2_pattern *pattern);
/// How many groups the pattern has, the whole match not counted.
int cre2_group_count(const cre2_pattern *pattern);

/// Looks for the pattern in text[start...]; `^` still means the start of the whole text. On success the first
/// `count` groups, the whole match first, are written as offsets; a group that took no part has both at -1.
bool cre2_find(const cre2_pattern *pattern, const char *text, size_t length, size_t start, ptrdiff_t *offsets,
               int count);

#ifdef __cplusplus
}
#endif

#endif
