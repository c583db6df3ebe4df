/* checkpoint.c - the bytes of a checkpoint: a fixed head, the curve, the trainer's vectors, a hash of all of it; little-endian. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/training.h"

static const char magic[8] = {'D', 'K', 'G', 'C', 'K', 'P', 'T', '1'};
enum { HEAD = 144, ROW_VALUES = 8, HASH = 32, STEPS_MAX = 1 << 24 };

static const dkg_train_vector vectors[] = {DKG_TRAIN_WEIGHTS, DKG_TRAIN_MOMENT1, DKG_TRAIN_MOMENT2, DKG_TRAIN_POOL};
enum { VECTORS = sizeof vectors / sizeof vectors[0] };

/* ---- numbers -------------------------------------------------------------------------------------------------------------------- */
static void store_double(uint8_t *p, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    dkg_store64(p, bits);
}

static double load_double(const uint8_t *p)
{
    const uint64_t bits = dkg_load64(p);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static void load_floats(const uint8_t *p, float *out, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        const uint32_t bits = dkg_load32(p + 4 * i);
        memcpy(out + i, &bits, sizeof bits);
    }
}

/* In place: the floats become their little-endian bytes. */
static const uint8_t *store_floats(float *values, uint64_t n)
{
    uint8_t *bytes = (uint8_t *)values;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, bytes + 4 * i, sizeof bits);
        dkg_store32(bytes + 4 * i, bits);
    }
    return bytes;
}

/* ---- head and rows ---------------------------------------------------------------------------------------------------------------- */
static void store_head(const dkg_train_record *r, uint8_t head[HEAD])
{
    const dkg_train_options *o = &r->options;
    const uint32_t words[] = {o->channels, o->discriminator, o->crop, o->pool, (uint32_t)o->head, (uint32_t)o->loss, (uint32_t)r->cipher};
    const double numbers[] = {o->rate, o->beta1, o->beta2};
    memcpy(head, magic, sizeof magic);
    for (size_t i = 0; i < 7; i++) dkg_store32(head + 8 + 4 * i, words[i]);
    dkg_store32(head + 36, 0); /* reserved */
    for (size_t i = 0; i < 3; i++) store_double(head + 40 + 8 * i, numbers[i]);
    dkg_store64(head + 64, r->steps);
    dkg_store64(head + 72, r->planned);
    memcpy(head + 80, r->seed, sizeof r->seed);
    memcpy(head + 112, r->images, sizeof r->images);
}

static dkg_status load_head(const uint8_t *head, dkg_train_record *r, dkg_error *err)
{
    r->options = (dkg_train_options){
        .channels = dkg_load32(head + 8),
        .discriminator = dkg_load32(head + 12),
        .crop = dkg_load32(head + 16),
        .pool = dkg_load32(head + 20),
        .head = (dkg_train_head)dkg_load32(head + 24),
        .loss = (dkg_train_loss)dkg_load32(head + 28),
        .rate = load_double(head + 40),
        .beta1 = load_double(head + 48),
        .beta2 = load_double(head + 56),
    };
    const uint32_t cipher = dkg_load32(head + 32);
    r->cipher = (dkg_train_cipher)cipher;
    r->steps = dkg_load64(head + 64);
    r->planned = dkg_load64(head + 72);
    memcpy(r->seed, head + 80, sizeof r->seed);
    memcpy(r->images, head + 112, sizeof r->images);
    if (cipher > DKG_TRAIN_GIVEN) return dkg_fail(err, DKG_USAGE, "the checkpoint names cipher %u, must be 0..2", cipher);
    if (dkg_load32(head + 36) != 0) return dkg_fail(err, DKG_USAGE, "the checkpoint's reserved field is %u, must be 0", dkg_load32(head + 36));
    if (r->steps > STEPS_MAX || r->planned > STEPS_MAX)
        return dkg_fail(err, DKG_USAGE, "the checkpoint speaks of %llu of %llu steps, at most %d are possible", (unsigned long long)r->steps,
                        (unsigned long long)r->planned, STEPS_MAX);
    return dkg_train_check(&r->options, err);
}

static void store_row(const dkg_train_row *row, uint8_t out[8 * ROW_VALUES])
{
    const double v[ROW_VALUES] = {row->losses.generator, row->losses.real, row->losses.fake, row->entropy,
                                  row->chi_square,       row->horizontal,  row->vertical,    row->diagonal};
    for (size_t i = 0; i < ROW_VALUES; i++) store_double(out + 8 * i, v[i]);
}

static dkg_train_row load_row(const uint8_t *p)
{
    double v[ROW_VALUES];
    for (size_t i = 0; i < ROW_VALUES; i++) v[i] = load_double(p + 8 * i);
    return (dkg_train_row){{v[0], v[1], v[2]}, v[3], v[4], v[5], v[6], v[7]};
}

/* ---- writing ------------------------------------------------------------------------------------------------------------------------ */
typedef struct sink {
    dkg_train_write *write;
    void *self;
    crypto_generichash_state hash;
} sink;

static dkg_status put(sink *s, const void *bytes, size_t n, dkg_error *err)
{
    crypto_generichash_update(&s->hash, bytes, n);
    return s->write(s->self, bytes, n, err);
}

dkg_status dkg_train_save(dkg_trainer *trainer, const dkg_train_record *record, dkg_train_write *write, void *self, dkg_error *err)
{
    uint8_t head[HEAD], row[8 * ROW_VALUES], digest[HASH];
    sink s = {.write = write, .self = self};
    uint64_t most = 1;
    if (record->steps != trainer->steps)
        return dkg_fail(err, DKG_INTERNAL, "the record counts %llu steps, the trainer %llu", (unsigned long long)record->steps,
                        (unsigned long long)trainer->steps);
    for (size_t i = 0; i < VECTORS; i++) {
        const uint64_t n = dkg_train_vector_size(&record->options, vectors[i]);
        most = n > most ? n : most;
    }
    float *values = dkg_calloc(most, sizeof *values);
    if (!values) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %llu values of a checkpoint", (unsigned long long)most);
    crypto_generichash_init(&s.hash, NULL, 0, HASH);
    store_head(record, head);
    dkg_status status = put(&s, head, sizeof head, err);
    for (uint64_t i = 0; i < record->steps && status == DKG_OK; i++) {
        store_row(&record->rows[i], row);
        status = put(&s, row, sizeof row, err);
    }
    for (size_t i = 0; i < VECTORS && status == DKG_OK; i++) {
        const uint64_t n = dkg_train_vector_size(&record->options, vectors[i]);
        if (n == 0) continue;
        status = trainer->get(trainer, vectors[i], values, err);
        if (status == DKG_OK) status = put(&s, store_floats(values, n), (size_t)(4 * n), err);
    }
    crypto_generichash_final(&s.hash, digest, sizeof digest);
    if (status == DKG_OK) status = write(self, digest, sizeof digest, err);
    sodium_memzero(head, sizeof head);
    free(values);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------------------------------------------ */
static uint64_t rows_size(const dkg_train_record *r) { return r->steps * 8 * ROW_VALUES; }

/* Of valid options and steps: no sum here can overflow. */
static uint64_t whole_size(const dkg_train_record *r)
{
    uint64_t n = HEAD + rows_size(r) + HASH;
    for (size_t i = 0; i < VECTORS; i++) n += 4 * dkg_train_vector_size(&r->options, vectors[i]);
    return n;
}

dkg_status dkg_train_load(const uint8_t *bytes, size_t size, dkg_train_record *out, dkg_error *err)
{
    uint8_t digest[HASH];
    dkg_train_record r = {0};
    *out = r;
    if (size < HEAD + HASH || memcmp(bytes, magic, sizeof magic) != 0)
        return dkg_fail(err, DKG_USAGE, "this is not a checkpoint of a training");
    dkg_status status = load_head(bytes, &r, err);
    if (status == DKG_OK && whole_size(&r) != size)
        status = dkg_fail(err, DKG_USAGE, "the checkpoint has %zu bytes, must have %llu", size, (unsigned long long)whole_size(&r));
    if (status != DKG_OK) return status;
    (void)crypto_generichash(digest, sizeof digest, bytes, size - HASH, NULL, 0);
    if (sodium_memcmp(digest, bytes + size - HASH, HASH) != 0) return dkg_fail(err, DKG_USAGE, "the checkpoint is damaged: its hash does not fit");
    r.rows = dkg_calloc(r.steps > 0 ? r.steps : 1, sizeof *r.rows);
    if (!r.rows) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the curve of %llu steps", (unsigned long long)r.steps);
    for (uint64_t i = 0; i < r.steps; i++) r.rows[i] = load_row(bytes + HEAD + i * 8 * ROW_VALUES);
    *out = r;
    return DKG_OK;
}

dkg_status dkg_train_restore(const uint8_t *bytes, size_t size, const dkg_train_record *record, dkg_trainer *trainer, dkg_error *err)
{
    dkg_status status = DKG_OK;
    uint64_t at = HEAD + rows_size(record);
    if (whole_size(record) != size || dkg_train_vector_size(&trainer->options, DKG_TRAIN_WEIGHTS) != dkg_train_vector_size(&record->options, DKG_TRAIN_WEIGHTS))
        return dkg_fail(err, DKG_INTERNAL, "the trainer is not of the checkpoint's shape");
    for (size_t i = 0; i < VECTORS && status == DKG_OK; i++) {
        const uint64_t n = dkg_train_vector_size(&record->options, vectors[i]);
        float *values = n > 0 ? dkg_calloc(n, sizeof *values) : NULL;
        if (n == 0) continue;
        if (!values) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %llu values of a checkpoint", (unsigned long long)n);
        load_floats(bytes + at, values, n);
        status = trainer->set(trainer, vectors[i], values, err);
        free(values);
        at += 4 * n;
    }
    trainer->steps = record->steps;
    return status;
}
