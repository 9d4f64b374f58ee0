/* The client's end of WebSocket connections: handshakes, many at a time, and masked frames. */
#ifndef LINK_H
#define LINK_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frame.h"

#define WAIT 30 /* seconds for an answer */

struct bytes {
    unsigned char *at;
    size_t size, room;
};

struct link {
    int fd;
    unsigned room;
    uint32_t *expected; /* of each publisher of its room: the number that must come next */
    struct bytes heard; /* the beginning of a frame */
    struct bytes waiting;
};

static void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, errno ? strerror(errno) : "unexpected");
    exit(1);
}

/* The server sent a close frame with this payload: two bytes of code, and why. */
static void closed(const char *payload, size_t size)
{
    unsigned code = size < 2 ? 0 : (unsigned char)payload[0] << 8 | (unsigned char)payload[1];
    fprintf(stderr, "load: closed with %u: %.*s\n", code, size < 2 ? 0 : (int)size - 2, payload + 2);
    exit(1);
}

static void append(struct bytes *to, const void *from, size_t size)
{
    if (to->size + size > to->room) {
        to->room = (to->size + size) * 2;
        to->at = realloc(to->at, to->room);
    }
    if (size)
        memcpy(to->at + to->size, from, size);
    to->size += size;
}

/* Append one masked text, or another, frame made of three pieces. */
static void append_frame(struct bytes *to, unsigned char first, const char *before, const char *text, size_t size,
                         const char *after)
{
    unsigned char header[14], mask[4];
    size_t lengths[3] = {strlen(before), size, strlen(after)}, whole = lengths[0] + lengths[1] + lengths[2];
    size_t length = frame_header(header, first, whole, 0x80), turn = 0;
    const char *pieces[3] = {before, text, after};
    uint32_t drawn = (uint32_t)random() | 1u << 31;
    memcpy(mask, &drawn, 4);
    memcpy(header + length, mask, 4);
    append(to, header, length + 4);
    for (int piece = 0; piece < 3; piece++) {
        append(to, pieces[piece], lengths[piece]);
        for (unsigned char *at = to->at + to->size - lengths[piece]; at < to->at + to->size; at++)
            *at ^= mask[turn++ & 3];
    }
}

/* Send what waits as far as the socket takes it; whether something is left. */
static int give(struct link *link)
{
    struct bytes *waiting = &link->waiting;
    if (waiting->size) {
        ssize_t sent = send(link->fd, waiting->at, waiting->size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            die("send");
        if (sent > 0) {
            waiting->size -= (size_t)sent;
            memmove(waiting->at, waiting->at + sent, waiting->size);
        }
    }
    return waiting->size > 0;
}

static void ask(struct link *link, int port, const char *path, const char *protocol)
{
    char text[512], room[256];
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval wait = {.tv_sec = WAIT};
    int yes = 1;
    link->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (link->fd < 0)
        die("socket");
    setsockopt(link->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(link->fd, (struct sockaddr *)&address, sizeof address))
        die("connect");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(room, sizeof room, path, link->room);
#pragma GCC diagnostic pop
    int size = snprintf(
        text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
        room, port, *protocol ? "Sec-WebSocket-Protocol: " : "", protocol, *protocol ? "\r\n" : "");
    if (send(link->fd, text, (size_t)size, MSG_NOSIGNAL) != size)
        die("request");
}

/* Read the answer to the end of its head; what came behind it is kept as heard. */
static void answered(struct link *link)
{
    char text[4096];
    size_t size = 0;
    char *end = NULL;
    while (!end) {
        ssize_t read = recv(link->fd, text + size, sizeof text - 1 - size, 0);
        if (read <= 0)
            die("no answer to a handshake");
        size += (size_t)read;
        text[size] = 0;
        end = strstr(text, "\r\n\r\n");
    }
    if (strncmp(text, "HTTP/1.1 101", 12)) {
        fprintf(stderr, "load: refused: %.*s\n", (int)strcspn(text, "\r"), text);
        exit(1);
    }
    append(&link->heard, end + 4, size - (size_t)(end + 4 - text));
    fcntl(link->fd, F_SETFL, O_NONBLOCK);
}

static void connect_some(struct link *links, unsigned count, int port, const char *path, const char *protocol,
                         const char *hello)
{
    for (unsigned i = 0; i < count; i++)
        ask(&links[i], port, path, protocol);
    for (unsigned i = 0; i < count; i++) {
        answered(&links[i]);
        if (*hello) {
            append_frame(&links[i].waiting, 0x81, "", hello, strlen(hello), "");
            give(&links[i]);
        }
    }
}

#endif
