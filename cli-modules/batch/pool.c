#include "batch/pool.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

typedef struct pool {
    const dkg_task *task;
    dkg_host *host;
    dkg_tally *tally;
    dkg_error *err;
    bool stop_on_error;
    size_t count;
    pthread_mutex_t mutex; /* guards what follows, the tally and the host */
    size_t next, finished;
    bool stop;
    dkg_status broken;
    dkg_log log;           /* of every worker */
} pool;

double dkg_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The meter shows files, not slices; its answer says whether the user wants to stop. */
static bool go_on(pool *p)
{
    char stage[64];
    (void)snprintf(stage, sizeof stage, "%zu of %zu files", p->finished, p->count);
    if (dkg_progress(dkg_host_log(p->host), stage, (double)p->finished / (double)p->count, NULL) != DKG_OK) p->stop = p->tally->stopped = true;
    return !p->stop;
}

/* While a file is worked on: how far it is interests nobody, a wish to stop does. */
static bool file_progress(void *self, const char *stage, double fraction)
{
    pool *p = self;
    (void)stage;
    (void)fraction;
    pthread_mutex_lock(&p->mutex);
    const bool more = go_on(p);
    pthread_mutex_unlock(&p->mutex);
    return more;
}

static bool take(pool *p, size_t *i)
{
    pthread_mutex_lock(&p->mutex);
    const bool more = !p->stop && p->next < p->count;
    if (more) *i = p->next++;
    pthread_mutex_unlock(&p->mutex);
    return more;
}

static void break_off(pool *p, dkg_status status, const dkg_error *why)
{
    if (p->broken == DKG_OK) {
        p->broken = status;
        if (p->err) *p->err = *why;
    }
    p->stop = true;
}

static void count(pool *p, size_t i, dkg_state state, dkg_status status, const dkg_error *why)
{
    dkg_tally *t = p->tally;
    t->done += state == DKG_STATE_DONE;
    t->skipped += state == DKG_STATE_SKIPPED;
    t->elsewhere += state == DKG_STATE_NONE;
    if (state != DKG_STATE_FAILED) return;
    t->failed++;
    t->several = t->several || (t->worst != DKG_OK && t->worst != status);
    if (t->worst == DKG_OK) t->worst = status;
    dkg_warn(dkg_host_log(p->host), "%s: failed: %s", p->task->name(p->task->self, i), why->text);
    if (p->stop_on_error) p->stop = true;
}

static void work(void *self, size_t number)
{
    pool *p = self;
    void *worker = NULL;
    dkg_error why = {0};
    size_t i;
    (void)number;
    pthread_mutex_lock(&p->mutex);
    dkg_status status = p->stop ? DKG_CANCELLED : p->task->open(p->task->self, &p->log, &worker, &why);
    if (status != DKG_OK && !p->stop) break_off(p, status, &why);
    pthread_mutex_unlock(&p->mutex);
    if (status != DKG_OK) return;
    while (take(p, &i)) {
        dkg_state state = DKG_STATE_FAILED;
        dkg_error broken = {0};
        const double start = dkg_seconds();
        why = (dkg_error){0};
        status = p->task->one(p->task->self, worker, i, &state, &why);
        pthread_mutex_lock(&p->mutex);
        p->finished++;
        if (status != DKG_CANCELLED) { /* what was stopped is neither done nor failed */
            count(p, i, state, status, &why);
            const dkg_status heard = state == DKG_STATE_NONE ? DKG_OK : p->task->ended(
                p->task->self, worker, i, state, status, status == DKG_OK ? "" : why.text, dkg_seconds() - start, &broken);
            if (heard != DKG_OK) break_off(p, heard, &broken);
        }
        (void)go_on(p);
        pthread_mutex_unlock(&p->mutex);
    }
    p->task->close(p->task->self, worker);
}

dkg_status dkg_pool_run(const dkg_task *task, size_t files, unsigned jobs, bool stop_on_error, dkg_host *host, dkg_tally *tally,
                        dkg_error *err)
{
    pool p = {.task = task, .host = host, .tally = tally, .err = err, .stop_on_error = stop_on_error, .count = files,
              .mutex = PTHREAD_MUTEX_INITIALIZER};
    if (files == 0) return DKG_OK;
    p.log = (dkg_log){.progress = file_progress, .self = &p};
    dkg_parallel(jobs, jobs, work, &p);
    return p.broken;
}

dkg_status dkg_tally_outcome(const dkg_tally *t, const char *again, dkg_error *err)
{
    if (t->stopped) {
        dkg_fail(err, DKG_CANCELLED, "stopped after %zu files", t->done + t->skipped);
        return dkg_fail_hint(err, DKG_CANCELLED, "the same command goes on");
    }
    if (t->failed == 0) return DKG_OK;
    const dkg_status status = t->several || t->done || t->skipped ? DKG_PARTIAL : t->worst;
    dkg_fail(err, status, "%zu of %zu files failed", t->failed, t->done + t->skipped + t->failed);
    return dkg_fail_hint(err, status, "%s", again);
}

void dkg_tally_report(const dkg_tally *t, double seconds, dkg_host *host)
{
    dkg_result_integer(host, "done", (int64_t)t->done);
    dkg_result_integer(host, "skipped", (int64_t)t->skipped);
    dkg_result_integer(host, "failed", (int64_t)t->failed);
    if (t->elsewhere) dkg_result_integer(host, "elsewhere", (int64_t)t->elsewhere);
    dkg_result_number(host, "seconds", seconds);
}
