/* Which event came to which socket, and how long did it take? */

#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUB_BITS = 6, BUCKETS = 64 << SUB_BITS };

int tally_events, tally_complete;
int64_t tally_expected, tally_deliveries, tally_doubled, tally_strayed, tally_last, tally_frame_bytes;

/* Event `number` is row number - first. */
static struct event {
    uint8_t *seen;
    int count, room;
} *rows;
static int first, space;
static int64_t histogram[BUCKETS];

/* Frames to many sockets are the same bytes: each is understood once. */
static struct {
    char text[MOST_FRAME];
    size_t length;
    long number;
    int64_t sent;
} last = {.number = -1};

void tally_begin(void)
{
    for (int row = 0; row < tally_events; row++)
        free(rows[row].seen);
    first += tally_events;
    tally_events = tally_complete = 0;
    tally_expected = tally_deliveries = tally_doubled = tally_strayed = tally_last = 0;
    memset(histogram, 0, sizeof histogram);
}

void tally_stamp(char *to, int64_t sent, int room)
{
    char text[STAMP_BYTES + 1];
    snprintf(text, sizeof text, "#%08d@%020lld#", first + tally_events, (long long)sent);
    memcpy(to, text, STAMP_BYTES);
    if (tally_events == space) {
        space = space ? space * 2 : 1024;
        rows = realloc(rows, space * sizeof *rows);
    }
    uint8_t *seen = rows ? calloc(sockets_opened / 8 + 1, 1) : NULL;
    if (!seen)
        fail("memory");
    rows[tally_events++] = (struct event){.seen = seen, .room = room};
    tally_expected += sockets_in[room];
}

static bool understand(const char *text, size_t length)
{
    if (length == last.length && memcmp(text, last.text, length) == 0)
        return last.number >= 0;
    if (length > sizeof last.text - 1)
        fail("a frame is too large");
    memcpy(last.text, text, length);
    last.text[length] = 0;
    last.length = length;
    last.number = -1;
    long long sent;
    const char *stamp = memchr(last.text, '#', length);
    if (stamp && sscanf(stamp, "#%8ld@%20lld#", &last.number, &sent) == 2)
        last.sent = sent;
    return last.number >= 0;
}

/* Logarithmic, with 64 steps for each doubling: 1.6 % at most. */
static int bucket_of(int64_t ns)
{
    if (ns < 1 << SUB_BITS)
        return ns < 0 ? 0 : ns;
    int shift = 63 - __builtin_clzll(ns) - SUB_BITS;
    return ((shift + 1) << SUB_BITS) + ((ns >> shift) & ((1 << SUB_BITS) - 1));
}

static double value_of(int bucket)
{
    int shift = (bucket >> SUB_BITS) - 1, step = bucket & ((1 << SUB_BITS) - 1);
    return shift < 0 ? step : (double)(((int64_t)1 << SUB_BITS) + step) * (double)((int64_t)1 << shift);
}

void tally_take(int socket, const char *text, size_t length)
{
    if (!understand(text, length))
        return;
    long row = last.number - first;
    uint8_t bit = 1 << (socket % 8);
    if (row < 0 || row >= tally_events || rows[row].seen[socket / 8] & bit) {
        tally_doubled++;
        return;
    }
    if (rows[row].room != socket % posting_rooms) {
        tally_strayed++;
        return;
    }
    rows[row].seen[socket / 8] |= bit;
    tally_last = now();
    histogram[bucket_of(tally_last - last.sent)]++;
    tally_deliveries++;
    tally_frame_bytes = length;
    tally_complete += ++rows[row].count == sockets_in[rows[row].room];
}

double tally_quantile(double share)
{
    int64_t rank = (int64_t)(share * tally_deliveries + 0.999999), seen = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++)
        if ((seen += histogram[bucket]) >= rank && seen)
            return value_of(bucket) / 1000;
    return 0;
}
