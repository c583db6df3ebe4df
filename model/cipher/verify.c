/* cipher/verify.c - a finished carrier read back as a reader would, and sampled keys made a second time. */
#include "cipher/verify.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cipher/slices.h"

/* Both copies from the slab: equal, sound, and the trailer that leads to them. */
static dkg_status check_slab(const dkg_carrier *c, dkg_envelope *out, dkg_error *err)
{
    uint64_t plane = c->voxel_bytes / c->planes;
    const uint8_t *slab = c->voxels + c->voxel_bytes - plane * c->key_planes, *end = c->voxels + c->voxel_bytes - DKG_TRAILER_BYTES;
    dkg_trailer t;
    uint8_t sum[32];
    if (!dkg_trailer_read(end, &t) || t.planes != c->planes || t.key_planes != c->key_planes)
        return dkg_fail(err, DKG_INTERNAL, "the trailer just written is wrong");
    dkg_status status = dkg_envelope_parse((dkg_bytes){slab, (size_t)t.envelope}, out, err);
    if (status != DKG_OK) return status;
    dkg_envelope_checksum(slab, t.envelope, sum);
    if (memcmp(sum, slab + DKG_AT_CHECKSUM, sizeof sum) != 0 || memcmp(slab, end - t.envelope, (size_t)t.envelope) != 0)
        return dkg_fail(err, DKG_INTERNAL, "the envelope just written is wrong");
    return DKG_OK;
}

static dkg_status check_tags(const dkg_carrier *c, const dkg_envelope *e, const uint8_t *aead, unsigned threads, dkg_error *err)
{
    uint8_t *damaged = dkg_calloc(c->slices, 1);
    if (!damaged) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for %u slices", c->slices);
    dkg_slices slices = dkg_slices_of(e, aead);
    uint32_t bad = dkg_slices_open(&slices, 0, c->slices, c->voxels, e->table, NULL, damaged, threads);
    free(damaged);
    return bad ? dkg_fail(err, DKG_INTERNAL, "%u slices just encrypted do not authenticate", bad) : DKG_OK;
}

/* Slices whose keys are made again, without repetition. */
static size_t choose(uint32_t slices, bool all, uint32_t *list)
{
    if (all || slices <= 3) {
        for (uint32_t z = 0; z < slices; z++) list[z] = z;
        return slices;
    }
    list[0] = 0;
    list[1] = 1 + randombytes_uniform(slices - 2);
    list[2] = slices - 1;
    return 3;
}

/* Paper mode has no gcheck: there the key must turn plaintext into ciphertext. */
typedef struct comparison {
    const dkg_carrier *carrier;
    dkg_bytes plain;
    uint64_t slice;
    const uint32_t *list;
    atomic_uint different;
} comparison;

static void compare(void *self, size_t i, uint64_t offset, const uint8_t *key, size_t n, uint32_t rows)
{
    comparison *c = self;
    uint64_t at = c->list[i] * c->slice + offset;
    (void)rows;
    for (size_t k = 0; k < n; k++, at++) {
        uint8_t plain = at < c->plain.size ? c->plain.at[at] : 0;
        if ((plain ^ key[k]) != c->carrier->voxels[at]) {
            atomic_fetch_add(&c->different, 1);
            return;
        }
    }
}

static dkg_status check_keys(dkg_carrier *c, const dkg_source *source, const dkg_encrypt_options *o, const dkg_keystream *made,
                             const dkg_envelope *e, dkg_error *err)
{
    dkg_status status;
    bool paper = e->mode == DKG_MODE_PAPER;
    size_t most = o->verify_all || c->slices < 3 ? c->slices : 3;
    uint32_t *list = dkg_calloc(most, sizeof *list);
    uint8_t *checks = dkg_calloc(most, DKG_TAG_BYTES);
    if (!list || !checks) {
        status = dkg_fail(err, DKG_NO_MEMORY, "out of memory for %zu key checks", most);
        goto done;
    }
    size_t count = choose(c->slices, o->verify_all, list);
    comparison self = {.carrier = c, .plain = source->data, .slice = made->slice, .list = list};
    dkg_keystream again = *made;
    again.engine = o->check_engine ? o->check_engine : o->engine;
    again.sink = paper ? compare : NULL;
    again.self = &self;
    if ((status = dkg_keystream_run(&again, list, count, checks, err)) != DKG_OK) goto done;
    if (atomic_load(&self.different))
        status = dkg_fail(err, DKG_GENERATOR, "engine %s does not make the keys engine %s made", again.engine->device, o->engine->device);
    for (size_t i = 0; status == DKG_OK && !paper && i < count; i++)
        if (sodium_memcmp(checks + i * DKG_TAG_BYTES, e->table + (size_t)list[i] * DKG_ENTRY_BYTES + DKG_TAG_BYTES, DKG_TAG_BYTES) != 0)
            status = dkg_fail(err, DKG_GENERATOR, "engine %s does not make the key of slice %u that engine %s made", again.engine->device,
                              list[i], o->engine->device);
    c->cross_checked = (uint32_t)count;
    c->cross_check_independent = again.engine != o->engine;
done:
    free(list);
    free(checks);
    return status;
}

dkg_status dkg_verify(dkg_carrier *carrier, const dkg_source *source, const dkg_encrypt_options *options, const dkg_keystream *stream,
                      const uint8_t *aead, dkg_error *err)
{
    dkg_envelope e;
    dkg_status status = check_slab(carrier, &e, err);
    if (status == DKG_OK) status = check_tags(carrier, &e, aead, options->threads, err);
    if (status == DKG_OK && e.mode != DKG_MODE_AEAD) status = check_keys(carrier, source, options, stream, &e, err);
    return status;
}
