/* What the load generator is told to do. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    int port, pid, core;
    const char *path;   /* of a room, with one %u for its number */
    const char *before; /* text that the server puts before a flight, and after it */
    const char *after;
    const char *send_before; /* the same for what is sent to it */
    const char *send_after;
    const char *protocol; /* WebSocket subprotocol */
    const char *hello;    /* a message to send first */
    unsigned rooms, watchers, publishers;
    unsigned aircraft; /* that a publisher's flights are about, in turn */
    unsigned window; /* flights that a publisher may have under way; 0: it keeps to a rate */
    double rate;     /* flights a second of each publisher */
    unsigned burst;  /* flights that are due at once */
    uint32_t total;  /* flights of each publisher, after which it is over; 0: until the time is over */
    double seconds, warm;
    bool flood; /* room 0's publishers keep to the window, the others to the rate */
    bool idle;  /* only connect, and stay until stdin ends */
    bool rows;  /* watchers are told rows of version 1, JSON or binary, and not flights as they were sent */
    bool turns; /* publish for so many seconds, and with such a window, as each line of stdin says; report each time */
};

static const struct option OPTIONS[] = {
    {"port", 1, 0, 'p'},       {"pid", 1, 0, 'i'},        {"core", 1, 0, 'c'},        {"path", 1, 0, 'u'},
    {"before", 1, 0, 'b'},     {"after", 1, 0, 'a'},      {"send-before", 1, 0, 'B'}, {"send-after", 1, 0, 'A'},
    {"hello", 1, 0, 'h'},      {"rooms", 1, 0, 'R'},      {"watchers", 1, 0, 'W'},    {"publishers", 1, 0, 'P'},
    {"window", 1, 0, 'w'},     {"rate", 1, 0, 'r'},       {"burst", 1, 0, 'B' + 128}, {"total", 1, 0, 't'},
    {"seconds", 1, 0, 's'},    {"warm", 1, 0, 'm'},       {"flood", 0, 0, 'f'},       {"idle", 0, 0, 'I'},
    {"protocol", 1, 0, 'o'},   {"rows", 0, 0, 'O'},       {"turns", 0, 0, 'T'},       {"aircraft", 1, 0, 'n'},
    {0, 0, 0, 0},
};

static void options_read(struct options *to, int count, char **words)
{
    *to = (struct options){
        .core = -1, .path = "/ws/tracker/room%u/", .before = "{\"data\":", .after = "}", .send_before = "",
        .send_after = "", .protocol = "", .hello = "", .rooms = 1, .publishers = 1, .burst = 1, .seconds = 1, .aircraft = 100,
    };
    int letter;
    while ((letter = getopt_long(count, words, "", OPTIONS, NULL)) != -1) {
        switch (letter) {
        case 'p': to->port = atoi(optarg); break;
        case 'i': to->pid = atoi(optarg); break;
        case 'c': to->core = atoi(optarg); break;
        case 'u': to->path = optarg; break;
        case 'b': to->before = optarg; break;
        case 'a': to->after = optarg; break;
        case 'B': to->send_before = optarg; break;
        case 'A': to->send_after = optarg; break;
        case 'o': to->protocol = optarg; break;
        case 'h': to->hello = optarg; break;
        case 'R': to->rooms = (unsigned)atoi(optarg); break;
        case 'W': to->watchers = (unsigned)atoi(optarg); break;
        case 'P': to->publishers = (unsigned)atoi(optarg); break;
        case 'n': to->aircraft = (unsigned)atoi(optarg); break;
        case 'w': to->window = (unsigned)atoi(optarg); break;
        case 'r': to->rate = atof(optarg); break;
        case 'B' + 128: to->burst = (unsigned)atoi(optarg); break;
        case 't': to->total = (uint32_t)atoi(optarg); break;
        case 's': to->seconds = atof(optarg); break;
        case 'm': to->warm = atof(optarg); break;
        case 'f': to->flood = true; break;
        case 'I': to->idle = true; break;
        case 'O': to->rows = true; break;
        case 'T': to->turns = true; break;
        default: exit(2);
        }
    }
    if (!to->port || !to->rooms || (to->rooms > 1 && to->publishers > 1 && to->flood) ||
        (to->rows && (to->rooms > 1 || to->publishers > 1))) {
        fprintf(stderr, "load: a port is needed, one publisher a room where one is flooded, and one in all for rows\n");
        exit(2);
    }
}

#endif
