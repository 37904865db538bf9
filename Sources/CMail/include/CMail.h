#ifndef CMAIL_H
#define CMAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// An e-mail taken apart: a list of nodes, each behind the one that it is in. Node 0 is the message itself.
typedef struct cmail_message cmail_message;

/// A list of nodes that something stands in, a message in a message, or what has content of its own.
enum { CMAIL_MULTIPART = 0, CMAIL_MESSAGE = 1, CMAIL_PART = 2 };

/// All texts end with a zero byte, are NULL where the mail has none, and live as long as the message.
typedef struct {
    int kind;
    /// The node that it is in; -1 for the message itself.
    int parent;
    /// In small letters: `text/plain`.
    const char *type;
    /// As the mail gives it.
    const char *charset;
    /// A file name, decoded.
    const char *name;
    /// Whether the mail says that it is an attachment.
    bool is_attachment;
    /// The bytes of a text with its transfer encoding undone; NULL for all else.
    const char *content;
    /// Of the content, undone likewise, whether it is kept or not.
    size_t length;
    /// The stretch of the headers that are a message's own.
    int first_header, header_count;
    /// When a message was written, in seconds since 1970.
    bool has_date;
    int64_t date;
} cmail_node;

typedef struct {
    /// As the mail writes it.
    const char *name;
    /// Decoded, in one line.
    const char *value;
} cmail_header;

enum { CMAIL_FROM = 0, CMAIL_SENDER = 1, CMAIL_TO = 2, CMAIL_CC = 3 };

/// Takes an e-mail apart. NULL if there is no memory for it, or nothing in it that looks like a header.
///
/// @param node_limit the most nodes that are listed: see cmail_is_whole.
cmail_message *cmail_new(const char *bytes, size_t length, int node_limit);
void cmail_delete(cmail_message *message);

/// Whether all of its nodes are listed.
bool cmail_is_whole(const cmail_message *message);

int cmail_node_count(const cmail_message *message);
const cmail_node *cmail_node_at(const cmail_message *message, int index);
const cmail_header *cmail_header_at(const cmail_message *message, int index);

/// The message's own addresses of one kind, each as `Name <name@host>`, decoded; those of a group one by one.
int cmail_address_count(const cmail_message *message, int kind);
const char *cmail_address_at(const cmail_message *message, int kind, int index);

#endif
