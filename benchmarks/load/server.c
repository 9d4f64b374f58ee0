/* The least that a room server can do, as the limit to compare with: one epoll loop, no checks of what is sent.
 *
 *     server send|coalesce
 *
 * It prints `port N` and gives every text message, as {"data":MESSAGE}, to all connections of the same path, the
 * sender's too. `send`: one send() for each message and member. `coalesce`: what was read in one turn of the loop
 * goes out joined, one send() for each member. What a socket does not take waits in memory.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accept.h"
#include "frame.h"

#define READ 65536
#define EVENTS 1024

struct bytes {
    char *at;
    size_t size, room;
};

struct room;

struct member {
    int fd;
    bool open, dead;
    struct room *in;
    size_t place;
    struct bytes heard, waiting;
};

struct room {
    char *path;
    struct member **members;
    size_t count, space;
    struct bytes batch;
    struct room *next, *next_due;
    bool due;
};

static struct room *rooms, *due;
static int loop;
static bool coalesce;

static void append(struct bytes *to, const void *from, size_t size)
{
    if (to->size + size > to->room) {
        to->room = (to->size + size) * 2;
        to->at = realloc(to->at, to->room);
    }
    memcpy(to->at + to->size, from, size);
    to->size += size;
}

static void drop(struct bytes *from, size_t size)
{
    from->size -= size;
    memmove(from->at, from->at + size, from->size);
}

static void watch(struct member *member, uint32_t events, int how)
{
    struct epoll_event event = {.events = events, .data.ptr = member};
    epoll_ctl(loop, how, member->fd, &event);
}

static void give(struct member *member, const char *from, size_t size)
{
    if (member->waiting.size == 0) {
        ssize_t sent = send(member->fd, from, size, MSG_NOSIGNAL);
        if (sent == (ssize_t)size)
            return;
        if (sent > 0) {
            from += sent;
            size -= sent;
        }
        watch(member, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    }
    append(&member->waiting, from, size);
}

static void give_waiting(struct member *member)
{
    ssize_t sent = send(member->fd, member->waiting.at, member->waiting.size, MSG_NOSIGNAL);
    if (sent > 0)
        drop(&member->waiting, sent);
    if (member->waiting.size == 0)
        watch(member, EPOLLIN, EPOLL_CTL_MOD);
}

static void give_all(struct room *room)
{
    for (size_t i = 0; i < room->count; i++)
        give(room->members[i], room->batch.at, room->batch.size);
    room->batch.size = 0;
}

static void message(struct room *room, const char *from, size_t size)
{
    unsigned char header[10];
    append(&room->batch, header, frame_header(header, 0x81, size + 9, 0));
    append(&room->batch, "{\"data\":", 8);
    append(&room->batch, from, size);
    append(&room->batch, "}", 1);
    if (!coalesce) {
        give_all(room);
    } else if (!room->due) {
        room->due = true;
        room->next_due = due;
        due = room;
    }
}

static void enter(struct member *member, const char *path, size_t size)
{
    struct room *room = rooms;
    while (room && (strncmp(room->path, path, size) || room->path[size]))
        room = room->next;
    if (!room) {
        room = calloc(1, sizeof *room);
        room->path = strndup(path, size);
        room->next = rooms;
        rooms = room;
    }
    if (room->count == room->space) {
        room->space = room->space * 2 + 16;
        room->members = realloc(room->members, room->space * sizeof *room->members);
    }
    member->in = room;
    member->place = room->count;
    member->open = true;
    room->members[room->count++] = member;
}

static void leave(struct member *member)
{
    if (member->in) {
        struct room *room = member->in;
        room->members[member->place] = room->members[--room->count];
        room->members[member->place]->place = member->place;
    }
    close(member->fd);
    free(member->heard.at);
    free(member->waiting.at);
    free(member);
}

/* Answer a complete request; false where there is none yet or it cannot be understood. */
static bool upgrade(struct member *member)
{
    append(&member->heard, "", 1);
    member->heard.size--;
    char *end = strstr(member->heard.at, "\r\n\r\n");
    char *key = strcasestr(member->heard.at, "\r\nsec-websocket-key:");
    char *path = strchr(member->heard.at, ' ');
    if (!end || !key || !path)
        return false;
    key += 20;
    key += strspn(key, " ");
    path++;
    char accept[32], answer[256];
    accept_key(key, strcspn(key, "\r \t"), accept);
    int size = snprintf(
        answer, sizeof answer,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
        accept);
    enter(member, path, strcspn(path, " "));
    drop(&member->heard, end + 4 - member->heard.at);
    give(member, answer, size);
    return true;
}

static void hear(struct member *member)
{
    char buffer[READ];
    ssize_t size = recv(member->fd, buffer, sizeof buffer, 0);
    if (size <= 0) {
        member->dead = size == 0 || errno != EAGAIN;
        return;
    }
    append(&member->heard, buffer, size);
    if (!member->open && !upgrade(member))
        return;
    size_t at = 0, payload, header;
    while ((header = frame_read((unsigned char *)member->heard.at + at, member->heard.size - at, &payload)) &&
           member->heard.size - at >= header + payload) {
        char *frame = member->heard.at + at, *text = frame + header, *mask = text - 4;
        if ((frame[0] & 15) == 8)
            member->dead = true;
        if ((frame[0] & 15) == 1 && frame[1] & 0x80) {
            uint64_t wide;
            memcpy(&wide, mask, 4);
            memcpy((char *)&wide + 4, mask, 4);
            size_t i = 0;
            for (; i + 8 <= payload; i += 8) {
                uint64_t eight;
                memcpy(&eight, text + i, 8);
                eight ^= wide;
                memcpy(text + i, &eight, 8);
            }
            for (; i < payload; i++)
                text[i] ^= mask[i & 3];
            message(member->in, text, payload);
        }
        at += header + payload;
    }
    drop(&member->heard, at);
}

int main(int count, char **words)
{
    if (count != 2 || (strcmp(words[1], "send") && strcmp(words[1], "coalesce"))) {
        fprintf(stderr, "usage: %s send|coalesce\n", words[0]);
        return 2;
    }
    coalesce = !strcmp(words[1], "coalesce");
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 4096)) {
        perror("server");
        return 1;
    }
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    loop = epoll_create1(0);
    struct epoll_event events[EVENTS] = {{.events = EPOLLIN}};
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, events);
    for (;;) {
        int ready = epoll_wait(loop, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct member *member = events[i].data.ptr;
            if (member) {
                if (events[i].events & EPOLLOUT)
                    give_waiting(member);
                if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                    hear(member);
                if (member->dead)
                    leave(member);
                continue;
            }
            int fd;
            while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                member = calloc(1, sizeof *member);
                member->fd = fd;
                watch(member, EPOLLIN, EPOLL_CTL_ADD);
            }
        }
        for (; due; due = due->next_due) {
            due->due = false;
            give_all(due);
        }
    }
}
