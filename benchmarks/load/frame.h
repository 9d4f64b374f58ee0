/* Headers of WebSocket frames (RFC 6455, section 5.2). */
#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

/* The header of an unfragmented frame; gives its size. `mask` is 0 for a server's, 0x80 for a client's. */
static size_t frame_header(unsigned char *to, unsigned char first, size_t size, unsigned char mask)
{
    to[0] = first;
    if (size < 126) {
        to[1] = mask | (unsigned char)size;
        return 2;
    }
    if (size < 65536) {
        to[1] = mask | 126;
        to[2] = (unsigned char)(size >> 8);
        to[3] = (unsigned char)size;
        return 4;
    }
    to[1] = mask | 127;
    for (int i = 0; i < 8; i++)
        to[2 + i] = (unsigned char)(size >> (56 - 8 * i));
    return 10;
}

/* Look at the header of a frame in `have` bytes: gives its size and sets the payload's; 0: more bytes are needed. */
static size_t frame_read(const unsigned char *from, size_t have, size_t *payload)
{
    if (have < 2)
        return 0;
    size_t header = 2;
    *payload = from[1] & 0x7f;
    if (*payload == 126) {
        header = 4;
        if (have < header)
            return 0;
        *payload = (size_t)from[2] << 8 | from[3];
    } else if (*payload == 127) {
        header = 10;
        if (have < header)
            return 0;
        *payload = 0;
        for (int i = 2; i < 10; i++)
            *payload = *payload << 8 | from[i];
    }
    return from[1] & 0x80 ? header + 4 : header;
}

#endif
