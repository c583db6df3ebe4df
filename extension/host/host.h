/* host.h - one running command, as the files of this room see it. */
#ifndef DKG_HOST_HOST_H
#define DKG_HOST_HOST_H

#include <pthread.h>

#include "dkg/host.h"
#include "meter.h"
#include "results.h"

struct dkg_host {
    const char *program; /* "DeepKeyGenEncrypt", "dkg" */
    bool module, quiet, json;
    FILE *people;        /* where lines for people and results go: stdout, or stderr when stdout carries raw bytes */
    dkg_meter meter;
    dkg_results results;
    dkg_log log;
    pthread_mutex_t lock; /* jobs may report from several threads */
};

/* `raw`: stdout carries bytes. Ends with dkg_host_end(). */
void dkg_host_begin(dkg_host *host, const char *program, const char *title, bool module, bool quiet, bool json, bool raw);
/* Completes the progress display; the host's results stay until dkg_host_free(). */
void dkg_host_end(dkg_host *host, bool completed);
void dkg_host_free(dkg_host *host);

#endif
