/* Counts of times in ns, exact to 1.6 %: 64 steps to each power of two from 128 on. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#define STEPS 128
#define BUCKETS (40 * STEPS)

struct histogram {
    uint64_t total, largest;
    uint32_t counts[BUCKETS];
};

static void histogram_add(struct histogram *to, uint64_t ns)
{
    unsigned power = ns < STEPS ? 0 : 63 - __builtin_clzll(ns) - 6;
    unsigned bucket = power * STEPS / 2 + (unsigned)(ns >> power);
    to->counts[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    to->total++;
    if (ns > to->largest)
        to->largest = ns;
}

/* The time, in ns, that `share` of all did not exceed; 0 where there are none. */
static double histogram_at(const struct histogram *from, double share)
{
    uint64_t wanted = (uint64_t)(share * from->total), seen = 0;
    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        seen += from->counts[bucket];
        if (from->counts[bucket] && seen > wanted) {
            unsigned power = bucket < STEPS ? 0 : (bucket - STEPS / 2) / (STEPS / 2);
            return (double)((uint64_t)(bucket - power * STEPS / 2) << power);
        }
    }
    return from->largest;
}

#endif
