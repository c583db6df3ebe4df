/* dkg keystream: raw bytes of a fresh secret's key stream to standard output. No volume ever uses them. */
#include "dkg/commands.h"

#include "dkg/streams.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    const char *source, *modelFile, *device;
    int64_t bytes, threads;
} job;

static dkg_status write_all(dkg_stream *s, uint64_t bytes, dkg_host *host, dkg_error *err)
{
    uint8_t *out = malloc(DKG_STREAM_BLOCK);
    dkg_status status = out ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for a block of key stream");
    for (uint64_t done = 0; done < bytes && status == DKG_OK;) {
        size_t n = bytes - done < DKG_STREAM_BLOCK ? (size_t)(bytes - done) : DKG_STREAM_BLOCK;
        status = dkg_stream_next(s, out, err);
        if (status == DKG_OK && fwrite(out, 1, n, stdout) != n) status = dkg_fail(err, DKG_IO, "standard output: %s", strerror(errno));
        done += n;
        if (status == DKG_OK) status = dkg_progress(dkg_host_log(host), "writing key stream", (double)done / (double)bytes, err);
    }
    if (status == DKG_OK && fflush(stdout) != 0) status = dkg_fail(err, DKG_IO, "standard output: %s", strerror(errno));
    free(out);
    return status;
}

static dkg_status keystream_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    dkg_stream *s;
    dkg_status status = dkg_stream_open(j->source, j->modelFile, j->device, (unsigned)j->threads, dkg_host_log(host), &s, err);
    if (status == DKG_OK) status = write_all(s, (uint64_t)j->bytes, host, err);
    dkg_stream_close(s);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {BIND(STRING, source), BIND(STRING, modelFile), BIND(STRING, device), BIND(INTEGER, bytes),
                                       BIND(INTEGER, threads)};

extern const unsigned char dkg_keystream_xml[];
extern const size_t dkg_keystream_xml_size;

dkg_command dkg_keystream_command(void)
{
    return (dkg_command){.name = "keystream",
                         .xml = dkg_keystream_xml,
                         .xml_size = dkg_keystream_xml_size,
                         .bindings = bindings,
                         .binding_count = sizeof bindings / sizeof bindings[0],
                         .options_size = sizeof(job),
                         .run = keystream_run,
                         .raw_output = true};
}
