/* The flight that the benchmarks publish: 265 bytes of JSON. */
#ifndef FLIGHT_H
#define FLIGHT_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FLIGHT_SIZE 265
#define FIRST_PUBLISHER 1000u
#define FIRST_NUMBER 1000000000u
#define FIRST_CALLSIGN 10000u
#define LATITUDES 100000        /* then they begin anew */
#define FIRST_LATITUDE 5200001L /* of flight 0, rounded to 1e-5 degrees */

static size_t publisher_at, number_at; /* where the two stand in the flight; the same in all of them */

/* Write flight `number` of `publisher`: another position each time, of one of so many `aircraft` of its own.
 * All numbers come out of any JSON library as they went in, so that what arrives can be compared byte by byte. */
static void flight_write(char *to, unsigned publisher, uint32_t number, unsigned aircraft)
{
    char text[FLIGHT_SIZE + 1];
    unsigned flight = number % aircraft;
    int size = snprintf(
        text, sizeof text,
        "{\"hex\":\"%06x\",\"flight\":\"KLM%05u\",\"lat\":52.%05u7,\"lon\":4.895413,\"alt_baro\":36000,\"gs\":447.2,"
        "\"track\":93.1,\"baro_rate\":-64,\"squawk\":\"1000\",\"category\":\"A3\",\"r\":\"PH-BXA\",\"t\":\"B738\","
        "\"from\":\"LHR\",\"to\":\"AMS\",\"p\":%u,\"n\":%u,\"note\":\"",
        0x400000 + publisher * aircraft + flight, FIRST_CALLSIGN + flight, (unsigned)(number % LATITUDES), FIRST_PUBLISHER + publisher,
        FIRST_NUMBER + number);
    memset(text + size, '.', FLIGHT_SIZE - size - 2);
    memcpy(text + FLIGHT_SIZE - 2, "\"}", 2);
    memcpy(to, text, FLIGHT_SIZE);
    if (publisher_at == 0) {
        text[FLIGHT_SIZE] = 0;
        number_at = strstr(text, "\"n\":") + 4 - text;
        publisher_at = strstr(text, "\"p\":") + 4 - text;
    }
}

static uint32_t digits(const char *from, int count)
{
    uint32_t value = 0;
    while (count--)
        value = value * 10 + (uint32_t)(*from++ - '0');
    return value;
}

#endif
