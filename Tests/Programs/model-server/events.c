#include "events.h"

#include <stdlib.h>
#include <unistd.h>

#define MAX_EVENTS 256

static int queue;
static int found, next;

#ifdef __linux__

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

static struct epoll_event events[MAX_EVENTS];
// Counts in nanoseconds, where epoll_wait counts in whole milliseconds.
static int timer;

void events_open(void) {
    queue = epoll_create1(EPOLL_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (queue < 0 || timer < 0) abort();
    events_add(timer, &timer);
}

void events_add(int fd, void *mark) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = mark};
    epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event);
}

void events_change(int fd, void *mark, bool writing) {
    struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.ptr = mark};
    epoll_ctl(queue, EPOLL_CTL_MOD, fd, &event);
}

void events_remove(int fd, void *mark) {
    epoll_ctl(queue, EPOLL_CTL_DEL, fd, NULL);
    for (int i = next; i < found; i++)
        if (events[i].data.ptr == mark) events[i].data.ptr = NULL;
}

void events_wait(double seconds) {
    next = 0;
    int milliseconds = seconds < 0 ? -1 : 0;
    if (seconds > 0) {
        // Rounded up, so that it never rings before the time and never means "off".
        long long nanoseconds = (long long)(seconds * 1e9) + 1;
        struct itimerspec at = {.it_value = {nanoseconds / 1000000000, nanoseconds % 1000000000}};
        timerfd_settime(timer, 0, &at, NULL);
        milliseconds = -1;
    }
    found = epoll_wait(queue, events, MAX_EVENTS, milliseconds);
}

bool events_next(void **mark, bool *readable, bool *writable) {
    while (next < found) {
        struct epoll_event event = events[next++];
        if (!event.data.ptr) continue;
        if (event.data.ptr == &timer) {
            uint64_t times;
            if (read(timer, &times, sizeof times) < 0) continue;
            continue;
        }
        *mark = event.data.ptr;
        *readable = event.events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP);
        *writable = event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR);
        return true;
    }
    return false;
}

#else

#include <sys/event.h>

static struct kevent events[MAX_EVENTS];

void events_open(void) {
    queue = kqueue();
    if (queue < 0) abort();
}

static void change(int fd, int filter, int flags, void *mark) {
    struct kevent event;
    EV_SET(&event, fd, filter, flags, 0, 0, mark);
    kevent(queue, &event, 1, NULL, 0, NULL);
}

void events_add(int fd, void *mark) { change(fd, EVFILT_READ, EV_ADD, mark); }

void events_change(int fd, void *mark, bool writing) { change(fd, EVFILT_WRITE, writing ? EV_ADD : EV_DELETE, mark); }

void events_remove(int fd, void *mark) {
    (void)mark;
    change(fd, EVFILT_READ, EV_DELETE, NULL);
    change(fd, EVFILT_WRITE, EV_DELETE, NULL);
    for (int i = next; i < found; i++)
        if (events[i].ident == (uintptr_t)fd) events[i].filter = 0;
}

void events_wait(double seconds) {
    next = 0;
    struct timespec limit = {0, 0};
    if (seconds > 0) limit = (struct timespec){(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    found = kevent(queue, NULL, 0, events, MAX_EVENTS, seconds < 0 ? NULL : &limit);
}

bool events_next(void **mark, bool *readable, bool *writable) {
    while (next < found && events[next].filter == 0) next++;
    if (next >= found) return false;
    struct kevent event = events[next++];
    *mark = event.udata;
    *readable = event.filter == EVFILT_READ;
    *writable = event.filter == EVFILT_WRITE;
    return true;
}

#endif
