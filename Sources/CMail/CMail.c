// The one file that reads GMime's headers. What is text, what is attached and what is passed over is not decided here.
#include "CMail.h"

#include <gmime/gmime.h>
#include <string.h>

enum { ADDRESS_KINDS = 4 };

struct cmail_message {
    GMimeMessage *message;
    int node_limit;
    bool is_whole;
    GArray *nodes;
    GArray *headers;
    GPtrArray *addresses[ADDRESS_KINDS];
    // What the nodes' texts are, to be freed with the message.
    GPtrArray *texts;
};

static const char *keep(cmail_message *mail, char *text) {
    if (text != NULL) g_ptr_array_add(mail->texts, text);
    return text;
}

static const char *keep_valid(cmail_message *mail, const char *text) {
    return text == NULL ? NULL : keep(mail, g_utf8_make_valid(text, -1));
}

// MARK: Headers

static void add_headers(cmail_message *mail, cmail_node *node, GMimeObject *object) {
    GMimeHeaderList *list = g_mime_object_get_header_list(object);
    int count = g_mime_header_list_get_count(list);
    for (int i = 0; i < count; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        const char *value = g_mime_header_get_value(header);
        cmail_header copy = {
            .name = keep_valid(mail, g_mime_header_get_name(header)),
            .value = keep_valid(mail, value == NULL ? "" : value),
        };
        g_array_append_val(mail->headers, copy);
        node->header_count++;
    }
}

// GMime writes a host of other than Latin letters as `xn--…`, also where the mail does not: its own spelling comes back,
// one that the mail itself wrote so stays.
static char *own_spelling(char *text, const char *header) {
    const char *at = strrchr(text, '@');
    if (at == NULL || header == NULL || strstr(at, "xn--") == NULL) return text;
    char *host = g_strndup(at + 1, strcspn(at + 1, ">"));
    char *spelled = g_hostname_to_unicode(host);
    if (spelled != NULL && strstr(header, spelled) != NULL) {
        char *whole = g_strdup_printf("%.*s%s%s", (int)(at + 1 - text), text, spelled, at + 1 + strlen(host));
        g_free(text);
        text = whole;
    }
    g_free(spelled);
    g_free(host);
    return text;
}

static void add_addresses(InternetAddressList *list, const char *header, GPtrArray *into, int depth) {
    if (list == NULL || depth > 8) return;
    int count = internet_address_list_length(list);
    for (int i = 0; i < count && into->len < 10000; i++) {
        InternetAddress *address = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(address)) {
            add_addresses(
                internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)), header, into, depth + 1);
            continue;
        }
        char *text = internet_address_to_string(address, NULL, FALSE);
        if (text == NULL) continue;
        text = own_spelling(text, header);
        g_ptr_array_add(into, g_utf8_make_valid(text, -1));
        g_free(text);
    }
}

// MARK: Nodes

static bool add_node(cmail_message *mail, cmail_node *node, int *index) {
    if ((int)mail->nodes->len >= mail->node_limit) {
        mail->is_whole = false;
        return false;
    }
    *index = (int)mail->nodes->len;
    g_array_append_val(mail->nodes, *node);
    return true;
}

static const char *lowercase_type(cmail_message *mail, GMimeObject *object) {
    GMimeContentType *type = g_mime_object_get_content_type(object);
    if (type == NULL) return NULL;
    char *text = g_mime_content_type_get_mime_type(type);
    if (text == NULL) return NULL;
    char *lower = g_ascii_strdown(text, -1);
    g_free(text);
    const char *valid = keep_valid(mail, lower);
    g_free(lower);
    return valid;
}

// Undoes the transfer encoding: into memory for a text, else only to know how long it is.
static void read_content(cmail_message *mail, cmail_node *node, GMimeDataWrapper *wrapper, bool is_text) {
    if (wrapper == NULL) return;
    if (!is_text) {
        GMimeStream *nowhere = g_mime_stream_null_new();
        g_mime_data_wrapper_write_to_stream(wrapper, nowhere);
        node->length = (size_t)GMIME_STREAM_NULL(nowhere)->written;
        g_object_unref(nowhere);
        return;
    }
    GMimeStream *memory = g_mime_stream_mem_new();
    g_mime_data_wrapper_write_to_stream(wrapper, memory);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
    node->length = bytes->len;
    char *copy = g_malloc(node->length + 1);
    if (node->length > 0) memcpy(copy, bytes->data, node->length);
    copy[node->length] = 0;
    node->content = keep(mail, copy);
    g_object_unref(memory);
}

static bool is_text(const char *type) {
    return type == NULL || g_str_has_prefix(type, "text/") || g_str_equal(type, "message/delivery-status") ||
           g_str_equal(type, "message/disposition-notification");
}

static void walk_message(cmail_message *mail, GMimeMessage *message, int parent, GMimeObject *holder);

// GMime bounds how deep parts stand in one another, so this cannot go deeper either.
static void walk(cmail_message *mail, GMimeObject *object, int parent) {
    if (object == NULL || !mail->is_whole) return;
    if (GMIME_IS_MESSAGE_PART(object)) {
        walk_message(mail, g_mime_message_part_get_message(GMIME_MESSAGE_PART(object)), parent, object);
        return;
    }
    cmail_node node = {.kind = CMAIL_PART, .parent = parent, .type = lowercase_type(mail, object)};
    int index = 0;
    if (GMIME_IS_MULTIPART(object)) {
        node.kind = CMAIL_MULTIPART;
        if (!add_node(mail, &node, &index)) return;
        int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
        for (int i = 0; i < count; i++) walk(mail, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), index);
        return;
    }
    node.is_attachment = g_strcmp0(g_mime_object_get_disposition(object), "attachment") == 0;
    node.charset = keep_valid(mail, g_mime_object_get_content_type_parameter(object, "charset"));
    if (GMIME_IS_PART(object)) {
        node.name = keep_valid(mail, g_mime_part_get_filename(GMIME_PART(object)));
        bool is_kept = is_text(node.type) && !node.is_attachment && node.name == NULL;
        read_content(mail, &node, g_mime_part_get_content(GMIME_PART(object)), is_kept);
    }
    add_node(mail, &node, &index);
}

static void walk_message(cmail_message *mail, GMimeMessage *message, int parent, GMimeObject *holder) {
    cmail_node node = {.kind = CMAIL_MESSAGE, .parent = parent, .type = "message/rfc822"};
    if (holder != NULL) {
        node.is_attachment = g_strcmp0(g_mime_object_get_disposition(holder), "attachment") == 0;
        const char *name = g_mime_object_get_content_disposition_parameter(holder, "filename");
        if (name == NULL) name = g_mime_object_get_content_type_parameter(holder, "name");
        node.name = keep_valid(mail, name);
    }
    node.first_header = (int)mail->headers->len;
    if (message != NULL) {
        add_headers(mail, &node, GMIME_OBJECT(message));
        GDateTime *date = g_mime_message_get_date(message);
        if (date != NULL) {
            node.has_date = true;
            node.date = g_date_time_to_unix(date);
        }
    }
    int index = 0;
    if (!add_node(mail, &node, &index) || message == NULL) return;
    walk(mail, g_mime_message_get_mime_part(message), index);
}

// MARK: The message

static void *initialize(void *unused) {
    (void)unused;
    g_mime_init();
    return NULL;
}

cmail_message *cmail_new(const char *bytes, size_t length, int node_limit) {
    static GOnce once = G_ONCE_INIT;
    g_once(&once, initialize, NULL);

    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(length > 0 ? bytes : "", length);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    g_object_unref(stream);
    g_mime_parser_set_format(parser, GMIME_FORMAT_MESSAGE);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    if (message == NULL) return NULL;

    cmail_message *mail = g_new0(cmail_message, 1);
    mail->message = message;
    mail->node_limit = node_limit;
    mail->is_whole = true;
    mail->nodes = g_array_new(FALSE, FALSE, sizeof(cmail_node));
    mail->headers = g_array_new(FALSE, FALSE, sizeof(cmail_header));
    mail->texts = g_ptr_array_new_with_free_func(g_free);
    static const GMimeAddressType types[ADDRESS_KINDS] = {
        GMIME_ADDRESS_TYPE_FROM, GMIME_ADDRESS_TYPE_SENDER, GMIME_ADDRESS_TYPE_TO, GMIME_ADDRESS_TYPE_CC};
    static const char *names[ADDRESS_KINDS] = {"From", "Sender", "To", "Cc"};
    for (int kind = 0; kind < ADDRESS_KINDS; kind++) {
        mail->addresses[kind] = g_ptr_array_new_with_free_func(g_free);
        add_addresses(
            g_mime_message_get_addresses(message, types[kind]), g_mime_object_get_header(GMIME_OBJECT(message), names[kind]),
            mail->addresses[kind], 0);
    }
    walk_message(mail, message, -1, NULL);
    return mail;
}

void cmail_delete(cmail_message *mail) {
    if (mail == NULL) return;
    for (int kind = 0; kind < ADDRESS_KINDS; kind++) g_ptr_array_free(mail->addresses[kind], TRUE);
    g_array_free(mail->nodes, TRUE);
    g_array_free(mail->headers, TRUE);
    g_ptr_array_free(mail->texts, TRUE);
    g_object_unref(mail->message);
    g_free(mail);
}

bool cmail_is_whole(const cmail_message *mail) { return mail->is_whole; }

int cmail_node_count(const cmail_message *mail) { return (int)mail->nodes->len; }

const cmail_node *cmail_node_at(const cmail_message *mail, int index) {
    return &g_array_index(mail->nodes, cmail_node, index);
}

const cmail_header *cmail_header_at(const cmail_message *mail, int index) {
    return &g_array_index(mail->headers, cmail_header, index);
}

int cmail_address_count(const cmail_message *mail, int kind) { return (int)mail->addresses[kind]->len; }

const char *cmail_address_at(const cmail_message *mail, int kind, int index) {
    return g_ptr_array_index(mail->addresses[kind], index);
}
