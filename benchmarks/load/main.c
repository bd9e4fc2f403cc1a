/* What does the harness want next? Lines on stdin, answered by a line of JSON each:

   open COUNT                               so many more sockets, until each is ready
   publish EVENTS SECONDS RATE WINDOW BATCH so many events or for so long, whichever ends first; RATE events a second,
                                            or 0: as many as WINDOW allows to be under way
   idle SECONDS                             only answer pings */

#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512, SECOND = 1000000000, MILLISECOND = 1000000, NAP = 100000 };

static int poll_fd;
static bool naps;

struct options options = {.header = "", .hello = "", .ready = "", .ping = "", .pong = "",
                          .post = "", .post_header = "", .post_headers = "", .item = "STAMP", .patience = "20"};

void fail(const char *what)
{
    perror(what);
    exit(2);
}

char **lines_of(const char *path, int *count)
{
    FILE *file = fopen(path, "r");
    if (!file)
        fail(path);
    char **lines = NULL, *line = NULL;
    size_t size = 0;
    *count = 0;
    for (ssize_t length; (length = getline(&line, &size, file)) > 0; line = NULL, size = 0) {
        line[strcspn(line, "\n")] = 0;
        lines = realloc(lines, (*count + 1) * sizeof *lines);
        if (!lines)
            fail("memory");
        lines[(*count)++] = line;
    }
    fclose(file);
    if (!*count)
        fail("an empty file");
    return lines;
}

int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * (int64_t)SECOND + time.tv_nsec;
}

void watch(int fd, uint32_t id, bool for_writing)
{
    struct epoll_event event = {.events = for_writing ? EPOLLOUT : EPOLLIN, .data.u32 = id};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        fail("epoll_ctl");
}

void watch_reading(int fd, uint32_t id)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = id};
    epoll_ctl(poll_fd, EPOLL_CTL_MOD, fd, &event);
}

/* A reader that sleeps in epoll_wait is woken by the server's send(), at the server's cost: a third of its CPU, where
   the load is faster. Clients are on other machines, so while events are published the load wakes by itself. */
static int wait_for(struct epoll_event *events, int64_t wait)
{
    int count = epoll_wait(poll_fd, events, EVENTS, naps || wait < 0 ? 0 : wait / MILLISECOND);
    if (count || !naps)
        return count;
    struct timespec nap = {.tv_nsec = wait < NAP ? (wait < 0 ? 0 : wait) : NAP};
    nanosleep(&nap, NULL);
    return epoll_wait(poll_fd, events, EVENTS, 0);
}

/* Takes what happens within the time; true where a command waits. */
static bool turn(int64_t wait)
{
    struct epoll_event events[EVENTS];
    int count = wait_for(events, wait);
    bool commanded = false;
    for (int each = 0; each < count; each++) {
        uint32_t id = events[each].data.u32;
        if (id & ID_INPUT)
            commanded = true;
        else if (id & ID_HTTP)
            posting_event(id);
        else
            sockets_event(id, events[each].events & EPOLLOUT);
    }
    return commanded;
}

static int64_t patience(void)
{
    return atoi(options.patience) * (int64_t)SECOND;
}

static void open_sockets(int count)
{
    int64_t start = now(), progress = start;
    int before = sockets_ready, seen = before;
    sockets_open(count);
    while (!sockets_settled && now() - progress < patience()) {
        turn(SECOND / 10);
        if (sockets_ready != seen) {
            seen = sockets_ready;
            progress = now();
        }
    }
    printf("{\"ready\": %d, \"opened\": %d, \"seconds\": %.6f}\n", sockets_ready, sockets_ready - before,
           (now() - start) / 1e9);
}

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* When the next batch is due; 0: at once. */
static int64_t due(int64_t start, double rate, int window, int batch)
{
    if (rate > 0)
        return start + (int64_t)(tally_events / rate * 1e9);
    return tally_events - tally_complete < window * batch ? 0 : INT64_MAX;
}

static void report(double seconds, double cpu)
{
    printf("{\"events\": %d, \"sockets\": %d, \"deliveries\": %lld, \"missing\": %lld, \"doubled\": %lld, "
           "\"strayed\": %lld, \"failed_posts\": %d, \"closed\": %d, \"seconds\": %.6f, \"cpu\": %.6f, "
           "\"frame_bytes\": %lld, \"p50\": %.1f, \"p99\": %.1f, \"max\": %.1f}\n",
           tally_events, sockets_ready, (long long)tally_deliveries,
           (long long)(tally_expected - tally_deliveries), (long long)tally_doubled, (long long)tally_strayed,
           posting_failed, sockets_closed, seconds, cpu, (long long)tally_frame_bytes,
           tally_quantile(0.5), tally_quantile(0.99), tally_quantile(1));
}

static void publish(int events, double seconds, double rate, int window, int batch)
{
    tally_begin();
    posting_failed = 0;
    double cpu = cpu_seconds();
    int64_t start = now(), end = start + (int64_t)(seconds * 1e9), progress = start, seen = 0;
    naps = true;
    for (bool over = false;;) {
        int64_t time = now(), next = due(start, rate, window, batch);
        over = over || time >= end || tally_events >= events;
        if (!over && next <= time) {
            /* Stamped with when it should have gone out: a server that keeps us waiting is not spared that. */
            if (posting_send(batch, next ? next : time))
                continue;
            next = INT64_MAX;
        }
        if (over && tally_complete == tally_events)
            break;
        if (seen != tally_deliveries) {
            seen = tally_deliveries;
            progress = time;
        } else if (time - progress > patience()) {
            break;
        }
        turn(over || next == INT64_MAX ? SECOND / 100 : next - time);
    }
    naps = false;
    report(((tally_last ? tally_last : now()) - start) / 1e9, cpu_seconds() - cpu);
}

static void idle(double seconds)
{
    int64_t end = now() + (int64_t)(seconds * 1e9);
    for (int64_t time; (time = now()) < end;)
        turn(end - time);
    printf("{\"closed\": %d}\n", sockets_closed);
}

static void obey(const char *line)
{
    int count, window, batch;
    double seconds, rate;
    if (sscanf(line, "open %d", &count) == 1)
        open_sockets(count);
    else if (sscanf(line, "publish %d %lf %lf %d %d", &count, &seconds, &rate, &window, &batch) == 5)
        publish(count, seconds, rate, window, batch);
    else if (sscanf(line, "idle %lf", &seconds) == 1)
        idle(seconds);
    else
        fail(line);
    fflush(stdout);
}

static void read_ports(char *list)
{
    for (char *each = strtok(list, ","); each && options.port_count < MOST_PORTS; each = strtok(NULL, ","))
        options.ports[options.port_count++] = atoi(each);
}

static void read_options(int count, char **words)
{
    const struct { const char *name, **value; } known[] = {
        {"--paths", &options.paths}, {"--header", &options.header}, {"--hello", &options.hello},
        {"--ready", &options.ready}, {"--ping", &options.ping},     {"--pong", &options.pong},
        {"--post", &options.post},   {"--item", &options.item},     {"--post-header", &options.post_header},
        {"--post-headers", &options.post_headers}, {"--patience", &options.patience},
    };
    for (int at = 1; at + 1 < count; at += 2) {
        bool found = !strcmp(words[at], "--ports");
        if (found)
            read_ports(words[at + 1]);
        for (size_t each = 0; each < sizeof known / sizeof *known; each++)
            if (!strcmp(words[at], known[each].name)) {
                *known[each].value = words[at + 1];
                found = true;
            }
        if (!found)
            fail(words[at]);
    }
    if (!options.port_count || !options.paths || !strstr(options.item, "STAMP"))
        fail("options");
}

int main(int count, char **words)
{
    read_options(count, words);
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    sockets_begin();
    posting_begin();
    watch(STDIN_FILENO, ID_INPUT, false);
    for (char line[256];;) {
        while (!turn(SECOND))
            ;
        if (!fgets(line, sizeof line, stdin))
            return 0;
        obey(line);
    }
}
