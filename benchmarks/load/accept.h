/* The answer to a WebSocket key: base64(SHA-1(key + GUID)) (RFC 6455, section 4.2.2; RFC 3174). */
#ifndef ACCEPT_H
#define ACCEPT_H

#include <stdint.h>
#include <string.h>

static uint32_t turned(uint32_t word, int bits)
{
    return word << bits | word >> (32 - bits);
}

static void sha1_block(uint32_t state[5], const unsigned char *block)
{
    uint32_t words[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++)
        words[i] = turned(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t mixed, constant;
        if (i < 20)
            mixed = (b & c) | (~b & d), constant = 0x5a827999;
        else if (i < 40)
            mixed = b ^ c ^ d, constant = 0x6ed9eba1;
        else if (i < 60)
            mixed = (b & c) | (b & d) | (c & d), constant = 0x8f1bbcdc;
        else
            mixed = b ^ c ^ d, constant = 0xca62c1d6;
        uint32_t next = turned(a, 5) + mixed + e + constant + words[i];
        e = d, d = c, c = turned(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

/* Write the 28 characters that answer `key`, and a NUL. A key of more than 60 bytes is cut there. */
static void accept_key(const char *key, size_t size, char *to)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char text[128] = {0}, hash[21] = {0};
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    size = size < 60 ? size : 60;
    memcpy(text, key, size);
    memcpy(text + size, guid, 36);
    size += 36;
    text[size] = 0x80;
    size_t end = size + 9 <= 64 ? 64 : 128;
    text[end - 2] = (unsigned char)(size * 8 >> 8);
    text[end - 1] = (unsigned char)(size * 8);
    for (size_t at = 0; at < end; at += 64)
        sha1_block(state, text + at);
    for (int i = 0; i < 20; i++)
        hash[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
    for (int i = 0; i < 21; i += 3) {
        uint32_t bits = (uint32_t)hash[i] << 16 | hash[i + 1] << 8 | hash[i + 2];
        for (int j = 0; j < 4; j++)
            *to++ = letters[bits >> (18 - 6 * j) & 63];
    }
    to[-1] = '=';
    *to = 0;
}

#endif
