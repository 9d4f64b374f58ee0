/* Extended squitters as a Beast receiver sends them on (RTCA DO-260B 2.2.3.2; CPR: appendix A.1.7). */
#ifndef SQUITTER_H
#define SQUITTER_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BEAST 46 /* bytes of a message at the most, every byte of it doubled */

static uint32_t crc_table[256];

static void crc_prepare(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte << 16;
        for (int bit = 0; bit < 8; bit++)
            value = value << 1 ^ (value & 0x800000 ? 0x1fff409 : 0);
        crc_table[byte] = value & 0xffffff;
    }
}

/* Longitude zones of an even message at a latitude. */
static int zones(double lat)
{
    lat = fabs(lat);
    if (lat >= 87)
        return lat > 87 ? 1 : 2;
    double part = (1 - cos(M_PI / 30)) / pow(cos(M_PI / 180 * lat), 2);
    return (int)floor(2 * M_PI / acos(1 - part));
}

static double modulo(double value, double by)
{
    return value - by * floor(value / by);
}

static void cpr(double lat, double lon, int odd, uint32_t *lat_cpr, uint32_t *lon_cpr)
{
    double size = 360.0 / (60 - odd);
    double y = floor(131072 * modulo(lat, size) / size + 0.5);
    double there = size * (y / 131072 + floor(lat / size));
    int count = zones(there) - odd;
    size = 360.0 / (count > 1 ? count : 1);
    *lat_cpr = (uint32_t)y & 0x1ffff;
    *lon_cpr = (uint32_t)floor(131072 * modulo(lon, size) / size + 0.5) & 0x1ffff;
}

/* Write a DF17 with these 56 bits as a long Beast message; gives its size. */
static size_t squitter(unsigned char *to, uint32_t address, uint64_t message)
{
    unsigned char body[21] = {0, 0, 0, 0, 0, 1, 0x80, 0x8d, (unsigned char)(address >> 16), (unsigned char)(address >> 8),
                              (unsigned char)address};
    uint32_t crc = 0;
    for (int i = 0; i < 7; i++)
        body[11 + i] = (unsigned char)(message >> (48 - 8 * i));
    for (int i = 7; i < 18; i++)
        crc = (crc << 8 & 0xffffff) ^ crc_table[(crc >> 16 ^ body[i]) & 255];
    body[18] = (unsigned char)(crc >> 16), body[19] = (unsigned char)(crc >> 8), body[20] = (unsigned char)crc;
    size_t size = 0;
    to[size++] = 0x1a;
    to[size++] = '3';
    for (int i = 0; i < 21; i++) {
        to[size++] = body[i];
        if (body[i] == 0x1a)
            to[size++] = 0x1a;
    }
    return size;
}

/* Type 11: an airborne position; `steps` of 25 ft above -1000 ft. */
static size_t position(unsigned char *to, uint32_t address, double lat, double lon, unsigned steps, int odd)
{
    uint32_t lat_cpr, lon_cpr;
    cpr(lat, lon, odd, &lat_cpr, &lon_cpr);
    uint64_t coded = (steps >> 4) << 5 | 0x10 | (steps & 0xf);
    return squitter(to, address,
                    11ull << 51 | coded << 36 | (uint64_t)odd << 34 | (uint64_t)lat_cpr << 17 | lon_cpr);
}

/* Type 19, subtype 1: velocity over ground, kt, and 1,472 ft/min of climb. */
static size_t velocity(unsigned char *to, uint32_t address, int east, int north)
{
    uint64_t message = 19ull << 51 | 1ull << 48 | 2ull << 43 | 24ull << 10;
    message |= (uint64_t)(east < 0) << 42 | (uint64_t)(abs(east) + 1) << 32;
    message |= (uint64_t)(north < 0) << 31 | (uint64_t)(abs(north) + 1) << 21;
    return squitter(to, address, message | 1ull << 20 | 1ull << 0);
}

/* Type 4, category A3: a callsign of eight characters. */
static size_t identification(unsigned char *to, uint32_t address, const char *callsign)
{
    uint64_t message = 4ull << 51 | 3ull << 48;
    for (int i = 0; i < 8; i++)
        message |= (uint64_t)(callsign[i] & 0x3f) << (42 - 6 * i);
    return squitter(to, address, message);
}

#endif
