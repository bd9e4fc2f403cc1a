/* A calendar clock that is CLOCK_OFF_BY seconds off, for a program that is started with this as LD_PRELOAD.

   libfaketime does more, and makes Python's threads a hundred times slower to start. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static int (*true_clock)(clockid_t, struct timespec *);
static long off_by;

__attribute__((constructor)) static void begin(void)
{
    const char *said = getenv("CLOCK_OFF_BY");
    true_clock = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    off_by = said ? atol(said) : 0;
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    if (!true_clock)
        begin();
    int result = true_clock(which, now);
    if (result == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        now->tv_sec += off_by;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *where)
{
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (where)
        *where = precise.tv_sec;
    return precise.tv_sec;
}
