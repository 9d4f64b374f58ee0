/* The load generator: watchers and publishers of rooms, in one thread that sleeps in epoll.
 *
 * Every flight that comes is compared, byte by byte, with what its publisher sent, and must be the next of that
 * publisher: so nothing that is lost, doubled, changed or out of order can be counted as delivered. A publisher
 * either keeps `window` flights under way (a flight is under way until all in its room have it) or is bound to a
 * schedule; latency is counted from the time at which a flight was to be sent, not from when it was. What is
 * measured begins and ends with nothing under way.
 *
 * Watchers of version 1 are sent rows, each the newest of an aircraft, which name their flight by its latitude. There
 * a flight is delivered to a watcher with the row of it or of a later one.
 *
 * Prints one line of JSON. Options: options.h.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include "flight.h"
#include "histogram.h"
#include "link.h"
#include "options.h"
#include "taken.h"

#define READ (256 * 1024)
#define EVENTS 512
#define FRAME 384           /* bytes that a flight may have with all that is around it */
#define AT_ONCE 32          /* handshakes under way together */
#define READ_ALONG 1000000  /* ns in which to read between two such lots */
#define SETTLE 0.4          /* seconds from the last handshake to the first flight */
#define GIVE_UP 1000000000u /* ns without a delivery after which what is under way is taken for lost */
#define DRAIN 3000000000u   /* the same after the last flight */
#define SCHEDULED 8192      /* flights that a publisher with a schedule may have under way */
#define ROWS_AT 40          /* bytes before the rows of a binary message, and of a row */
#define ROW 20

struct entry {
    uint64_t due;
    uint32_t left; /* connections that do not have it yet */
    unsigned char frame[FRAME];
};

struct publisher {
    struct link *link;
    struct entry *ring;
    uint32_t mask, sent, head, total;
    unsigned window, burst;
    double period; /* ns */
    double due;
};

static struct {
    uint64_t deliveries, published, again, corrupt, stalls, other;
    double server, waited, self, at;
} now_is, began, ended;

static struct options options;
static struct publisher *publishers;
static struct histogram *delays; /* of each room */
static struct link *links;
static unsigned receivers; /* connections in a room */
static size_t frame_size, flight_at;
static bool measuring;
static uint64_t measured_from, delivered_at;
static char said[200];
static int loop;

static void mark(void)
{
    now_is.server = cpu_of(options.pid);
    now_is.waited = waited_by(options.pid);
    now_is.self = (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
    now_is.at = (double)clock_ns(CLOCK_MONOTONIC) / 1e9;
}

static void advance(struct publisher *publisher)
{
    while (publisher->head != publisher->sent && !publisher->ring[publisher->head & publisher->mask].left)
        publisher->head++;
}

/* A flight that is not the next one of its publisher, or nothing that was sent at all. */
static bool astray(struct publisher *publisher, uint32_t *expected, const unsigned char *frame)
{
    uint32_t number = digits((const char *)frame + flight_at + number_at, 10) - FIRST_NUMBER;
    if (number >= publisher->sent || publisher->sent - number > publisher->mask) {
        now_is.corrupt++;
        return false;
    }
    if (memcmp(publisher->ring[number & publisher->mask].frame, frame, frame_size)) {
        now_is.corrupt++;
        return false;
    }
    if (number < *expected) {
        now_is.again++;
        return false;
    }
    for (; *expected < number; ++*expected)
        if (publisher->ring[*expected & publisher->mask].left)
            publisher->ring[*expected & publisher->mask].left--;
    return true;
}

static void flight(struct link *link, const unsigned char *frame, uint64_t now)
{
    unsigned slot = 0;
    if (options.publishers > 1) {
        slot = digits((const char *)frame + flight_at + publisher_at, 4) - FIRST_PUBLISHER - link->room * options.publishers;
        if (slot >= options.publishers) {
            now_is.corrupt++;
            return;
        }
    }
    struct publisher *publisher = &publishers[link->room * options.publishers + slot];
    uint32_t *expected = &link->expected[slot];
    struct entry *entry = &publisher->ring[*expected & publisher->mask];
    if (*expected == publisher->sent || memcmp(entry->frame, frame, frame_size)) {
        if (!astray(publisher, expected, frame))
            return;
        entry = &publisher->ring[*expected & publisher->mask];
    }
    ++*expected;
    now_is.deliveries++;
    if (measuring && entry->due >= measured_from)
        histogram_add(&delays[link->room], now - entry->due);
    if (entry->left && !--entry->left)
        advance(publisher);
}

/* A row of an aircraft at this latitude, in 1e-5 degrees: its flight, and all before it, are here. */
static void row(struct link *link, long latitude, uint64_t now)
{
    struct publisher *publisher = publishers;
    uint32_t *expected = link->expected;
    uint32_t place = (uint32_t)(latitude - FIRST_LATITUDE);
    if (latitude < FIRST_LATITUDE || place >= LATITUDES || !publisher->sent) {
        now_is.corrupt++;
        return;
    }
    uint32_t last = publisher->sent - 1, number = last - (last % LATITUDES + LATITUDES - place) % LATITUDES;
    if (number > last || last - number > publisher->mask)
        return; /* of a snapshot: nobody waits for it */
    now_is.deliveries++;
    struct entry *entry = &publisher->ring[number & publisher->mask];
    if (measuring && entry->due >= measured_from)
        histogram_add(&delays[0], now - entry->due);
    for (; *expected <= number; ++*expected)
        if (publisher->ring[*expected & publisher->mask].left)
            publisher->ring[*expected & publisher->mask].left--;
    advance(publisher);
}

/* The rows of a message of version 1, if it has any. */
static void rows(struct link *link, const unsigned char *frame, const char *text, size_t size, uint64_t now)
{
    static const char name[] = "\"lat\":";
    const char *end = text + size;
    if (frame[0] == 0x82) {
        for (const char *at = text + ROWS_AT; at + ROW <= end; at += ROW) {
            int32_t latitude; /* in 1e-7 degrees */
            memcpy(&latitude, at + 8, 4);
            row(link, (latitude + 50) / 100, now);
        }
        return;
    }
    for (const char *at = text; (at = memmem(at, (size_t)(end - at), name, sizeof name - 1));) {
        at += sizeof name - 1;
        row(link, (long)(1e5 * strtod(at, NULL) + 0.5), now);
    }
}

static void answer(struct link *link, unsigned char first, const char *text, size_t size)
{
    append_frame(&link->waiting, first, "", text, size, "");
    give(link);
}

/* A frame that is no flight. */
static void other(struct link *link, const unsigned char *frame, const char *text, size_t size, uint64_t now)
{
    if (frame[0] == 0x89)
        answer(link, 0x8a, text, size);
    else if (frame[0] == 0x88)
        closed(text, size);
    else if (*options.hello && size == 1 && *text == '2') /* a ping of Engine.IO */
        answer(link, 0x81, "3", 1);
    else if (options.rows && (frame[0] == 0x81 || frame[0] == 0x82))
        rows(link, frame, text, size, now);
    else if (frame[0] != 0x8a) {
        now_is.other++;
        if (!*said && !*options.hello)
            for (size_t i = 0; i < size && i < sizeof said - 1; i++)
                said[i] = text[i] == '"' || text[i] == '\\' || text[i] < ' ' ? '\'' : text[i];
    }
}

static void frames(struct link *link, unsigned char *from, size_t size, uint64_t now)
{
    size_t header, payload;
    while ((header = frame_read(from, size, &payload)) && size >= header + payload) {
        if (header + payload == frame_size && !memcmp(from + header, options.before, flight_at - header))
            flight(link, from, now);
        else
            other(link, from, (char *)from + header, payload, now);
        from += header + payload;
        size -= header + payload;
    }
    link->heard.size = 0;
    append(&link->heard, from, size);
}

static void hear(struct link *link)
{
    static unsigned char buffer[2 * READ];
    size_t before = link->heard.size;
    if (before > READ)
        die("a frame without end");
    if (before)
        memcpy(buffer, link->heard.at, before);
    ssize_t size = recv(link->fd, buffer + before, READ, 0);
    if (size == 0)
        die("the server hung up");
    if (size < 0 && errno != EAGAIN)
        die("recv");
    if (size > 0) {
        delivered_at = clock_ns(CLOCK_MONOTONIC);
        frames(link, buffer, before + (size_t)size, delivered_at);
    }
}

static void publish(struct publisher *publisher, uint64_t due)
{
    struct entry *entry = &publisher->ring[publisher->sent & publisher->mask];
    size_t payload = strlen(options.before) + FLIGHT_SIZE + strlen(options.after);
    frame_header(entry->frame, 0x81, payload, 0);
    flight_write((char *)entry->frame + flight_at, (unsigned)(publisher - publishers), publisher->sent,
                 options.aircraft);
    entry->due = due;
    entry->left = receivers;
    publisher->sent++;
    now_is.published++;
    append_frame(&publisher->link->waiting, 0x81, options.send_before, (char *)entry->frame + flight_at, FLIGHT_SIZE,
                 options.send_after);
}

/* Send what is due; the time at which something is due next. */
static double pump(uint64_t now)
{
    double next = 1e300;
    for (unsigned i = 0; i < options.rooms * options.publishers; i++) {
        struct publisher *publisher = &publishers[i];
        uint32_t before = publisher->sent;
        if (publisher->window) {
            if (publisher->sent - publisher->head <= publisher->window / 2)
                while (publisher->sent - publisher->head < publisher->window && publisher->sent != publisher->total)
                    publish(publisher, now);
        } else {
            while (publisher->due <= (double)now && publisher->sent != publisher->total &&
                   publisher->sent - publisher->head <= publisher->mask) {
                for (unsigned each = 0; each < publisher->burst; each++)
                    publish(publisher, (uint64_t)publisher->due);
                publisher->due += publisher->period;
            }
            if (publisher->sent != publisher->total && publisher->due < next)
                next = publisher->due;
        }
        if (publisher->sent != before || publisher->link->waiting.size)
            if (give(publisher->link) && (double)now + 1e6 < next)
                next = (double)now + 1e6;
    }
    return next;
}

static bool over(bool sent_too)
{
    for (unsigned i = 0; i < options.rooms * options.publishers; i++)
        if (publishers[i].head != publishers[i].sent || (sent_too && publishers[i].sent != publishers[i].total))
            return false;
    return true;
}

/* Nothing has come for long: what is under way will not. */
static void write_off(void)
{
    for (unsigned i = 0; i < options.rooms * options.publishers; i++)
        for (struct publisher *publisher = &publishers[i]; publisher->head != publisher->sent; publisher->head++)
            publisher->ring[publisher->head & publisher->mask].left = 0;
}

enum what { SETTLE_DOWN, PUBLISH, DRAIN_OUT };

/* Read, and publish if told to, until `until`; sooner where all is sent and here. */
static void run(uint64_t until, enum what what)
{
    struct epoll_event events[EVENTS];
    for (;;) {
        uint64_t now = clock_ns(CLOCK_MONOTONIC);
        if (now >= until)
            return;
        double next = what == PUBLISH ? pump(now) : 1e300;
        if (what == PUBLISH && options.total && over(true))
            return;
        if (what == DRAIN_OUT && (over(false) || now - delivered_at > DRAIN))
            return;
        if (what == PUBLISH && options.window && now - delivered_at > GIVE_UP) {
            now_is.stalls++;
            delivered_at = now;
            write_off();
        }
        if (next > (double)until)
            next = (double)until;
        double wait = next - (double)now;
        if (wait > 1e8)
            wait = 1e8;
        if (wait < 0)
            wait = 0;
        struct timespec pause = {.tv_nsec = (long)wait};
        int ready = epoll_pwait2(loop, events, EVENTS, &pause, NULL);
        for (int i = 0; i < ready; i++)
            hear(events[i].data.ptr);
    }
}

/* Publish no more, and read until all is here: what the server spent is then spent on what was counted. */
static void drain(void)
{
    delivered_at = clock_ns(CLOCK_MONOTONIC);
    run(delivered_at + 10 * (uint64_t)DRAIN, DRAIN_OUT);
}

static void connect_all(void)
{
    unsigned count = options.rooms * receivers;
    for (unsigned first = 0; first < count; first += AT_ONCE) {
        unsigned some = count - first < AT_ONCE ? count - first : AT_ONCE;
        connect_some(&links[first], some, options.port, options.path, options.protocol, options.hello);
        for (unsigned i = first; i < first + some; i++) {
            struct epoll_event event = {.events = EPOLLIN, .data.ptr = &links[i]};
            epoll_ctl(loop, EPOLL_CTL_ADD, links[i].fd, &event);
        }
        run(clock_ns(CLOCK_MONOTONIC) + READ_ALONG, SETTLE_DOWN);
    }
}

static void set_up(void)
{
    unsigned count = options.rooms * receivers;
    links = calloc(count, sizeof *links);
    publishers = calloc(options.rooms * options.publishers + 1, sizeof *publishers);
    delays = calloc(options.rooms, sizeof *delays);
    loop = epoll_create1(0);
    flight_at = frame_header((unsigned char[10]){0}, 0x81, strlen(options.before) + FLIGHT_SIZE + strlen(options.after), 0);
    frame_size = flight_at + strlen(options.before) + FLIGHT_SIZE + strlen(options.after);
    size_t header = flight_at;
    flight_at += strlen(options.before);
    if (frame_size > FRAME)
        die("too much around a flight");
    for (unsigned i = 0; i < count; i++) {
        links[i].room = i % options.rooms;
        links[i].expected = calloc(options.publishers + 1, sizeof *links[i].expected);
    }
    for (unsigned i = 0; i < options.rooms * options.publishers; i++) {
        struct publisher *publisher = &publishers[i];
        unsigned room = i / options.publishers;
        publisher->link = &links[room + options.rooms * (i % options.publishers)];
        publisher->window = options.flood && room ? 0 : options.window;
        publisher->burst = options.burst;
        publisher->total = options.total ? options.total : UINT32_MAX;
        publisher->period = options.rate ? 1e9 * options.burst / options.rate : 1e18;
        uint32_t size = 64, wanted = publisher->window ? 8 * publisher->window : SCHEDULED;
        if (!publisher->window && options.rate && options.rate * 10 < wanted)
            wanted = (uint32_t)(options.rate * 10);
        while (size < wanted)
            size *= 2;
        publisher->mask = size - 1;
        publisher->ring = calloc(size, sizeof *publisher->ring);
        for (uint32_t each = 0; each < size; each++) {
            memcpy(publisher->ring[each].frame + header, options.before, strlen(options.before));
            memcpy(publisher->ring[each].frame + flight_at + FLIGHT_SIZE, options.after, strlen(options.after));
        }
    }
}

/* Deliveries that did not come; with rows: flights after the last that a watcher has heard of. */
static uint64_t missing(void)
{
    if (!options.rows)
        return now_is.published * receivers - now_is.deliveries;
    uint64_t count = 0;
    for (unsigned i = 0; i < receivers; i++)
        count += publishers->sent - *links[i].expected;
    return count;
}

static void report(void)
{
    struct histogram *all = calloc(1, sizeof *all);
    for (unsigned room = 0; room < options.rooms; room++) {
        all->total += delays[room].total;
        for (unsigned i = 0; i < BUCKETS; i++)
            all->counts[i] += delays[room].counts[i];
        if (delays[room].largest > all->largest)
            all->largest = delays[room].largest;
    }
    printf("{\"seconds\":%.6f,\"published\":%lu,\"deliveries\":%lu,\"server_cpu\":%.3f,\"waited\":%.3f,\"load_cpu\":%.3f,",
           ended.at - began.at, ended.published - began.published, ended.deliveries - began.deliveries,
           ended.server - began.server, ended.waited - began.waited, ended.self - began.self);
    printf("\"all_published\":%lu,\"all_deliveries\":%lu,\"missing\":%lu,\"reordered\":%lu,\"corrupt\":%lu,\"stalls\":%lu,",
           now_is.published, now_is.deliveries, missing(), now_is.again,
           now_is.corrupt, now_is.stalls);
    printf("\"other\":%lu,\"said\":\"%s\",\"p50\":%.9f,\"p99\":%.9f,\"longest\":%.9f,\"room_p99\":[", now_is.other, said,
           histogram_at(all, 0.5) / 1e9, histogram_at(all, 0.99) / 1e9, (double)all->largest / 1e9);
    for (unsigned room = 0; room < options.rooms; room++)
        printf("%s%.9f", room ? "," : "", histogram_at(&delays[room], 0.99) / 1e9);
    printf("]}\n");
    fflush(stdout);
}

/* Publish and measure for so long, beginning and ending with nothing under way. */
static void measure(double seconds, uint64_t from)
{
    mark();
    began = now_is;
    measured_from = from;
    measuring = true;
    run(clock_ns(CLOCK_MONOTONIC) + (uint64_t)(seconds * 1e9), PUBLISH);
    drain();
    measuring = false;
    mark();
    ended = now_is;
    ended.at = (double)delivered_at / 1e9;
    report();
}

static void begin_schedules(uint64_t at)
{
    for (unsigned i = 0; i < options.rooms * options.publishers; i++)
        publishers[i].due = (double)at + (options.rooms > 1 ? publishers[i].period * i / options.rooms : 0);
    delivered_at = at;
}

/* Read along until stdin says what to do next: seconds, and flights under way if that changes; false at its end. */
static bool next_turn(double *seconds)
{
    struct epoll_event events[EVENTS] = {{.events = EPOLLIN}};
    char line[64];
    epoll_ctl(loop, EPOLL_CTL_ADD, 0, events);
    for (bool told = false; !told;) {
        int ready = epoll_wait(loop, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr)
                hear(events[i].data.ptr);
            else
                told = true;
        }
    }
    epoll_ctl(loop, EPOLL_CTL_DEL, 0, NULL);
    unsigned window;
    int count = fgets(line, sizeof line, stdin) ? sscanf(line, "%lf %u", seconds, &window) : 0;
    for (unsigned i = 0; count == 2 && i < options.rooms * options.publishers; i++)
        publishers[i].window = window < options.window ? window : options.window;
    return count > 0;
}

int main(int count, char **words)
{
    options_read(&options, count, words);
    if (options.core >= 0) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        CPU_SET((unsigned)options.core, &cores);
        if (sched_setaffinity(0, sizeof cores, &cores))
            die("core");
    }
    prctl(PR_SET_TIMERSLACK, 1);
    receivers = options.watchers + options.publishers;
    set_up();
    mark();
    began = now_is;
    connect_all();
    delivered_at = clock_ns(CLOCK_MONOTONIC);
    run(delivered_at + (uint64_t)(SETTLE * 1e9), SETTLE_DOWN);
    if (options.idle) {
        mark();
        ended = now_is;
        ended.at = (double)delivered_at / 1e9;
        report();
        while (getchar() != EOF)
            ;
        return 0;
    }
    if (options.turns) {
        for (double seconds; next_turn(&seconds);) {
            memset(delays, 0, sizeof *delays);
            begin_schedules(clock_ns(CLOCK_MONOTONIC));
            measure(seconds, clock_ns(CLOCK_MONOTONIC));
        }
        return 0;
    }
    uint64_t start = clock_ns(CLOCK_MONOTONIC);
    begin_schedules(start);
    run(start + (uint64_t)(options.warm * 1e9), PUBLISH);
    drain();
    measure(options.seconds, options.warm ? clock_ns(CLOCK_MONOTONIC) : start);
    return 0;
}
