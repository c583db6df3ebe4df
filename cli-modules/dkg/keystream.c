/* dkg keystream: raw bytes of a fresh secret's key stream to standard output. No volume ever uses them. */
#include "dkg/commands.h"

#include "common/engines.h"
#include "common/models.h"
#include "dkg/metrics.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    const char *source, *modelFile, *device;
    int64_t bytes, threads;
} job;

enum { BLOCK = DKG_KEY_BYTES };

typedef struct stream {
    const char *source;
    uint8_t secret[2][32]; /* of the initial images, and of the stream cipher or the control */
    uint64_t block;
    dkg_control *control;  /* NULL: the network makes the bytes */
    dkg_engine *engine;
    uint8_t *image;
} stream;

static void nonce_of(uint8_t nonce[24], uint64_t i)
{
    memset(nonce, 0, 24);
    dkg_store64(nonce, i);
}

/* The next BLOCK bytes. */
static dkg_status next(stream *s, uint8_t *out, dkg_error *err)
{
    uint8_t nonce[24];
    dkg_status status = DKG_OK;
    nonce_of(nonce, s->block++);
    if (s->control) {
        dkg_control_read(s->control, out, BLOCK);
    } else {
        (void)crypto_stream_xchacha20(s->image, BLOCK, nonce, s->secret[0]);
        status = s->engine->generate(s->engine, s->image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, out, err);
        uint8_t tag[crypto_aead_xchacha20poly1305_ietf_ABYTES];
        /* zeros XOR key, then the AEAD, as hybrid mode does with a slice */
        if (status == DKG_OK && strcmp(s->source, "hybrid") == 0)
            (void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(out, tag, NULL, out, BLOCK, NULL, 0, NULL, nonce, s->secret[1]);
    }
    return status;
}

static dkg_status write_all(stream *s, uint64_t bytes, dkg_host *host, dkg_error *err)
{
    uint8_t *out = malloc(BLOCK);
    dkg_status status = out ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for a block of key stream");
    for (uint64_t done = 0; done < bytes && status == DKG_OK;) {
        size_t n = bytes - done < BLOCK ? (size_t)(bytes - done) : BLOCK;
        status = next(s, out, err);
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
    stream *s = dkg_secret_alloc(sizeof *s);
    dkg_model *model = NULL;
    dkg_engines engines = {0};
    dkg_status status = s ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no secret memory");
    if (status != DKG_OK) return status;
    s->source = j->source;
    dkg_random(s->secret, sizeof s->secret);
    for (unsigned kind = 0; kind < DKG_CONTROLS && status == DKG_OK && !s->control; kind++)
        if (strcmp(j->source, dkg_control_name((dkg_control_kind)kind)) == 0)
            status = dkg_control_open((dkg_control_kind)kind, s->secret[1], &s->control, err);
    if (status == DKG_OK && !s->control) {
        s->image = dkg_secret_alloc(BLOCK);
        if (!s->image) status = dkg_fail(err, DKG_NO_MEMORY, "no secret memory");
        if (status == DKG_OK) status = dkg_models_for_writing(j->modelFile, NULL, &model, err);
        if (status == DKG_OK) status = dkg_engines_open(model, j->device, (unsigned)j->threads, false, dkg_host_log(host), &engines, err);
        s->engine = engines.keys;
    }
    if (status == DKG_OK) status = write_all(s, (uint64_t)j->bytes, host, err);
    dkg_engines_close(&engines);
    dkg_model_free(model);
    dkg_control_free(s->control);
    dkg_secret_free(s->image);
    dkg_secret_free(s);
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
