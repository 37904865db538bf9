// The one file that reads RE2's C++ headers.
#include "CRE2.h"

#include <re2/re2.h>
#include <vector>

struct cre2_pattern {
    RE2 re;
    cre2_pattern(re2::StringPiece text, const RE2::Options &options) : re(text, options) {}
};

extern "C" cre2_pattern *cre2_new(const char *text, size_t length, long max_memory) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(max_memory);
    return new cre2_pattern(re2::StringPiece(text == nullptr ? "" : text, length), options);
}

extern "C" void cre2_delete(cre2_pattern *pattern) { delete pattern; }

extern "C" const char *cre2_error(const cre2_pattern *pattern) {
    return pattern->re.ok() ? nullptr : pattern->re.error().c_str();
}

extern "C" int cre2_group_count(const cre2_pattern *pattern) { return pattern->re.NumberOfCapturingGroups(); }

extern "C" bool cre2_find(const cre2_pattern *pattern, const char *text, size_t length, size_t start,
                          ptrdiff_t *offsets, int count) {
    if (text == nullptr) text = "";
    std::vector<re2::StringPiece> groups(count);
    if (!pattern->re.Match(re2::StringPiece(text, length), start, length, RE2::UNANCHORED, groups.data(), count))
        return false;
    for (int i = 0; i < count; i++) {
        bool took_part = groups[i].data() != nullptr;
        offsets[2 * i] = took_part ? groups[i].data() - text : -1;
        offsets[2 * i + 1] = took_part ? offsets[2 * i] + static_cast<ptrdiff_t>(groups[i].size()) : -1;
    }
    return true;
}
