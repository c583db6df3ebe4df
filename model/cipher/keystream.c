/* cipher/keystream.c - batches of initial images through an engine, keys handed on block by block, so that memory does not grow
 * with the volume. A batch holds images of equal height: the same blocks of several slices, several blocks of few slices. */
#include "cipher/keystream.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cipher/schedule.h"

typedef struct batch {
    const dkg_keystream *stream;
    const uint32_t *list;      /* of the slices in the batch */
    size_t start, slices;      /* number of its first slice in the whole list; how many */
    uint32_t block, blocks;    /* j .. j + blocks - 1 of each of them */
    uint32_t rows;
    size_t image;              /* bytes of one image */
    uint8_t *images, *keys;    /* slice by slice, block by block */
    crypto_generichash_state *states;
    uint8_t *checks;           /* of the whole list */
} batch;

static void make_images(void *self, size_t s)
{
    const batch *b = self;
    const dkg_keystream *k = b->stream;
    for (uint32_t i = 0; i < b->blocks; i++)
        dkg_initial_image(k->gen, k->initial, b->list[s], b->block + i, b->rows, b->images + (s * b->blocks + i) * b->image);
}

static void hand_on(const batch *b, size_t s, uint32_t block, const uint8_t *key)
{
    const dkg_keystream *k = b->stream;
    uint64_t offset = (uint64_t)block * DKG_KEY_BYTES, left = k->slice - offset;
    size_t n = left < b->image ? (size_t)left : b->image;
    if (k->gcheck) {
        crypto_generichash_state *state = &b->states[s];
        if (block == 0) {
            uint8_t number[8];
            dkg_store64(number, b->list[s]);
            crypto_generichash_init(state, k->gcheck, 32, 16);
            crypto_generichash_update(state, number, sizeof number);
        }
        crypto_generichash_update(state, key, n);
        if (n == left) crypto_generichash_final(state, b->checks + (b->start + s) * 16, 16);
    }
    if (k->sink) k->sink(k->self, b->start + s, offset, key, n, b->rows);
}

static void use_keys(void *self, size_t s)
{
    const batch *b = self;
    for (uint32_t i = 0; i < b->blocks; i++) hand_on(b, s, b->block + i, b->keys + (s * b->blocks + i) * b->image);
}

/* The fixed image of paper mode has one key for every block of every slice. */
static void use_one_key(void *self, size_t s)
{
    const batch *b = self;
    for (uint32_t j = 0; j < b->blocks; j++) hand_on(b, s, j, b->keys);
}

static dkg_status run_fixed(batch *b, size_t count, dkg_error *err)
{
    const dkg_keystream *k = b->stream;
    dkg_initial_image(NULL, k->initial, 0, 0, DKG_KEY_ROWS, b->images);
    dkg_status status = k->engine->generate(k->engine, b->images, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, b->keys, err);
    if (status != DKG_OK) return status;
    b->blocks = dkg_block_count(k->slice);
    dkg_parallel(k->threads, count, use_one_key, b);
    return DKG_OK;
}

/* All blocks of b->slices slices from number b->start on. */
static dkg_status run_group(batch *b, size_t count, size_t most, dkg_error *err)
{
    const dkg_keystream *k = b->stream;
    uint32_t n_b = dkg_block_count(k->slice);
    for (b->block = 0; b->block < n_b; b->block += b->blocks) {
        b->rows = dkg_block_rows(k->slice, b->block, k->paper);
        b->image = (size_t)b->rows * 3 * DKG_KEY_WIDTH;
        uint32_t full = n_b - 1 > b->block ? n_b - 1 - b->block : 1; /* the last block may be shorter */
        size_t wanted = most / b->slices;
        b->blocks = wanted < full ? (uint32_t)wanted : full;
        dkg_parallel(k->threads, b->slices, make_images, b);
        dkg_status status = k->engine->generate(k->engine, b->images, b->rows, DKG_KEY_WIDTH, b->slices * b->blocks, b->keys, err);
        if (status != DKG_OK) return status;
        dkg_parallel(k->threads, b->slices, use_keys, b);
        double done = ((double)b->start + (double)b->slices * (b->block + b->blocks) / n_b) / (double)count;
        if ((status = dkg_progress(k->log, k->stage, k->from + (k->to - k->from) * done, err)) != DKG_OK) return status;
    }
    return DKG_OK;
}

dkg_status dkg_keystream_run(const dkg_keystream *stream, const uint32_t *list, size_t count, uint8_t *checks, dkg_error *err)
{
    dkg_status status = DKG_OK;
    uint64_t blocks = count * (uint64_t)dkg_block_count(stream->slice);
    size_t most = stream->engine->batch ? stream->engine->batch : 1;
    if (most > blocks) most = (size_t)blocks;
    size_t group = most < count ? most : count;
    if (count == 0) return DKG_OK;
    batch b = {.stream = stream, .list = list, .slices = count, .rows = dkg_block_rows(stream->slice, 0, stream->paper), .checks = checks};
    b.image = (size_t)b.rows * 3 * DKG_KEY_WIDTH; /* no later block is larger than the first */
    b.images = dkg_secret_alloc(most * b.image);
    b.keys = dkg_secret_alloc(most * b.image);
    b.states = dkg_secret_alloc(group * sizeof *b.states);
    if (!b.images || !b.keys || !b.states) {
        status = dkg_fail(err, DKG_NO_MEMORY, "out of memory for %zu generator blocks", most);
        goto done;
    }
    if (!stream->gen) {
        status = run_fixed(&b, count, err);
        goto done;
    }
    for (size_t start = 0; start < count; start += b.slices) {
        b.start = start;
        b.list = list + start;
        b.slices = group < count - start ? group : count - start;
        if ((status = run_group(&b, count, most, err)) != DKG_OK) goto done;
    }
done:
    dkg_secret_free(b.images);
    dkg_secret_free(b.keys);
    dkg_secret_free(b.states);
    return status;
}
