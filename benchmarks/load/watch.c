/* The load generator of viewports: receivers that feed a server over TCP, and watchers of a map each, in one thread.
 *
 * Aircraft n of N is heard at the same part of every period, n/N of it, or all of them at its beginning; each message
 * tells a place and an altitude 25 ft above the one before, so that every row that comes back says which message made
 * it and when that was due. A row's age is counted from then to when the row was read. Rows of no such aircraft or
 * from the future are counted as corrupt, and updates that do not go on from the watcher's position as gaps.
 *
 * Prints one line of JSON. Options: OPTIONS below.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include <getopt.h>

#include "histogram.h"
#include "link.h"
#include "squitter.h"
#include "taken.h"

#define READ (256 * 1024)
#define EVENTS 512
#define TICK 2000000u          /* ns between two looks at what is due */
#define FIRST_AIRCRAFT 0x300000u
#define LOWEST 400u            /* steps of 25 ft from -1000 ft */
#define STEPS_UP 1600u         /* then it begins anew */
#define VELOCITY_EVERY 8u      /* periods, spread over the aircraft */
#define CALLSIGN_EVERY 16u
#define JOINING 16             /* handshakes under way together */
#define HEADER 40
#define ROW 20
#define PLACED (3u << 27) /* of a row's flags: it has a position and an altitude */
#define NEAR 2e-4         /* degrees: what compact position reporting leaves of a place, and more */
#define MOST_FEEDS 64

struct aircraft {
    double lat, lon, north, east; /* degrees, and degrees of a period */
    int knots_north, knots_east;
};

struct watcher {
    struct link link;
    uint64_t base;
    bool placed;
};

static struct {
    int port, pid, core, feed_port;
    unsigned feeds, burst, deflate;
    const char *aircraft, *watches, *protocol, *keep;
    double period, seconds, warm, settle;
} options = {.core = -1, .feeds = 1, .protocol = "flighttap.v1.bin", .period = 1, .seconds = 5, .warm = 4, .settle = 2};

static const struct option OPTIONS[] = {
    {"port", 1, 0, 'p'},     {"pid", 1, 0, 'i'},     {"core", 1, 0, 'c'},    {"feed-port", 1, 0, 'f'},
    {"feeds", 1, 0, 'F'},    /* receivers that share the aircraft */
    {"burst", 0, 0, 'b'},    /* all aircraft are heard at the beginning of a period */
    {"deflate", 0, 0, 'd'},  /* offer permessage-deflate and send deflated */
    {"aircraft", 1, 0, 'a'}, /* a file: lat lon knots-north knots-east, a line each */
    {"watches", 1, 0, 'w'},  /* a file: the message of each watcher, a line each */
    {"protocol", 1, 0, 'o'}, {"period", 1, 0, 'P'},  {"seconds", 1, 0, 's'}, {"warm", 1, 0, 'm'},
    {"settle", 1, 0, 'S'},   /* seconds from the last watcher to the measurement */
    {"keep", 1, 0, 'k'},     /* a file for what the first watcher reads: each message's first byte, size and payload */
    {0, 0, 0, 0},
};

static struct aircraft *fleet;
static char **watches;
static unsigned fleet_size, watcher_count;
static struct watcher *watchers;
static struct link feeds[MOST_FEEDS];
static uint64_t started, sent; /* when the first message was due, and how many positions were sent */
static struct histogram ages;
static bool measuring;
static int loop;
static FILE *kept;

static struct {
    uint64_t positions, rows, bytes, binary, text, corrupt, gaps;
    double server, waited, self, at;
} now_is, began, ended;

static void mark(void)
{
    now_is.server = cpu_of(options.pid);
    now_is.waited = waited_by(options.pid);
    now_is.self = (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
    now_is.at = (double)clock_ns(CLOCK_MONOTONIC) / 1e9;
    now_is.positions = sent;
}

/* When message `number` of all was to be sent. */
static uint64_t due(uint64_t number)
{
    double periods = options.burst ? (double)(number / fleet_size) : (double)number / fleet_size;
    return started + (uint64_t)(periods * options.period * 1e9);
}

static void say(struct link *feed, uint64_t number)
{
    unsigned char message[BEAST];
    uint32_t index = (uint32_t)(number % fleet_size), period = (uint32_t)(number / fleet_size);
    const struct aircraft *it = &fleet[index];
    uint32_t address = FIRST_AIRCRAFT + index;
    double lat = it->lat + it->north * period, lon = it->lon + it->east * period;
    unsigned steps = LOWEST + period % STEPS_UP;
    append(&feed->waiting, message, position(message, address, lat, lon, steps, (int)(period & 1)));
    if (period == 0 || (index + period) % VELOCITY_EVERY == 0)
        append(&feed->waiting, message, velocity(message, address, it->knots_east, it->knots_north));
    if (period == 0 || (index + period) % CALLSIGN_EVERY == 0) {
        char callsign[16];
        snprintf(callsign, sizeof callsign, "KLM%05u", index);
        append(&feed->waiting, message, identification(message, address, callsign));
    }
}

/* Send what is due to be heard. */
static void pump(uint64_t now)
{
    if (!fleet_size)
        return;
    while (due(sent) <= now) {
        say(&feeds[sent % fleet_size % options.feeds], sent);
        sent++;
    }
    for (unsigned i = 0; i < options.feeds; i++)
        give(&feeds[i]);
}

static void row(const unsigned char *from, uint64_t now)
{
    uint32_t first;
    int32_t lon, lat;
    int16_t altitude;
    memcpy(&first, from, 4);
    memcpy(&lon, from + 4, 4);
    memcpy(&lat, from + 8, 4);
    memcpy(&altitude, from + 12, 2);
    uint32_t index = (first & 0xffffff) - FIRST_AIRCRAFT, step = (uint32_t)(altitude + 40) - LOWEST;
    uint64_t last = sent / fleet_size; /* of the periods that can have made it the newest */
    if (index >= fleet_size || (first & PLACED) != PLACED || step >= STEPS_UP) {
        now_is.corrupt++;
        return;
    }
    uint64_t period = last - (last % STEPS_UP + STEPS_UP - step) % STEPS_UP;
    uint64_t then = due(period * fleet_size + index);
    const struct aircraft *it = &fleet[index];
    bool there = fabs(lat / 1e7 - it->lat - it->north * period) < NEAR && fabs(lon / 1e7 - it->lon - it->east * period) < NEAR;
    if (then > now || !there) {
        now_is.corrupt++;
        return;
    }
    now_is.rows++;
    if (measuring)
        histogram_add(&ages, now - then);
}

static uint64_t number_after(const char *text, size_t size, const char *name)
{
    const char *found = memmem(text, size, name, strlen(name));
    return found ? strtoull(found + strlen(name), NULL, 10) : UINT64_MAX;
}

/* The position moves from `base` to `seq`, with the last part. */
static void moved(struct watcher *watcher, bool update, uint64_t base, uint64_t seq, bool more)
{
    if (update && watcher->placed && base > watcher->base)
        now_is.gaps++;
    if (!more) {
        watcher->base = seq;
        watcher->placed = true;
    }
}

static void binary(struct watcher *watcher, const unsigned char *from, size_t size, uint64_t now)
{
    uint16_t flags;
    uint32_t count;
    uint64_t base, seq;
    memcpy(&flags, from + 2, 2);
    memcpy(&count, from + 4, 4);
    memcpy(&base, from + 8, 8);
    memcpy(&seq, from + 16, 8);
    if (size < HEADER || size != HEADER + (size_t)count * ROW) {
        now_is.corrupt++;
        return;
    }
    now_is.binary++;
    moved(watcher, from[0] == 1, base, seq, flags & 1);
    if (from[0] == 1)
        for (uint32_t i = 0; i < count; i++)
            row(from + HEADER + i * ROW, now);
}

static void text(struct watcher *watcher, const char *from, size_t size)
{
    now_is.text++;
    size_t head = size < 300 ? size : 300;
    bool more = memmem(from, head, "\"more\":true", 11) != NULL;
    uint64_t seq = number_after(from, head, "\"seq\":");
    if (memmem(from, head, "\"t\":\"update\"", 12))
        moved(watcher, true, number_after(from, head, "\"base\":"), seq, more);
    if (memmem(from, head, "\"t\":\"snapshot\"", 14))
        moved(watcher, false, 0, seq, number_after(from, head, "\"part\":") != number_after(from, head, "\"parts\":"));
    if (memmem(from, head, "\"t\":\"heartbeat\"", 15))
        moved(watcher, false, 0, seq, false);
}

static void message(struct watcher *watcher, const unsigned char *frame, const unsigned char *from, size_t size,
                    uint64_t now)
{
    if (kept && watcher == watchers) {
        uint32_t length = (uint32_t)size;
        fwrite(frame, 1, 1, kept);
        fwrite(&length, sizeof length, 1, kept);
        fwrite(from, 1, size, kept);
    }
    if (frame[0] == 0x82)
        binary(watcher, from, size, now);
    else if (frame[0] == 0x81)
        text(watcher, (const char *)from, size);
    else if (frame[0] == 0xc1)
        now_is.text++;
    else if (frame[0] == 0x89) {
        append_frame(&watcher->link.waiting, 0x8a, "", (const char *)from, size, "");
        give(&watcher->link);
    } else if (frame[0] == 0x88)
        closed((const char *)from, size);
    else if (frame[0] != 0x8a)
        now_is.corrupt++;
}

static void hear(struct watcher *watcher)
{
    static unsigned char buffer[4 * READ];
    struct bytes *heard = &watcher->link.heard;
    size_t have = heard->size, payload, header;
    if (have > 3 * READ)
        die("a frame without end");
    memcpy(buffer, heard->at, have);
    ssize_t read = recv(watcher->link.fd, buffer + have, READ, 0);
    if (read == 0)
        die("the server hung up");
    if (read < 0) {
        if (errno == EAGAIN)
            return;
        die("recv");
    }
    uint64_t now = clock_ns(CLOCK_MONOTONIC);
    now_is.bytes += (uint64_t)read;
    have += (size_t)read;
    unsigned char *from = buffer;
    while ((header = frame_read(from, have, &payload)) && have >= header + payload) {
        message(watcher, from, from + header, payload, now);
        from += header + payload;
        have -= header + payload;
    }
    heard->size = 0;
    append(heard, from, have);
}

/* Feed and read until `until`. */
static void run(uint64_t until)
{
    struct epoll_event events[EVENTS];
    for (;;) {
        uint64_t now = clock_ns(CLOCK_MONOTONIC);
        if (now >= until)
            return;
        pump(now);
        struct timespec pause = {.tv_nsec = TICK};
        int ready = epoll_pwait2(loop, events, EVENTS, &pause, NULL);
        for (int i = 0; i < ready; i++)
            hear(events[i].data.ptr);
    }
}

static void wait_seconds(double seconds)
{
    run(clock_ns(CLOCK_MONOTONIC) + (uint64_t)(seconds * 1e9));
}

/* Send a watcher's wish; deflated it is one stored block (RFC 1951, 3.2.4; RFC 7692, 7.2.3.3). */
static void wish(struct link *link, const char *what)
{
    char block[5] = {0, (char)strlen(what), (char)(strlen(what) >> 8)};
    block[3] = (char)~block[1], block[4] = (char)~block[2];
    struct bytes all = {0};
    append(&all, block, options.deflate ? 5 : 0);
    append(&all, what, strlen(what) + options.deflate); /* and its NUL, which begins the block that ends it */
    append_frame(&link->waiting, options.deflate ? 0xc1 : 0x81, "", (char *)all.at, all.size, "");
    free(all.at);
    give(link);
}

static void join_all(void)
{
    char protocol[256];
    snprintf(protocol, sizeof protocol, "%s%s", options.protocol,
             options.deflate ? "\r\nSec-WebSocket-Extensions: permessage-deflate" : "");
    for (unsigned first = 0; first < watcher_count; first += JOINING) {
        unsigned some = watcher_count - first < JOINING ? watcher_count - first : JOINING;
        struct link links[JOINING] = {0};
        connect_some(links, some, options.port, "/ws/tracker/room%u/", protocol, "");
        for (unsigned i = 0; i < some; i++) {
            struct watcher *watcher = &watchers[first + i];
            watcher->link = links[i];
            wish(&watcher->link, watches[first + i]);
            struct epoll_event event = {.events = EPOLLIN, .data.ptr = watcher};
            epoll_ctl(loop, EPOLL_CTL_ADD, watcher->link.fd, &event);
        }
        wait_seconds(0.002);
    }
}

static void dial(struct link *feed)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.feed_port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    for (int tries = 0;; tries++) { /* it may be open a moment after the rooms are */
        feed->fd = socket(AF_INET, SOCK_STREAM, 0);
        if (feed->fd >= 0 && !connect(feed->fd, (struct sockaddr *)&address, sizeof address))
            break;
        if (tries == 100)
            die("connect to the feed");
        close(feed->fd);
        usleep(50000);
    }
    setsockopt(feed->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(feed->fd, F_SETFL, O_NONBLOCK);
}

static FILE *opened(const char *path)
{
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file)
        die("a file of aircraft and one of watches are needed");
    return file;
}

static void set_up(void)
{
    FILE *file = opened(options.aircraft);
    struct aircraft it;
    while (fscanf(file, "%lf %lf %d %d", &it.lat, &it.lon, &it.knots_north, &it.knots_east) == 4) {
        it.north = it.knots_north * options.period / 3600 / 60;
        it.east = it.knots_east * options.period / 3600 / 60 / cos(it.lat * M_PI / 180);
        fleet = realloc(fleet, (fleet_size + 1) * sizeof *fleet);
        fleet[fleet_size++] = it;
    }
    fclose(file);
    file = opened(options.watches);
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = 0;
        watches = realloc(watches, (watcher_count + 1) * sizeof *watches);
        watches[watcher_count++] = strdup(line);
    }
    fclose(file);
    if (options.keep && !(kept = fopen(options.keep, "w")))
        die("keep");
    watchers = calloc(watcher_count + 1, sizeof *watchers);
    loop = epoll_create1(0);
    crc_prepare();
}

static void read_options(int count, char **words)
{
    int letter;
    while ((letter = getopt_long(count, words, "", OPTIONS, NULL)) != -1) {
        switch (letter) {
        case 'p': options.port = atoi(optarg); break;
        case 'i': options.pid = atoi(optarg); break;
        case 'c': options.core = atoi(optarg); break;
        case 'f': options.feed_port = atoi(optarg); break;
        case 'F': options.feeds = (unsigned)atoi(optarg); break;
        case 'b': options.burst = 1; break;
        case 'd': options.deflate = 1; break;
        case 'a': options.aircraft = optarg; break;
        case 'w': options.watches = optarg; break;
        case 'o': options.protocol = optarg; break;
        case 'P': options.period = atof(optarg); break;
        case 's': options.seconds = atof(optarg); break;
        case 'm': options.warm = atof(optarg); break;
        case 'S': options.settle = atof(optarg); break;
        case 'k': options.keep = optarg; break;
        default: exit(2);
        }
    }
    if (options.feeds > MOST_FEEDS || !options.feeds)
        die("feeds");
}

int main(int count, char **words)
{
    read_options(count, words);
    if (options.core >= 0) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        CPU_SET((unsigned)options.core, &cores);
        if (sched_setaffinity(0, sizeof cores, &cores))
            die("core");
    }
    prctl(PR_SET_TIMERSLACK, 1);
    set_up();
    for (unsigned i = 0; i < options.feeds; i++)
        dial(&feeds[i]);
    started = clock_ns(CLOCK_MONOTONIC) + TICK;
    wait_seconds(options.warm);
    join_all();
    wait_seconds(options.settle);
    mark();
    began = now_is;
    measuring = true;
    wait_seconds(options.seconds);
    mark();
    ended = now_is;
    if (kept)
        fclose(kept);
    printf("{\"seconds\":%.6f,\"positions\":%lu,\"rows\":%lu,\"bytes\":%lu,\"binary\":%lu,\"text\":%lu,", ended.at - began.at,
           ended.positions - began.positions, ended.rows - began.rows, ended.bytes - began.bytes,
           ended.binary - began.binary, ended.text - began.text);
    printf("\"server_cpu\":%.3f,\"waited\":%.3f,\"load_cpu\":%.3f,", ended.server - began.server,
           ended.waited - began.waited, ended.self - began.self);
    printf("\"corrupt\":%lu,\"gaps\":%lu,\"unsent\":%lu,", now_is.corrupt, now_is.gaps, (unsigned long)feeds[0].waiting.size);
    printf("\"p50\":%.9f,\"p99\":%.9f,\"longest\":%.9f}\n", histogram_at(&ages, 0.5) / 1e9, histogram_at(&ages, 0.99) / 1e9,
           (double)ages.largest / 1e9);
    return 0;
}
