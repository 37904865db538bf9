#ifndef MODEL_SERVER_EVENTS_H
#define MODEL_SERVER_EVENTS_H

#include <stdbool.h>

// Which descriptors are ready: epoll on Linux, kqueue on macOS.

void events_open(void);
void events_add(int fd, void *mark);
/// Reading always, writing only where asked.
void events_change(int fd, void *mark, bool writing);
void events_remove(int fd, void *mark);
/// Waits at most so many seconds; without end if negative.
void events_wait(double seconds);
/// The next of what the wait found. A mark whose descriptor was removed meanwhile does not come up.
bool events_next(void **mark, bool *readable, bool *writable);

#endif
