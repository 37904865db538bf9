// model-server: a stand-in for a model's HTTP API, for tests and benchmarks.
//
// Speaks OpenAI's chat completions and Anthropic's messages over HTTP/1.1 with keep-alive. An answer depends on the prompt
// alone and fits the schema that was sent, so two runs over the same prompts can be compared byte for byte. It misbehaves
// on order: by share (--fault 429=5) or where a prompt says so ("[fault 503 x2]"). See usage() for the options and
// README.md for what the endpoints tell.

#define _GNU_SOURCE

#include "answer.h"
#include "events.h"
#include "json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// MARK: Options

typedef enum { NONE, STATUS, HANG, DROP, TRUNCATE, MALFORMED, SLOW, CUT_OFF, REFUSE, EMPTY, NOT_JSON, TOO_LONG, NO_FORMAT, ECHO_KEY, HOLD } fault_kind;

typedef struct {
    fault_kind kind;
    int status;
    /// Of 10,000 requests; for faults by share.
    int share;
} fault;

static struct {
    int port;
    double delay;
    /// How many calls are answered before the others are held; all if negative.
    long free_calls;
    int slots;
    size_t text_length;
    const char *key;
    int context;
    double bucket_rate, bucket_burst;
    const char *retry_after;
    double slow_interval;
    uint64_t seed;
    bool stdin_guard, close_each;
    // As a model's process, for tests of whoever starts it:
    bool mute, fail_start, ignore_term;
    int exit_after;
    const char *reject, *die_on;
    double start_delay;
    fault faults[16];
    int fault_count;
} options = {.free_calls = -1, .slots = 0, .text_length = 60, .retry_after = NULL, .slow_interval = 1};

static const char usage_text[] =
    "usage: model-server [options]\n"
    "  --port N             0 (the default) finds a free one, told on standard error\n"
    "  --delay MS           how long an answer takes\n"
    "  --hold N             answers N calls and holds all others until SIGUSR1 comes; from then on nobody is held\n"
    "  --slots N            answers at once; further requests queue (0: no limit)\n"
    "  --text N             length of an unbounded string in an answer (60)\n"
    "  --fault KIND=PERCENT repeatable; KIND is a status (429), hang, drop, truncate, malformed, slow, cutoff, refuse, empty, notjson\n"
    "  --retry-after TEXT   sent with every 429\n"
    "  --slow MS            between two bytes of a slow answer (1000)\n"
    "  --seed N             for the faults\n"
    "  --key TEXT           requests without it get 401\n"
    "  --context N          tokens a prompt may have (4 bytes each)\n"
    "  --bucket RATE,BURST  requests a second; those past it get 429\n"
    "  --close              keeps no connection open\n"
    "  --stdin-guard        ends when standard input closes\n"
    "  --mute, --fail-start, --ignore-term, --exit-after N, --die-on TEXT (in a request), --start-delay MS, --reject OPTION:\n"
    "                       a process that misbehaves\n"
    "The options of llama-server that Linecook uses are taken too; those without a meaning here are ignored.\n";

static void usage(const char *problem) {
    fprintf(stderr, "model-server: %s\n%s", problem, usage_text);
    exit(64);
}

static bool read_fault(const char *text, size_t length, fault *into) {
    static const struct { const char *name; fault_kind kind; } names[] = {
        {"hang", HANG}, {"drop", DROP}, {"truncate", TRUNCATE}, {"malformed", MALFORMED}, {"slow", SLOW},
        {"cutoff", CUT_OFF}, {"refuse", REFUSE}, {"empty", EMPTY}, {"notjson", NOT_JSON}, {"toolong", TOO_LONG},
        {"noformat", NO_FORMAT}, {"echokey", ECHO_KEY}, {"hold", HOLD},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i].name) == length && memcmp(text, names[i].name, length) == 0) {
            into->kind = names[i].kind;
            return true;
        }
    }
    into->kind = STATUS;
    into->status = atoi(text);
    return into->status >= 300 && into->status < 600;
}

static void read_options(int count, char **arguments) {
    int context = 0, parallel = 1;
    options.key = getenv("LLAMA_API_KEY");
    for (int i = 1; i < count; i++) {
        const char *name = arguments[i];
        if (!strcmp(name, "--stdin-guard")) { options.stdin_guard = true; continue; }
        if (!strcmp(name, "--close")) { options.close_each = true; continue; }
        if (!strcmp(name, "--mute")) { options.mute = true; continue; }
        if (!strcmp(name, "--fail-start")) { options.fail_start = true; continue; }
        if (!strcmp(name, "--ignore-term")) { options.ignore_term = true; continue; }
        if (options.reject && !strcmp(name, options.reject)) {
            fprintf(stderr, "error: invalid argument: %s\n", name);
            exit(1);
        }
        if (!strcmp(name, "--no-webui") || !strcmp(name, "--no-slots") || !strcmp(name, "--offline")) continue;
        if (i + 1 == count) usage(name);
        const char *value = arguments[++i];
        if (!strcmp(name, "--port")) options.port = atoi(value);
        else if (!strcmp(name, "--delay")) options.delay = atof(value) / 1000;
        else if (!strcmp(name, "--hold")) options.free_calls = atol(value);
        else if (!strcmp(name, "--slots")) options.slots = atoi(value);
        else if (!strcmp(name, "--text")) options.text_length = (size_t)atoi(value);
        else if (!strcmp(name, "--key") || !strcmp(name, "--api-key")) options.key = value;
        else if (!strcmp(name, "--context")) options.context = atoi(value);
        else if (!strcmp(name, "--retry-after")) options.retry_after = value;
        else if (!strcmp(name, "--slow")) options.slow_interval = atof(value) / 1000;
        else if (!strcmp(name, "--seed")) options.seed = strtoull(value, NULL, 10);
        else if (!strcmp(name, "-c")) context = atoi(value);
        else if (!strcmp(name, "--parallel")) parallel = atoi(value);
        else if (!strcmp(name, "--reject")) options.reject = value;
        else if (!strcmp(name, "--die-on")) options.die_on = value;
        else if (!strcmp(name, "--exit-after")) options.exit_after = atoi(value);
        else if (!strcmp(name, "--start-delay")) options.start_delay = atof(value) / 1000;
        else if (!strcmp(name, "--bucket")) {
            if (sscanf(value, "%lf,%lf", &options.bucket_rate, &options.bucket_burst) != 2) usage("--bucket RATE,BURST");
        } else if (!strcmp(name, "--fault")) {
            const char *equals = strchr(value, '=');
            if (!equals || options.fault_count == 16) usage("--fault KIND=PERCENT");
            fault *next = &options.faults[options.fault_count++];
            if (!read_fault(value, (size_t)(equals - value), next)) usage(value);
            next->share = (int)(atof(equals + 1) * 100);
        } else if (name[0] != '-') usage(name);
        // Anything else is an option of llama-server with its value.
    }
    if (context && !options.context) options.context = context / (parallel > 0 ? parallel : 1);
}

// MARK: What was seen

typedef struct {
    uint64_t hash;
    uint32_t seen, answered;
} prompt;

typedef struct {
    prompt *prompts;
    size_t capacity, count;
} prompt_table;

/// By all the texts that the model would read.
static prompt_table asked_prompts;
/// By what stands up to the first order of a fault: the same when a question is asked again with what was wrong.
static prompt_table orders;

/// Never moves within one request: look the prompt up once.
static prompt *prompt_with(uint64_t hash, prompt_table *table) {
    if (table->count * 2 >= table->capacity) {
        size_t old_capacity = table->capacity;
        prompt *old = table->prompts;
        table->capacity = old_capacity ? old_capacity * 2 : 1024;
        table->prompts = calloc(table->capacity, sizeof(prompt));
        if (!table->prompts) abort();
        for (size_t i = 0; i < old_capacity; i++) {
            if (!old[i].seen) continue;
            size_t at = old[i].hash & (table->capacity - 1);
            while (table->prompts[at].seen) at = (at + 1) & (table->capacity - 1);
            table->prompts[at] = old[i];
        }
        free(old);
    }
    prompt *prompts = table->prompts;
    size_t at = hash & (table->capacity - 1);
    while (prompts[at].seen && prompts[at].hash != hash) at = (at + 1) & (table->capacity - 1);
    if (!prompts[at].seen) table->count++;
    prompts[at].hash = hash;
    return &prompts[at];
}

static struct {
    uint64_t requests, answered, faulty, connections;
    int open, peak_open, in_service, peak_in_service;
    // What it would ask money for: every answer made, also one that did not come through.
    uint64_t tokens_in, tokens_out;
    uint64_t past_bucket;
    // The most requests that came within 60 s.
    size_t busiest_minute;
} stats;

// MARK: Connections

typedef enum { READING, QUEUED, SERVED, WRITING, TRICKLING, HANGING } state;

typedef struct connection {
    int fd;
    state state;
    char *in;
    size_t in_length, in_capacity, head_length, body_length;
    buffer out;
    size_t sent;
    bool close_after, dead, holds_slot, wants_write, truncated, held;
    prompt *unused;
    uint64_t hash;
    double due;
    size_t heap_index;
    struct connection *next;
} connection;

static int listener;
static connection *queue_first, *queue_last;

// A heap of connections by when they are due.
static connection **heap;
static size_t heap_count, heap_capacity;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void note_arrival(void) {
    static double *arrivals;
    static size_t count, capacity, first;
    if (count == capacity) {
        capacity = capacity ? capacity * 2 : 4096;
        arrivals = realloc(arrivals, capacity * sizeof *arrivals);
        if (!arrivals) abort();
    }
    arrivals[count++] = now();
    while (arrivals[first] < arrivals[count - 1] - 60) first++;
    if (count - first > stats.busiest_minute) stats.busiest_minute = count - first;
}

static void heap_set(size_t at, connection *it) {
    heap[at] = it;
    it->heap_index = at;
}

static void heap_sift(size_t at) {
    connection *it = heap[at];
    while (at && heap[(at - 1) / 2]->due > it->due) {
        heap_set(at, heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap_count) break;
        if (child + 1 < heap_count && heap[child + 1]->due < heap[child]->due) child++;
        if (heap[child]->due >= it->due) break;
        heap_set(at, heap[child]);
        at = child;
    }
    heap_set(at, it);
}

static void heap_add(connection *it, double due) {
    if (heap_count == heap_capacity) {
        heap_capacity = heap_capacity ? heap_capacity * 2 : 256;
        heap = realloc(heap, heap_capacity * sizeof *heap);
        if (!heap) abort();
    }
    it->due = due;
    heap[heap_count] = it;
    it->heap_index = heap_count;
    heap_sift(heap_count++);
}

static void heap_remove(connection *it) {
    size_t at = it->heap_index;
    connection *last = heap[--heap_count];
    if (last != it) {
        heap_set(at, last);
        heap_sift(at);
    }
}

static void serve(connection *it);

static void leave_slot(connection *it) {
    if (!it->holds_slot) return;
    it->holds_slot = false;
    stats.in_service--;
    while (queue_first) {
        connection *next = queue_first;
        queue_first = next->next;
        if (!queue_first) queue_last = NULL;
        if (next->dead) {
            free(next->in);
            free(next->out.bytes);
            free(next);
            continue;
        }
        serve(next);
        break;
    }
}

static void drop(connection *it) {
    if (it->state == SERVED || it->state == TRICKLING) heap_remove(it);
    bool queued = it->state == QUEUED;
    events_remove(it->fd, it);
    close(it->fd);
    stats.open--;
    it->dead = true;
    leave_slot(it);
    if (queued) return;  // whoever takes it from the queue frees it
    free(it->in);
    free(it->out.bytes);
    free(it);
}

static void read_requests(connection *it);

/// False if the connection is gone.
static bool write_out(connection *it) {
    size_t limit = it->state == TRICKLING ? it->sent + 1 : it->out.length;
    while (it->sent < limit) {
        ssize_t count = write(it->fd, it->out.bytes + it->sent, limit - it->sent);
        if (count > 0) it->sent += (size_t)count;
        else if (count < 0 && errno == EINTR) continue;
        else if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (it->state == WRITING && !it->wants_write) {
                it->wants_write = true;
                events_change(it->fd, it, true);
            }
            return true;
        } else {
            drop(it);
            return false;
        }
    }
    if (it->sent < it->out.length) return true;
    if (it->state == TRICKLING) heap_remove(it);
    if (it->close_after) {
        it->state = READING;
        drop(it);
        return false;
    }
    if (it->wants_write) events_change(it->fd, it, false);
    it->wants_write = false;
    it->out.length = it->sent = 0;
    it->state = READING;
    size_t used = it->head_length + it->body_length;
    memmove(it->in, it->in + used, it->in_length - used);
    it->in_length -= used;
    it->head_length = it->body_length = 0;
    return true;
}

static void send_now(connection *it) {
    it->state = WRITING;
    if (write_out(it) && it->state == READING && it->in_length) read_requests(it);
}

static void serve(connection *it) {
    it->holds_slot = true;
    if (++stats.in_service > stats.peak_in_service) stats.peak_in_service = stats.in_service;
    it->state = SERVED;
    heap_add(it, it->held ? INFINITY : now() + options.delay);
}

// MARK: Held calls

/// Set by SIGUSR1.
static volatile sig_atomic_t released;

static void release(int signal) {
    (void)signal;
    released = 1;
}

static bool is_held(bool on_order) {
    if (released) return false;
    if (on_order || options.free_calls == 0) return true;
    if (options.free_calls > 0) options.free_calls--;
    return false;
}

/// Whoever is held is answered as if the call had just come.
static void let_go(void) {
    static bool done;
    if (!released || done) return;
    done = true;
    // What comes down to a place that was passed is due earlier, so it was let go already.
    for (size_t at = 0; at < heap_count; at++) {
        if (!isinf(heap[at]->due)) continue;
        heap[at]->due = now() + options.delay;
        heap_sift(at);
    }
}

/// The delay is over.
static void finish(connection *it) {
    leave_slot(it);
    if (it->truncated) {
        it->out.length -= (it->out.length - it->sent) / 3;
        it->close_after = true;
    }
    send_now(it);
}

static void respond(connection *it, int status, const char *extra, const char *body, size_t length) {
    put_format(&it->out, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s%s\r\n", status,
        status == 200 ? "OK" : "Trouble", length, it->close_after ? "Connection: close\r\n" : "", extra);
    put(&it->out, body, length);
}

// MARK: The API of a model

static const char *header(const connection *it, const char *name, size_t *length) {
    size_t name_length = strlen(name);
    const char *line = it->in, *end = it->in + it->head_length;
    while ((line = memchr(line, '\n', (size_t)(end - line)))) {
        line++;
        if ((size_t)(end - line) <= name_length) return NULL;
        if (strncasecmp(line, name, name_length) == 0 && line[name_length] == ':') {
            line += name_length + 1;
            while (*line == ' ') line++;
            const char *close = memchr(line, '\r', (size_t)(end - line));
            *length = close ? (size_t)(close - line) : 0;
            return line;
        }
    }
    return NULL;
}

static bool knows_key(const connection *it) {
    if (!options.key) return true;
    size_t length = 0, key_length = strlen(options.key);
    const char *value = header(it, "authorization", &length);
    if (value && length > 7) {
        value += 7;
        length -= 7;
    } else {
        value = header(it, "x-api-key", &length);
    }
    return value && length == key_length && memcmp(value, options.key, length) == 0;
}

/// The hash and size of every text that the model would read.
static void add_texts(const json *value, uint64_t *hash, size_t *bytes) {
    if (value->kind == JSON_STRING) {
        *hash = hash_bytes(*hash, value->text, value->length);
        *bytes += value->length;
        return;
    }
    for (const json *child = value->child; child; child = child->next) {
        bool text = !child->key || (child->key_length == 7 && !memcmp(child->key, "content", 7))
            || (child->key_length == 4 && !memcmp(child->key, "text", 4));
        if (text) add_texts(child, hash, bytes);
    }
}

/// "[fault 429 x2]" in a prompt: the first two times it is asked, whatever is added to it behind the order.
static bool fault_in_prompt(const json *messages, fault *into) {
    uint32_t seen = 0;
    for (const char *at = messages->text, *end = at + messages->length; (at = memchr(at, '[', (size_t)(end - at))); at++) {
        if (end - at < 8 || memcmp(at, "[fault ", 7) != 0) continue;
        const char *name = at + 7, *close = memchr(name, ']', (size_t)(end - name));
        if (!close) return false;
        if (!seen) seen = ++prompt_with(hash_bytes(0, messages->text, (size_t)(close - messages->text)), &orders)->seen;
        const char *space = memchr(name, ' ', (size_t)(close - name));
        if (space && space[1] == 'x' && seen > (uint32_t)atoi(space + 2)) continue;
        if (read_fault(name, (size_t)((space ? space : close) - name), into)) return true;
    }
    return false;
}

static bool past_bucket(void) {
    static double tokens, last;
    if (options.bucket_rate <= 0) return false;
    double time = now();
    tokens = last ? tokens + (time - last) * options.bucket_rate : options.bucket_burst;
    if (tokens > options.bucket_burst) tokens = options.bucket_burst;
    last = time;
    if (tokens < 1) return true;
    tokens -= 1;
    return false;
}

static void respond_error(connection *it, int status, const char *type, const char *message) {
    static buffer body;
    body.length = 0;
    put_text(&body, "{\"type\":\"error\",\"error\":{\"message\":\"");
    put_escaped(&body, message, strlen(message));
    put_format(&body, "\",\"type\":\"%s\",\"code\":\"%s\"}}", type, type);
    char extra[160] = "";
    if (status == 429 && options.retry_after) snprintf(extra, sizeof extra, "Retry-After: %s\r\n", options.retry_after);
    respond(it, status, extra, body.bytes, body.length);
}

static void answer(connection *it, const json *request, bool anthropic, fault fault, uint64_t hash, size_t prompt_bytes) {
    static buffer text, body;
    text.length = body.length = 0;
    const json *tool = json_field(request, "tools");
    tool = tool ? tool->child : NULL;
    const json *format = json_field(request, "response_format");
    const json *schema = anthropic ? json_field(tool, "input_schema") : json_field(json_field(format, "json_schema"), "schema");
    const char *finish = anthropic ? (tool ? "tool_use" : "end_turn") : "stop";
    if (schema) put_answer(&text, schema, hash, options.text_length);
    else if (json_is(json_field(format, "type"), "json_object")) put_text(&text, "{\"text\":\"an object of no schema\"}");
    else put_words(&text, hash, options.text_length);

    double limit = json_number(json_field(request, "max_tokens"), json_number(json_field(request, "max_completion_tokens"), 1e9));
    size_t tokens = text.length / 4 + 1;
    if ((double)tokens > limit || fault.kind == CUT_OFF) {
        text.length = (double)tokens > limit ? (size_t)limit * 4 : text.length / 2;
        tokens = text.length / 4 + 1;
        finish = anthropic ? "max_tokens" : "length";
        if (anthropic) tool = NULL;
    }
    if (fault.kind == EMPTY) text.length = 0;
    if (fault.kind == NOT_JSON) {
        text.length = 0;
        put_text(&text, "Sure! Here is what you asked for.");
        tool = NULL;
    }
    if (fault.kind == REFUSE) {
        text.length = 0;
        put_text(&text, "I can not help with that.");
        finish = anthropic ? "refusal" : "content_filter";
        tool = NULL;
    }

    if (anthropic) {
        put_text(&body, "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"test\",\"content\":[");
        if (tool && text.length) {
            put_text(&body, "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"");
            const json *name = json_field(tool, "name");
            if (name) put(&body, name->text, name->length);
            put_text(&body, "\",\"input\":");
            put(&body, text.bytes, text.length);
            put_text(&body, "}");
        } else if (text.length) {
            put_text(&body, "{\"type\":\"text\",\"text\":\"");
            put_escaped(&body, text.bytes, text.length);
            put_text(&body, "\"}");
        }
        put_format(&body, "],\"stop_reason\":\"%s\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":%zu,\"output_tokens\":%zu}}",
            finish, prompt_bytes / 4 + 1, tokens);
    } else {
        put_text(&body, "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"test\",\"choices\":[{"
            "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"");
        put_escaped(&body, text.bytes, text.length);
        put_format(&body, "\"},\"finish_reason\":\"%s\"}],\"usage\":{\"prompt_tokens\":%zu,\"completion_tokens\":%zu,\"total_tokens\":%zu}}",
            finish, prompt_bytes / 4 + 1, tokens, prompt_bytes / 4 + 1 + tokens);
    }
    stats.tokens_in += prompt_bytes / 4 + 1;
    stats.tokens_out += tokens;
    if (fault.kind == MALFORMED) memset(body.bytes + body.length / 2, '}', body.length / 4);
    respond(it, 200, "", body.bytes, body.length);
}

static void call(connection *it, bool anthropic) {
    stats.requests++;
    note_arrival();
    if (options.exit_after && stats.requests >= (uint64_t)options.exit_after) _exit(3);
    const char *body = it->in + it->head_length;
    if (options.die_on && memmem(body, it->body_length, options.die_on, strlen(options.die_on))) _exit(3);
    const json *request = json_parse(body, it->body_length);
    const json *messages = json_field(request, "messages");
    if (!messages) {
        respond_error(it, 400, "invalid_request_error", "no messages");
        send_now(it);
        return;
    }
    uint64_t hash = 0;
    size_t bytes = 0;
    const json *system = json_field(request, "system");
    if (system) add_texts(system, &hash, &bytes);
    add_texts(messages, &hash, &bytes);
    prompt *asked = prompt_with(hash, &asked_prompts);
    uint32_t seen = ++asked->seen;

    fault fault = {0};
    if (!fault_in_prompt(messages, &fault) && options.fault_count) {
        int draw = (int)(mixed(hash ^ mixed(options.seed + seen)) % 10000);
        for (int i = 0; i < options.fault_count && draw >= 0; i++) {
            if (draw < options.faults[i].share) fault = options.faults[i];
            draw -= options.faults[i].share;
        }
    }
    if (fault.kind == NO_FORMAT && !json_field(request, "response_format")) fault.kind = NONE;
    bool held_on_order = fault.kind == HOLD;
    if (held_on_order) fault.kind = NONE;
    if (fault.kind != NONE) stats.faulty++;

    if (!knows_key(it)) respond_error(it, 401, "authentication_error", "no such key");
    else if (past_bucket()) {
        stats.past_bucket++;
        respond_error(it, 429, "rate_limit_error", "too many requests");
    } else if (fault.kind == TOO_LONG || (options.context && bytes / 4 > (size_t)options.context)) {
        char message[120];
        snprintf(message, sizeof message, "the request exceeds the available context size: %zu tokens", bytes / 4);
        respond_error(it, 400, "context_length_exceeded", message);
    } else if (fault.kind == NO_FORMAT) respond_error(it, 400, "invalid_request_error", "response_format is not supported here");
    else if (fault.kind == ECHO_KEY) {
        size_t length = 0;
        const char *value = header(it, anthropic ? "x-api-key" : "authorization", &length);
        char message[300];
        snprintf(message, sizeof message, "Incorrect API key provided: %.*s.", (int)length, value ? value : "");
        respond_error(it, 401, "authentication_error", message);
    } else if (fault.kind == STATUS) {
        char message[60];
        snprintf(message, sizeof message, "injected %d", fault.status);
        respond_error(it, fault.status, "injected", message);
    } else if (fault.kind == HANG) {
        it->state = HANGING;
        return;
    } else if (fault.kind == DROP) {
        drop(it);
        return;
    } else {
        answer(it, request, anthropic, fault, hash, bytes);
        if (fault.kind == TRUNCATE) it->truncated = true;
        if (fault.kind == SLOW) {
            it->state = TRICKLING;
            it->close_after = true;
            heap_add(it, now());
            return;
        }
        if (fault.kind == NONE) {
            asked->answered++;
            stats.answered++;
        }
        it->held = is_held(held_on_order);
        if (options.slots && stats.in_service >= options.slots) {
            it->state = QUEUED;
            it->next = NULL;
            if (queue_last) queue_last->next = it;
            else queue_first = it;
            queue_last = it;
        } else if (options.delay > 0 || it->truncated || it->held) {
            serve(it);
        } else {
            send_now(it);
        }
        return;
    }
    send_now(it);
}

static void tell_stats(connection *it) {
    static buffer body;
    body.length = 0;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    uint64_t repeats = 0, repeated_answers = 0;
    for (size_t i = 0; i < asked_prompts.capacity; i++) {
        if (asked_prompts.prompts[i].seen > 1) repeats += asked_prompts.prompts[i].seen - 1;
        if (asked_prompts.prompts[i].answered > 1) repeated_answers += asked_prompts.prompts[i].answered - 1;
    }
    put_format(&body,
        "{\"requests\":%llu,\"answered\":%llu,\"faulty\":%llu,\"prompts\":%zu,\"repeats\":%llu,\"repeated_answers\":%llu,"
        "\"tokens_in\":%llu,\"tokens_out\":%llu,\"past_bucket\":%llu,\"busiest_minute\":%zu,"
        "\"connections\":%llu,\"open\":%d,\"peak_open\":%d,\"in_service\":%d,\"peak_in_service\":%d,\"cpu_microseconds\":%lld}",
        (unsigned long long)stats.requests, (unsigned long long)stats.answered, (unsigned long long)stats.faulty, asked_prompts.count,
        (unsigned long long)repeats, (unsigned long long)repeated_answers, (unsigned long long)stats.tokens_in,
        (unsigned long long)stats.tokens_out, (unsigned long long)stats.past_bucket, stats.busiest_minute,
        (unsigned long long)stats.connections, stats.open,
        stats.peak_open, stats.in_service, stats.peak_in_service,
        (long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    respond(it, 200, "", body.bytes, body.length);
    send_now(it);
}

static void tell_prompts(connection *it) {
    static buffer body;
    body.length = 0;
    put_text(&body, "{");
    for (size_t i = 0; i < asked_prompts.capacity; i++)
        if (asked_prompts.prompts[i].seen)
            put_format(&body, "%s\"%016llx\":%u", body.length > 1 ? "," : "", (unsigned long long)asked_prompts.prompts[i].hash, asked_prompts.prompts[i].seen);
    put_text(&body, "}");
    respond(it, 200, "", body.bytes, body.length);
    send_now(it);
}

// MARK: Pages

// A page of some 4 KB with the number that its path ends with, for the figures of 'fetch'.
static void tell_page(connection *it, const char *number, size_t length) {
    static buffer body;
    body.length = 0;
    put_format(&body, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Page %.*s</title>"
        "<style>p { margin: 0 }</style></head><body><nav><ul>", (int)length, number);
    for (int i = 0; i < 8; i++) put_format(&body, "<li><a href=\"/page/%d\" class=\"link\">Section %d</a></li>", i, i);
    put_format(&body, "</ul></nav><h1>Page %.*s</h1>", (int)length, number);
    for (int i = 0; body.length < 3800; i++)
        put_format(&body, "<div class=\"block\"><p>Paragraph %d tells of <b>harbours</b>, <em>orchards</em> &amp; "
            "winter mornings in the valley, as every paragraph does.</p></div>\n", i);
    put_text(&body, "<table><tr><td>Open</td><td>9&ndash;17</td></tr></table><script>var a = 1 < 2;</script></body></html>");
    put_format(&it->out, "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %zu\r\n\r\n",
        body.length);
    put(&it->out, body.bytes, body.length);
    send_now(it);
}

// MARK: HTTP

static bool path_ends(const char *path, size_t length, const char *end) {
    size_t end_length = strlen(end);
    return length >= end_length && memcmp(path + length - end_length, end, end_length) == 0;
}

static void handle(connection *it) {
    const char *path = memchr(it->in, ' ', it->head_length);
    const char *close = path ? memchr(path + 1, ' ', it->head_length - (size_t)(path + 1 - it->in)) : NULL;
    if (!close) {
        drop(it);
        return;
    }
    size_t length = (size_t)(close - ++path);
    it->truncated = it->held = false;
    if (options.close_each) it->close_after = true;
    size_t word_length = 0;
    const char *word = header(it, "connection", &word_length);
    if (word && word_length == 5 && strncasecmp(word, "close", 5) == 0) it->close_after = true;
    if (path_ends(path, length, "/chat/completions")) call(it, false);
    else if (path_ends(path, length, "/messages")) call(it, true);
    else if (path_ends(path, length, "/stats")) tell_stats(it);
    else if (path_ends(path, length, "/prompts")) tell_prompts(it);
    else if (length > 6 && memcmp(path, "/page/", 6) == 0) tell_page(it, path + 6, length - 6);
    else {
        const char *body = "{\"status\":\"ok\"}";
        if (path_ends(path, length, "/health")) respond(it, 200, "", body, strlen(body));
        else respond_error(it, 404, "not_found_error", "no such path");
        send_now(it);
    }
}

static void read_requests(connection *it) {
    for (;;) {
        if (it->state != READING && it->state != HANGING) return;
        if (it->state == READING && it->in_length) {
            if (!it->head_length) {
                char *close = memmem(it->in, it->in_length, "\r\n\r\n", 4);
                if (close) {
                    it->head_length = (size_t)(close - it->in) + 4;
                    size_t length = 0;
                    const char *value = header(it, "content-length", &length);
                    it->body_length = value ? strtoul(value, NULL, 10) : 0;
                }
            }
            if (it->head_length && it->in_length >= it->head_length + it->body_length) {
                handle(it);
                return;
            }
        }
        if (it->in_capacity - it->in_length < 4096) {
            it->in_capacity = it->in_capacity ? it->in_capacity * 2 : 8192;
            it->in = realloc(it->in, it->in_capacity);
            if (!it->in) abort();
        }
        ssize_t count = read(it->fd, it->in + it->in_length, it->in_capacity - it->in_length);
        if (count > 0) it->in_length += (size_t)count;
        else if (count < 0 && errno == EINTR) continue;
        else if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        else {
            drop(it);
            return;
        }
    }
}

static void accept_all(void) {
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) return;
        fcntl(fd, F_SETFL, O_NONBLOCK);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        connection *it = calloc(1, sizeof *it);
        if (!it) abort();
        it->fd = fd;
        stats.connections++;
        if (++stats.open > stats.peak_open) stats.peak_open = stats.open;
        events_add(fd, it);
    }
}

static void listen_on(int port) {
    listener = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 4096) != 0) {
        perror("model-server: listen");
        exit(74);
    }
    fcntl(listener, F_SETFL, O_NONBLOCK);
    fcntl(listener, F_SETFD, FD_CLOEXEC);
    getsockname(listener, (struct sockaddr *)&address, &length);
    if (!options.mute)
        fprintf(stderr, "0.00.001.000 I srv  llama_server: listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
}

int main(int count, char **arguments) {
    static char listener_mark, stdin_mark;
    read_options(count, arguments);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, release);
    // Whoever starts it may block signals, as the threads of a library do.
    sigset_t release_signal;
    sigemptyset(&release_signal);
    sigaddset(&release_signal, SIGUSR1);
    sigprocmask(SIG_UNBLOCK, &release_signal, NULL);
    if (options.ignore_term) signal(SIGTERM, SIG_IGN);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (options.fail_start) {
        for (int line = 1; line <= 25; line++) fprintf(stderr, "line %d: the weights are of no known kind\n", line);
        return 1;
    }
    if (options.start_delay > 0) usleep((useconds_t)(options.start_delay * 1e6));
    events_open();
    listen_on(options.port);
    events_add(listener, &listener_mark);
    if (options.stdin_guard) events_add(0, &stdin_mark);

    for (;;) {
        double wait = heap_count ? heap[0]->due - now() : -1;
        // SIGUSR1 may come just before the wait, so those who are held are looked after now and then.
        if (isinf(wait)) wait = 0.1;
        // An answer may have come due since the last look; a negative wait would mean no limit.
        events_wait(heap_count && wait < 0 ? 0 : wait);
        void *mark;
        bool readable, writable;
        while (events_next(&mark, &readable, &writable)) {
            if (mark == &listener_mark) accept_all();
            else if (mark == &stdin_mark) {
                char bytes[256];
                if (read(0, bytes, sizeof bytes) == 0) return 0;
            } else {
                connection *it = mark;
                if (writable && it->state == WRITING) {
                    if (write_out(it) && it->state == READING && it->in_length) read_requests(it);
                } else if (readable && (it->state == READING || it->state == HANGING)) read_requests(it);
                else if (readable) {
                    char byte;
                    if (recv(it->fd, &byte, 1, MSG_PEEK) == 0) drop(it);
                }
            }
        }
        let_go();
        double time = now();
        while (heap_count && heap[0]->due <= time) {
            connection *it = heap[0];
            if (it->state == TRICKLING) {
                it->due += options.slow_interval;
                heap_sift(0);
                write_out(it);
            } else {
                heap_remove(it);
                finish(it);
            }
        }
    }
}
