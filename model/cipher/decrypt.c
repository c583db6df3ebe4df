/* cipher/decrypt.c - steps 7 to 11 of section 11 of docs/volume-format.md: model, tags, keys, unmasking, digest. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cipher/keystream.h"
#include "cipher/sealed.h"
#include "cipher/slices.h"

enum { NAMED_MAX = 24 }; /* ranges of damaged slices a sentence names */

typedef struct job {
    const dkg_sealed *sealed;
    const dkg_decrypt_options *options;
    const dkg_envelope *envelope;
    dkg_slices slices;
    uint32_t first, count;    /* slices wanted */
    uint8_t *damaged;         /* one byte per slice of the volume */
    uint32_t damaged_count;
    uint8_t *out;             /* count * L bytes; NULL: nothing is released */
    uint32_t *list;           /* whole slices among those wanted */
    size_t whole;
} job;

static dkg_status check_unlocked(const dkg_sealed *sealed, dkg_error *err)
{
    if (sealed->secrets) return DKG_OK;
    return dkg_fail(err, DKG_USAGE, "the volume must be unlocked first");
}

/* "3 of 155 slices are damaged: 0, 4-5" */
static dkg_status fail_damaged(const uint8_t *damaged, uint32_t bad, uint32_t slices, dkg_error *err)
{
    char names[512];
    size_t at = 0, ranges = 0;
    for (uint32_t z = 0; z < slices; z++) {
        if (!damaged[z]) continue;
        uint32_t last = z;
        while (last + 1 < slices && damaged[last + 1]) last++;
        if (ranges++ == NAMED_MAX) {
            (void)snprintf(names + at, sizeof names - at, ", ...");
            break;
        }
        const char *comma = at ? ", " : "";
        int n = last == z ? snprintf(names + at, sizeof names - at, "%s%" PRIu32, comma, z)
                          : snprintf(names + at, sizeof names - at, "%s%" PRIu32 "-%" PRIu32, comma, z, last);
        at += (size_t)n; /* 24 ranges of at most 17 characters fit */
        z = last;
    }
    return dkg_fail(err, DKG_DAMAGED, "%" PRIu32 " of %" PRIu32 " slices %s damaged: %s", bad, slices, bad == 1 ? "is" : "are", names);
}

dkg_status dkg_check_tags(dkg_sealed *sealed, unsigned threads, uint8_t *damaged, uint32_t *count, const dkg_log *log, dkg_error *err)
{
    *count = 0;
    dkg_status status = check_unlocked(sealed, err);
    if (status != DKG_OK) return status;
    const dkg_envelope *e = dkg_sealed_envelope(sealed);
    dkg_slices slices = dkg_slices_of(e, sealed->secrets->keys.aead);
    *count = dkg_slices_open(&slices, 0, e->shape.slices, sealed->cipher, e->table, NULL, damaged, threads);
    return dkg_progress(log, "checking tags", 1, err);
}

/* Step 7. */
static dkg_status check_model(const job *j, dkg_error *err)
{
    const dkg_decrypt_options *o = j->options;
    if (j->envelope->mode == DKG_MODE_AEAD) return DKG_OK;
    if (!o->model || !o->engine) return dkg_fail(err, DKG_GENERATOR, "the volume needs its generator model, and none is given");
    const uint8_t *digest = dkg_model_digest(o->model);
    if (dkg_sealed_fits(j->sealed, o->model) && memcmp(digest, j->sealed->metadata.model, DKG_DIGEST_BYTES) == 0) return DKG_OK;
    char wanted[17], given[17];
    sodium_bin2hex(wanted, sizeof wanted, j->sealed->metadata.model, 8);
    sodium_bin2hex(given, sizeof given, digest, 8);
    return dkg_fail(err, DKG_GENERATOR, "the volume was made with model %s, not with %s", wanted, given);
}

/* Step 8; opens what authenticates. */
static dkg_status open_slices(job *j, dkg_error *err)
{
    const dkg_sealed *s = j->sealed;
    j->damaged_count = dkg_slices_open(&j->slices, j->first, j->count, s->cipher, j->envelope->table, j->out,
                                       j->damaged + j->first, j->options->threads);
    if (j->damaged_count) {
        dkg_status status = fail_damaged(j->damaged, j->damaged_count, j->slices.count, err);
        if (!j->options->salvage) return status;
    }
    for (uint32_t z = j->first; z < j->first + j->count; z++)
        if (!j->damaged[z]) j->list[j->whole++] = z;
    return dkg_progress(j->options->log, "decrypting", 0.1, err);
}

static void unmask(void *self, size_t i, uint64_t offset, const uint8_t *key, size_t n, uint32_t rows)
{
    const job *j = self;
    uint8_t *to = j->out + (size_t)(j->list[i] - j->first) * j->slices.size + offset;
    (void)rows;
    for (size_t k = 0; k < n; k++) to[k] ^= key[k];
}

/* Steps 9 and 10. */
static dkg_status apply_generator(job *j, dkg_error *err)
{
    const dkg_secrets *secret = j->sealed->secrets;
    const dkg_envelope *e = j->envelope;
    bool paper = e->mode == DKG_MODE_PAPER;
    if (e->mode == DKG_MODE_AEAD || j->whole == 0) return DKG_OK;
    uint8_t *checks = dkg_calloc(j->whole, DKG_TAG_BYTES);
    if (!checks) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for %zu key checks", j->whole);
    dkg_keystream stream = {.engine = j->options->engine,
                            .gen = e->flags & DKG_FLAG_FIXED_IMAGE ? NULL : secret->keys.gen,
                            .initial = secret->initial,
                            .gcheck = paper ? NULL : secret->keys.gcheck,
                            .slice = e->shape.slice, .paper = paper, .threads = j->options->threads,
                            .sink = j->out ? unmask : NULL, .self = j,
                            .log = j->options->log, .stage = "decrypting", .from = 0.1, .to = 0.95};
    dkg_status status = dkg_keystream_run(&stream, j->list, j->whole, checks, err);
    for (size_t i = 0; status == DKG_OK && !paper && i < j->whole; i++) {
        const uint8_t *wanted = e->table + (size_t)j->list[i] * DKG_ENTRY_BYTES + DKG_TAG_BYTES;
        if (sodium_memcmp(checks + i * DKG_TAG_BYTES, wanted, DKG_TAG_BYTES) != 0)
            status = dkg_fail(err, DKG_GENERATOR, "the generator (%s) does not reproduce the key of slice %" PRIu32,
                              j->options->engine->device, j->list[i]);
    }
    sodium_memzero(checks, j->whole * DKG_TAG_BYTES);
    free(checks);
    return status;
}

/* Step 11. Source bytes among those wanted go to *size; what follows them must be zero. */
static dkg_status check_padding(const job *j, size_t *size, dkg_error *err)
{
    uint64_t begin = (uint64_t)j->first * j->slices.size, opened = (uint64_t)j->count * j->slices.size;
    uint64_t data = j->sealed->metadata.data_bytes;
    *size = (size_t)(data <= begin ? 0 : data - begin < opened ? data - begin : opened);
    if (dkg_is_zero(j->out + *size, (size_t)(opened - *size))) return DKG_OK;
    return dkg_fail(err, DKG_ENVELOPE, "the padding after the %" PRIu64 " bytes of source data is not zero", data);
}

static dkg_status check_digest(const job *j, size_t size, dkg_error *err)
{
    const dkg_metadata *m = &j->sealed->metadata;
    uint8_t hash[32];
    DKG_B2(hash, sizeof hash, NULL, {m->head.at, m->head.size}, {m->image_head.at, m->image_head.size}, {j->out, size},
           {m->tail.at, m->tail.size});
    if (sodium_memcmp(hash, m->hash, sizeof hash) == 0) return DKG_OK;
    return dkg_fail(err, DKG_ENVELOPE, "the digest of the whole decrypted volume is wrong");
}

static dkg_status make_room(job *j, dkg_error *err)
{
    bool release = !j->options->keys_only;
    j->damaged = dkg_calloc(j->slices.count, 1);
    j->list = dkg_calloc(j->count, sizeof *j->list);
    if (release) j->out = dkg_calloc(j->count, j->slices.size);
    if (j->damaged && j->list && (j->out || !release)) return DKG_OK;
    return dkg_fail(err, DKG_NO_MEMORY, "out of memory for %" PRIu64 " bytes of slices", (uint64_t)j->count * j->slices.size);
}

static dkg_status run(job *j, size_t *size, bool *digest_verified, dkg_error *err)
{
    bool all = j->count == j->slices.count && j->options->only_slice < 0;
    dkg_status status = check_model(j, err);
    if (status == DKG_OK) status = make_room(j, err);
    if (status == DKG_OK) status = open_slices(j, err);
    if (status == DKG_OK) status = apply_generator(j, err);
    if (status != DKG_OK || !j->out) return status;
    if ((status = check_padding(j, size, err)) != DKG_OK) return status;
    if (all && j->damaged_count == 0 && j->envelope->mode != DKG_MODE_PAPER) {
        if ((status = check_digest(j, *size, err)) != DKG_OK) return status;
        *digest_verified = true;
    }
    return dkg_progress(j->options->log, "decrypting", 1, err);
}

dkg_status dkg_decrypt(dkg_sealed *sealed, const dkg_decrypt_options *options, dkg_plain **out, dkg_error *err)
{
    *out = NULL;
    dkg_status status = check_unlocked(sealed, err);
    if (status != DKG_OK) return status;
    const dkg_envelope *e = dkg_sealed_envelope(sealed);
    if (options->only_slice >= (int64_t)e->shape.slices)
        return dkg_fail(err, DKG_USAGE, "slice %" PRId64 " does not exist, the volume has slices 0 to %" PRIu32, options->only_slice,
                        e->shape.slices - 1);
    bool one = options->only_slice >= 0;
    job j = {.sealed = sealed, .options = options, .envelope = e, .slices = dkg_slices_of(e, sealed->secrets->keys.aead),
             .first = one ? (uint32_t)options->only_slice : 0, .count = one ? 1 : e->shape.slices};
    size_t size = 0;
    bool digest_verified = false;
    dkg_plain *plain = calloc(1, sizeof *plain);
    if (!plain)
        status = dkg_fail(err, DKG_NO_MEMORY, "out of memory for a decrypted volume");
    else
        status = run(&j, &size, &digest_verified, err);
    free(j.list);
    if (status != DKG_OK) {
        if (j.out) sodium_memzero(j.out, (size_t)j.count * j.slices.size);
        free(j.out);
        free(j.damaged);
        free(plain);
        return status;
    }
    *plain = (dkg_plain){.data = {j.out, size}, .damaged_count = j.damaged_count, .digest_verified = digest_verified, .owned = j.out};
    if (j.damaged_count)
        plain->damaged = j.damaged;
    else
        free(j.damaged);
    *out = plain;
    return j.damaged_count ? fail_damaged(plain->damaged, plain->damaged_count, e->shape.slices, err) : DKG_OK;
}

void dkg_plain_free(dkg_plain *plain)
{
    if (!plain) return;
    if (plain->owned) sodium_memzero(plain->owned, plain->data.size);
    free(plain->owned);
    free(plain->damaged);
    free(plain);
}
