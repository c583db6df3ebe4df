/* What a job may do to the outside: warn, report progress, hand over results, speak. */
#include "host.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stop.h"

static double now(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Slicer shows whatever stands on stderr as an error, so warnings of its modules go to stdout unless they are `loud`. */
static void warn(dkg_host *host, const char *sentence, bool loud)
{
    (void)pthread_mutex_lock(&host->lock);
    dkg_meter_clear(&host->meter);
    if (host->module && !loud)
        printf("warning: %s\n", sentence);
    else
        fprintf(stderr, "%s: warning: %s\n", host->program, sentence);
    (void)fflush(stdout);
    if (json_array_append_new(host->results.warnings, dkg_results_text(sentence)) != 0) host->results.failed = true;
    (void)pthread_mutex_unlock(&host->lock);
}

static void log_warning(void *self, const char *sentence) { warn(self, sentence, false); }

static bool log_progress(void *self, const char *stage, double fraction)
{
    dkg_host *host = self;
    (void)pthread_mutex_lock(&host->lock);
    dkg_meter_show(&host->meter, stage, fraction, now());
    (void)pthread_mutex_unlock(&host->lock);
    return dkg_stop_signal() == 0;
}

void dkg_host_begin(dkg_host *host, const char *program, const char *title, bool module, bool quiet, bool json, bool raw)
{
    dkg_meter_style style = module ? DKG_METER_TAGS : !quiet && isatty(STDERR_FILENO) ? DKG_METER_BAR : DKG_METER_OFF;
    *host = (dkg_host){.program = program, .module = module, .quiet = quiet, .json = json, .people = raw ? stderr : stdout};
    host->meter = dkg_meter_new(style, module ? stdout : stderr, title, now());
    host->log = (dkg_log){.warn = log_warning, .progress = log_progress, .self = host};
    dkg_results_begin(&host->results);
    (void)pthread_mutex_init(&host->lock, NULL);
}

void dkg_host_end(dkg_host *host, bool completed) { dkg_meter_end(&host->meter, completed, now()); }

void dkg_host_free(dkg_host *host)
{
    dkg_results_free(&host->results);
    (void)pthread_mutex_destroy(&host->lock);
}

const dkg_log *dkg_host_log(dkg_host *host) { return &host->log; }
bool dkg_host_is_module(const dkg_host *host) { return host->module; }

static void set(dkg_host *host, const char *name, json_t *value)
{
    (void)pthread_mutex_lock(&host->lock);
    dkg_results_set(&host->results, name, value);
    (void)pthread_mutex_unlock(&host->lock);
}

void dkg_result_text(dkg_host *host, const char *name, const char *value) { set(host, name, dkg_results_text(value)); }
void dkg_result_number(dkg_host *host, const char *name, double value) { set(host, name, dkg_results_number(value)); }
void dkg_result_integer(dkg_host *host, const char *name, int64_t value) { set(host, name, json_integer(value)); }
void dkg_result_boolean(dkg_host *host, const char *name, bool value) { set(host, name, json_boolean(value)); }

void dkg_say(dkg_host *host, const char *format, ...)
{
    if (host->quiet || host->json || host->module) return;
    va_list args;
    va_start(args, format);
    (void)pthread_mutex_lock(&host->lock);
    dkg_meter_clear(&host->meter);
    (void)vfprintf(host->people, format, args);
    (void)fputc('\n', host->people);
    (void)fflush(host->people); /* whoever follows the log of a long job sees it grow */
    (void)pthread_mutex_unlock(&host->lock);
    va_end(args);
}

void dkg_alert(dkg_host *host, const char *format, ...)
{
    char sentence[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    warn(host, sentence, true);
}
