/* bench_volume FILE THREADS CHANNELS - times the parts of the encryption of a volume. For every line it reads it prints one:
 *   k  all keys of the volume, from the cpu engine alone
 *   e  everything of a hybrid encryption but the keys, which a stand-in for the engine has ready: digest, initial images, XOR,
 *      self-test of the keys, key digests, AEAD, check of all tags
 *   a  an AEAD-only encryption: digest, AEAD, check of all tags
 *   m  entropy and correlation of the result
 *   r  reading the file, gunzip included where it is packed
 * All in memory but the last; seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_clock.h"
#include "cipher/schedule.h"
#include "dkg/cipher.h"
#include "dkg/metrics.h"
#include "dkg/nifti.h"

typedef struct bench {
    const char *path;
    unsigned threads;
    dkg_volume *volume;
    dkg_source source;
    dkg_model *model;
    dkg_engine *engine;
    dkg_recipient recipient;
} bench;

/* Hands out one good key again and again. */
typedef struct ready_engine {
    dkg_engine base; /* first */
    uint8_t key[DKG_KEY_BYTES];
} ready_engine;

static dkg_status copy_key(dkg_engine *self, const uint8_t *images, uint32_t height, uint32_t width, size_t count, uint8_t *keys, dkg_error *err)
{
    const ready_engine *ready = (const ready_engine *)self;
    const size_t bytes = (size_t)height * width * 3;
    (void)images;
    (void)err;
    for (size_t i = 0; i < count; i++) memcpy(keys + i * bytes, ready->key, bytes);
    return DKG_OK;
}

static dkg_status make_keys(bench *b, dkg_error *err)
{
    const uint64_t slice = b->source.nx * b->source.ny * b->source.bpv;
    dkg_status status = DKG_OK;
    uint8_t *images = dkg_calloc(b->engine->batch, DKG_KEY_BYTES), *keys = dkg_calloc(b->engine->batch, DKG_KEY_BYTES);
    if (!images || !keys) status = dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu keys", b->engine->batch);
    for (uint32_t j = 0; j < dkg_block_count(slice) && status == DKG_OK; j++) {
        const uint32_t rows = dkg_block_rows(slice, j, false);
        for (uint64_t z = 0; z < b->source.slices && status == DKG_OK; z += b->engine->batch) {
            const uint64_t left = b->source.slices - z;
            const size_t count = left < b->engine->batch ? (size_t)left : b->engine->batch;
            status = b->engine->generate(b->engine, images, rows, DKG_KEY_WIDTH, count, keys, err);
        }
    }
    free(images);
    free(keys);
    return status;
}

static dkg_status encrypt(const bench *b, dkg_mode mode, dkg_carrier **out, dkg_error *err)
{
    ready_engine ready = {.base = {.kind = "ready", .batch = b->engine->batch, .generate = copy_key}};
    dkg_random(ready.key, sizeof ready.key);
    dkg_encrypt_options options = {.mode = mode, .model = b->model, .engine = &ready.base, .threads = b->threads,
                                   .locks = {.recipients = &b->recipient, .recipient_count = 1}};
    return dkg_encrypt(&b->source, &options, out, err);
}

static dkg_status measure(const bench *b, const dkg_carrier *c, dkg_error *err)
{
    dkg_plane_metrics metrics;
    return dkg_measure_planes(c->voxels, c->nx, c->ny, c->planes - c->key_planes, c->carrier_bytes, b->threads, &metrics, err);
}

static dkg_status run(bench *b, char what, double *seconds, dkg_error *err)
{
    dkg_carrier *carrier = NULL;
    dkg_volume *volume = NULL;
    dkg_status status = DKG_OK;
    if (what == 'm') status = encrypt(b, DKG_MODE_AEAD, &carrier, err);
    const double start = bench_now();
    if (status == DKG_OK && what == 'k') status = make_keys(b, err);
    if (status == DKG_OK && what == 'e') status = encrypt(b, DKG_MODE_HYBRID, &carrier, err);
    if (status == DKG_OK && what == 'a') status = encrypt(b, DKG_MODE_AEAD, &carrier, err);
    if (status == DKG_OK && what == 'm') status = measure(b, carrier, err);
    if (status == DKG_OK && what == 'r') status = dkg_volume_read(b->path, 0, &volume, err);
    *seconds = bench_now() - start;
    dkg_carrier_free(carrier);
    dkg_volume_free(volume);
    return status;
}

static dkg_status open_bench(bench *b, uint32_t channels, dkg_error *err)
{
    const uint8_t seed[32] = {1};
    dkg_identity identity;
    dkg_status status = dkg_start(err);
    if (status == DKG_OK) status = dkg_volume_read(b->path, 0, &b->volume, err);
    if (status == DKG_OK) status = dkg_model_random(seed, channels, &b->model, err);
    if (status == DKG_OK) status = dkg_cpu_engine(b->model, b->threads, &b->engine, err);
    if (status != DKG_OK) return status;
    const dkg_nifti_header *h = &b->volume->header;
    b->source = (dkg_source){.nx = h->dim[1], .ny = h->dim[2], .slices = 1, .datatype = h->datatype, .bpv = h->bpv, .kind = 1,
                             .nifti_version = h->version, .big_endian = h->big_endian, .gzipped = b->volume->gzipped,
                             .data_offset = h->data_offset, .head = b->volume->head, .data = b->volume->data, .tail = b->volume->tail};
    for (uint32_t d = 3; d <= h->rank; d++) b->source.slices *= h->dim[d];
    dkg_identity_generate(&identity);
    memcpy(b->recipient.key, identity.key, sizeof b->recipient.key);
    return DKG_OK;
}

int main(int argc, char **argv)
{
    char line[16];
    double seconds;
    dkg_error err = {0};
    if (argc != 4) {
        fprintf(stderr, "usage: %s FILE THREADS CHANNELS\n", argv[0]);
        return 2;
    }
    bench b = {.path = argv[1], .threads = (unsigned)strtoul(argv[2], NULL, 10)};
    dkg_status status = open_bench(&b, (uint32_t)strtoul(argv[3], NULL, 10), &err);
    if (status == DKG_OK) {
        printf("%llu slices of %llu x %llu x %u bytes\n", (unsigned long long)b.source.slices, (unsigned long long)b.source.nx,
               (unsigned long long)b.source.ny, (unsigned)b.source.bpv);
        fflush(stdout);
    }
    while (status == DKG_OK && fgets(line, sizeof line, stdin)) {
        status = run(&b, line[0], &seconds, &err);
        if (status == DKG_OK) printf("%.6f\n", seconds);
        fflush(stdout);
    }
    if (status != DKG_OK) fprintf(stderr, "%s\n", err.text);
    dkg_engine_free(b.engine);
    dkg_model_free(b.model);
    dkg_volume_free(b.volume);
    return dkg_status_exit_code(status);
}
