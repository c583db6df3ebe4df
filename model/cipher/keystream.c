/* cipher/keystream.c - batches of initial images through an engine, keys handed on block by block, so that memory does not grow
 * with the volume. A batch holds images of equal height: the same blocks of several slices, several blocks of few slices. While
 * the engine makes the keys of one batch, those of the batch before are used and the images of the next are made. */
#include "cipher/keystream.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cipher/schedule.h"

typedef struct batch {
    size_t start, slices;      /* number of its first slice in the list; how many: 0, there is no such batch */
    uint32_t block, blocks;    /* j .. j + blocks - 1 of each of them */
    uint32_t rows;
    size_t image;              /* bytes of one image */
} batch;

typedef struct flow {
    const dkg_keystream *stream;
    const uint32_t *list;
    size_t count;              /* of the slices in the list */
    size_t most;               /* blocks in a batch */
    batch batches[2];
    uint8_t *images[2], *keys[2]; /* slice by slice, block by block */
    int at;                    /* the batch the engine has; the other one is before it, then after it */
    crypto_generichash_state *states; /* of the slices in a batch */
    uint8_t *checks;
    dkg_status status;         /* of the engine */
    dkg_error *err;
} flow;

static size_t at_most(size_t a, size_t b) { return a < b ? a : b; }

/* The batch after b, of slices 0 when b is the last. The first one follows a batch of no slices. */
static batch following(const flow *f, const batch *b)
{
    const dkg_keystream *k = f->stream;
    const uint32_t n_b = dkg_block_count(k->slice), done = b->block + b->blocks;
    batch next = {.start = b->start, .slices = b->slices, .block = done};
    if (b->slices == 0 || done == n_b) {
        next.start = b->start + b->slices;
        next.slices = at_most(f->most, f->count - next.start);
        next.block = 0;
    }
    if (next.slices == 0) return next;
    const uint32_t full = n_b - 1 > next.block ? n_b - 1 - next.block : 1; /* the last block may be shorter */
    next.blocks = (uint32_t)at_most(f->most / next.slices, full);
    next.rows = dkg_block_rows(k->slice, next.block, k->paper);
    next.image = (size_t)next.rows * 3 * DKG_KEY_WIDTH;
    return next;
}

static void make_images(void *self, size_t s)
{
    const flow *f = self;
    const batch *b = &f->batches[!f->at];
    const dkg_keystream *k = f->stream;
    for (uint32_t i = 0; i < b->blocks; i++)
        dkg_initial_image(k->gen, k->initial, f->list[b->start + s], b->block + i, b->rows, f->images[!f->at] + (s * b->blocks + i) * b->image);
}

static void hand_on(const flow *f, const batch *b, size_t s, uint32_t block, const uint8_t *key)
{
    const dkg_keystream *k = f->stream;
    uint64_t offset = (uint64_t)block * DKG_KEY_BYTES, left = k->slice - offset;
    size_t n = left < b->image ? (size_t)left : b->image, i = b->start + s;
    if (k->gcheck) {
        crypto_generichash_state *state = &f->states[s];
        if (block == 0) {
            uint8_t number[8];
            dkg_store64(number, f->list[i]);
            crypto_generichash_init(state, k->gcheck, 32, 16);
            crypto_generichash_update(state, number, sizeof number);
        }
        crypto_generichash_update(state, key, n);
        if (n == left) crypto_generichash_final(state, f->checks + i * 16, 16);
    }
    if (k->sink) k->sink(k->self, i, offset, key, n, b->rows);
}

static void use_keys(void *self, size_t s)
{
    const flow *f = self;
    const batch *b = &f->batches[!f->at];
    for (uint32_t i = 0; i < b->blocks; i++) hand_on(f, b, s, b->block + i, f->keys[!f->at] + (s * b->blocks + i) * b->image);
}

/* The fixed image of paper mode has one key for every block of every slice. */
static void use_one_key(void *self, size_t s)
{
    const flow *f = self;
    const batch all = {.rows = DKG_KEY_ROWS, .image = DKG_KEY_BYTES};
    for (uint32_t j = 0; j < dkg_block_count(f->stream->slice); j++) hand_on(f, &all, s, j, f->keys[0]);
}

static dkg_status run_fixed(flow *f)
{
    const dkg_keystream *k = f->stream;
    dkg_initial_image(NULL, k->initial, 0, 0, DKG_KEY_ROWS, f->images[0]);
    dkg_status status = k->engine->generate(k->engine, f->images[0], DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, f->keys[0], f->err);
    if (status == DKG_OK) dkg_parallel(k->threads, f->count, use_one_key, f);
    return status;
}

/* The batch the engine does not have: its keys are used, and the next one takes its place. */
static void use_batch(flow *f) { dkg_parallel(f->stream->threads, f->batches[!f->at].slices, use_keys, f); }
static void make_batch(flow *f)
{
    f->batches[!f->at] = following(f, &f->batches[f->at]);
    dkg_parallel(f->stream->threads, f->batches[!f->at].slices, make_images, f);
}

/* Two sides at the same time: the engine, and what comes after and before it. */
static void step(void *self, size_t side)
{
    flow *f = self;
    const batch *b = &f->batches[f->at];
    dkg_engine *engine = f->stream->engine;
    if (side == 0) {
        f->status = engine->generate(engine, f->images[f->at], b->rows, DKG_KEY_WIDTH, b->slices * b->blocks, f->keys[f->at], f->err);
    } else {
        use_batch(f);
        make_batch(f);
    }
}

static dkg_status run(flow *f)
{
    const dkg_keystream *k = f->stream;
    const double n_b = dkg_block_count(k->slice);
    make_batch(f);
    for (f->at = !f->at; f->batches[f->at].slices > 0; f->at = !f->at) {
        const batch *b = &f->batches[f->at];
        dkg_parallel(k->threads, 2, step, f);
        if (f->status != DKG_OK) return f->status;
        const double done = ((double)b->start + (double)b->slices * (b->block + b->blocks) / n_b) / (double)f->count;
        const dkg_status status = dkg_progress(k->log, k->stage, k->from + (k->to - k->from) * done, f->err);
        if (status != DKG_OK) return status;
    }
    use_batch(f);
    return DKG_OK;
}

dkg_status dkg_keystream_run(const dkg_keystream *stream, const uint32_t *list, size_t count, uint8_t *checks, dkg_error *err)
{
    dkg_status status = DKG_OK;
    uint64_t blocks = count * (uint64_t)dkg_block_count(stream->slice);
    if (count == 0) return DKG_OK;
    flow f = {.stream = stream, .list = list, .count = count, .checks = checks, .err = err};
    f.most = stream->engine->batch ? stream->engine->batch : 1;
    if (f.most > blocks) f.most = (size_t)blocks;
    const batch first = following(&f, &f.batches[0]); /* no later one is larger */
    for (int i = 0; i < 2; i++) {
        f.images[i] = dkg_secret_alloc(f.most * first.image);
        f.keys[i] = dkg_secret_alloc(f.most * first.image);
    }
    f.states = dkg_secret_alloc(first.slices * sizeof *f.states);
    if (!f.images[0] || !f.keys[0] || !f.images[1] || !f.keys[1] || !f.states)
        status = dkg_fail(err, DKG_NO_MEMORY, "out of memory for %zu generator blocks", 2 * f.most);
    else
        status = stream->gen ? run(&f) : run_fixed(&f);
    for (int i = 0; i < 2; i++) {
        dkg_secret_free(f.images[i]);
        dkg_secret_free(f.keys[i]);
    }
    dkg_secret_free(f.states);
    return status;
}
