/* Independent pieces of work on several threads. */
#define _GNU_SOURCE /* sched_getaffinity, CPU_COUNT */
#include "dkg/base.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

unsigned dkg_cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return (unsigned)CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN); /* more processors than cpu_set_t holds */
    return n > 0 ? (unsigned)n : 1;
}

typedef struct job {
    atomic_size_t next;
    size_t count;
    void (*work)(void *, size_t);
    void *context;
} job;

static void *worker(void *arg)
{
    job *j = arg;
    for (size_t i; (i = atomic_fetch_add(&j->next, 1)) < j->count;) j->work(j->context, i);
    return NULL;
}

void dkg_parallel(unsigned threads, size_t count, void (*work)(void *context, size_t i), void *context)
{
    enum { MOST = 1024 };
    pthread_t others[MOST];
    unsigned started = 0;
    job j = {.count = count, .work = work, .context = context};

    if (threads == 0) threads = dkg_cpu_count();
    if (threads > MOST) threads = MOST;
    if (threads > count) threads = (unsigned)count;
    /* A thread that cannot be started costs speed only: the others take its share. */
    while (started + 1 < threads && pthread_create(&others[started], NULL, worker, &j) == 0) started++;
    worker(&j);
    for (unsigned t = 0; t < started; t++) pthread_join(others[t], NULL);
}
