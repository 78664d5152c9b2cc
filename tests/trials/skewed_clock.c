/*
 * Shifts a process's clock by CLOCK_OFFSET_MILLISECONDS. Preloaded (LD_PRELOAD), it stands before the C library's functions that
 * tell the time of day; the monotonic clock, by which timeouts are measured, stays as it is. The product knows nothing of it.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset_milliseconds(void) {
    static int is_known;
    static long offset;
    if (!is_known) {
        const char *text = getenv("CLOCK_OFFSET_MILLISECONDS");
        offset = text ? atol(text) : 0;
        is_known = 1;
    }
    return offset;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        long long nanoseconds = now->tv_nsec + (offset_milliseconds() % 1000) * 1000000LL;
        now->tv_sec += offset_milliseconds() / 1000;
        if (nanoseconds < 0) {
            nanoseconds += 1000000000LL;
            now->tv_sec -= 1;
        } else if (nanoseconds >= 1000000000LL) {
            nanoseconds -= 1000000000LL;
            now->tv_sec += 1;
        }
        now->tv_nsec = (long)nanoseconds;
    }
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    (void)zone;
    int failed = clock_gettime(CLOCK_REALTIME, &precise);
    if (failed == 0) {
        now->tv_sec = precise.tv_sec;
        now->tv_usec = precise.tv_nsec / 1000;
    }
    return failed;
}

time_t time(time_t *told) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (told) {
        *told = now.tv_sec;
    }
    return now.tv_sec;
}
