/* cipher/encrypt.c - encryption of a whole volume: keys, slots, key stream, seals (docs/volume-format.md, sections 5 to 7). A
 * slice goes through copy, key stream and seal while it is in the cache, and while the engine makes the keys of others. */
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cipher/carrier.h"
#include "cipher/keyfile.h"
#include "cipher/keystream.h"
#include "cipher/metadata.h"
#include "cipher/plan.h"
#include "cipher/schedule.h"
#include "cipher/sealed.h"
#include "cipher/slices.h"
#include "cipher/slots.h"
#include "cipher/verify.h"

static const double SLICES_DONE = 0.8, SEALED = 0.85; /* shares of the whole for progress */

typedef struct job {
    const dkg_source *source;
    const dkg_encrypt_options *options;
    dkg_plan plan;
    dkg_metadata metadata;
    uint8_t hash[32];      /* of the whole source */
    dkg_secrets *secrets;
    uint8_t core[DKG_CORE_BYTES];
    dkg_buffer slots;
    uint32_t slot_count;
    uint8_t *envelope;     /* E bytes */
    uint64_t size;         /* E */
    uint64_t sealed;       /* M */
    uint32_t *all;         /* 0, 1, ... S-1 */
    uint8_t *checks;       /* gcheck of each of them */
    dkg_slices slices;
    dkg_carrier *carrier;
    atomic_uint weak;      /* keys that failed the self-test */
} job;

static bool has_generator(const job *j) { return j->options->mode != DKG_MODE_AEAD; }
static bool is_paper(const job *j) { return j->options->mode == DKG_MODE_PAPER; }

static dkg_status describe_source(job *j, dkg_error *err)
{
    const dkg_source *s = j->source;
    const char *name = s->name, *note = j->options->note;
    for (const char *c = s->name; c && *c; c++)
        if (*c == '/' || *c == '\\') name = c + 1;
    const dkg_bytes plain = {(const uint8_t *)name, name ? strlen(name) : 0};
    j->metadata = (dkg_metadata){
        .kind = s->kind, .nifti_version = s->nifti_version, .big_endian = s->big_endian, .gzipped = s->gzipped,
        .datatype = s->datatype, .bpv = s->bpv, .data_offset = s->data_offset, .data_bytes = s->data.size,
        .head = s->head, .image_head = s->image_head, .tail = s->tail,
        .name = dkg_metadata_name_ok(plain) ? plain : (dkg_bytes){NULL, 0}, .note = {(const uint8_t *)note, note ? strlen(note) : 0},
        .hash = is_paper(j) ? NULL : j->hash, .model = has_generator(j) ? dkg_model_digest(j->options->model) : NULL,
        .keyfile = is_paper(j) ? dkg_keyfile_id(j->options->locks.keyfile) : NULL};
    j->sealed = dkg_metadata_sealed_size(&j->metadata);
    if (j->sealed == 0)
        return dkg_fail(err, DKG_SOURCE, "%zu bytes of header and %zu bytes after the voxels are too many, the format holds 64 MiB",
                        s->head.size + s->image_head.size, s->tail.size);
    DKG_B2(j->hash, sizeof j->hash, NULL, {s->head.at, s->head.size}, {s->image_head.at, s->image_head.size},
           {s->data.at, s->data.size}, {s->tail.at, s->tail.size});
    return DKG_OK;
}

/* Everything of the core but the commitment. */
static void write_core(job *j, const uint8_t salt[32])
{
    uint8_t *core = j->core;
    const dkg_shape *shape = &j->plan.shape;
    memset(core, 0, DKG_CORE_BYTES);
    memcpy(core, "DKG1ENV", 8);
    dkg_store16(core + 8, 1);
    core[DKG_AT_MODE] = (uint8_t)j->options->mode;
    core[DKG_AT_AEAD] = core[DKG_AT_KDF] = is_paper(j) ? 0 : 1;
    core[DKG_AT_CB] = shape->cb;
    dkg_store32(core + DKG_AT_NX, shape->nx);
    dkg_store32(core + DKG_AT_NY, shape->ny);
    dkg_store32(core + DKG_AT_SLICES, shape->slices);
    dkg_store16(core + DKG_AT_DATATYPE, j->plan.datatype);
    dkg_store16(core + DKG_AT_BPV, shape->bpv);
    dkg_store32(core + DKG_AT_BLOCK, has_generator(j) ? DKG_KEY_BYTES : 0);
    dkg_store32(core + DKG_AT_SEALED_SIZE, (uint32_t)j->sealed);
    dkg_store32(core + DKG_AT_FLAGS, j->plan.flags);
    memcpy(core + DKG_AT_SALT, salt, DKG_SALT_BYTES);
    if (has_generator(j))
        DKG_B2(core + DKG_AT_FINGERPRINT, 16, salt, {dkg_model_digest(j->options->model), DKG_DIGEST_BYTES});
}

/* A fresh file key, salt and all that follows from them (section 6). The two hashes are keyed: the salt by a random number then
 * forgotten, the model's mark by the salt. */
static void draw_keys(job *j)
{
    dkg_secrets *s = j->secrets;
    const dkg_locks *locks = &j->options->locks;
    uint8_t forgotten[32], salt[DKG_SALT_BYTES];
    dkg_random(forgotten, sizeof forgotten);
    DKG_B2(salt, sizeof salt, forgotten, {j->hash, sizeof j->hash});
    sodium_memzero(forgotten, sizeof forgotten);
    write_core(j, salt);
    if (is_paper(j)) {
        dkg_keyfile_paper_key(locks->keyfile, salt, s->keys.gen);
        return;
    }
    dkg_random(s->fk, sizeof s->fk);
    if (locks->key_factor) dkg_keyfile_factor(locks->keyfile, s->factor);
    dkg_schedule_derive(s->fk, j->core, s->factor, &s->keys);
    memcpy(j->core + DKG_AT_COMMITMENT, s->keys.commitment, 32);
}

/* Slots come before the long work: locks that cannot be used fail here, and the size of the envelope, hence the number of planes,
 * is known. A signature needs core_mac; it is made at the end. */
static dkg_status write_slots(job *j, const uint8_t core_mac[32], dkg_error *err)
{
    dkg_buffer_free(&j->slots);
    if (is_paper(j)) return DKG_OK;
    return dkg_slots_write(&j->options->locks, j->secrets->fk, j->core, core_mac, &j->slots, &j->slot_count, err);
}

static dkg_status make_room(job *j, dkg_error *err)
{
    uint32_t slices = j->plan.shape.slices;
    j->size = dkg_envelope_size(j->slots.size, j->sealed, slices);
    dkg_status status = dkg_plan_check_planes(&j->plan, j->size, j->options->nifti2, err);
    if (status != DKG_OK) return status;
    j->envelope = dkg_calloc(j->size, 1);
    j->all = dkg_calloc(slices, sizeof *j->all);
    j->checks = dkg_calloc(slices, DKG_TAG_BYTES);
    if (!j->envelope || !j->all || !j->checks) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for an envelope");
    for (uint32_t z = 0; z < slices; z++) j->all[z] = z;
    return dkg_carrier_new(&j->plan.shape, j->size, &j->carrier, err);
}

static uint8_t *table_of(const job *j) { return j->envelope + DKG_HEAD_BYTES + j->slots.size + j->sealed; }
static uint8_t *voxels_of(const job *j, size_t z) { return j->carrier->voxels + z * j->slices.size; }

/* The plaintext of slice z into the carrier; in stream layout zeros follow its end. */
static void load_slice(const job *j, size_t z)
{
    const dkg_bytes data = j->source->data;
    const size_t size = j->slices.size, at = z * size, left = at < data.size ? data.size - at : 0, n = left < size ? left : size;
    if (n) memcpy(voxels_of(j, z), data.at + at, n);
    memset(voxels_of(j, z) + n, 0, size - n);
}

static void load_and_seal(void *self, size_t z)
{
    const job *j = self;
    load_slice(j, z);
    dkg_slice_seal(&j->slices, (uint32_t)z, voxels_of(j, z), table_of(j));
}

static void mask_and_seal(void *self, size_t z, uint64_t offset, const uint8_t *key, size_t n, uint32_t rows)
{
    job *j = self;
    if (offset == 0) load_slice(j, z);
    uint8_t *to = voxels_of(j, z) + offset;
    for (size_t i = 0; i < n; i++) to[i] ^= key[i];
    if (!dkg_test_key(key, rows, DKG_KEY_WIDTH).good) atomic_fetch_add(&j->weak, 1);
    if (offset + n < j->slices.size) return;
    if (!is_paper(j)) memcpy(table_of(j) + z * DKG_ENTRY_BYTES + DKG_TAG_BYTES, j->checks + z * DKG_TAG_BYTES, DKG_TAG_BYTES);
    dkg_slice_seal(&j->slices, (uint32_t)z, voxels_of(j, z), table_of(j));
}

static dkg_keystream stream_of(job *j)
{
    const dkg_secrets *s = j->secrets;
    return (dkg_keystream){.engine = j->options->engine,
                           .gen = j->options->fixed_image ? NULL : s->keys.gen,
                           .initial = s->initial,
                           .gcheck = is_paper(j) ? NULL : s->keys.gcheck,
                           .slice = j->plan.shape.slice, .paper = is_paper(j), .threads = j->options->threads,
                           .sink = mask_and_seal, .self = j, .log = j->options->log, .stage = "encrypting", .from = 0, .to = SLICES_DONE};
}

/* From the plaintext to ciphertext and table. */
static dkg_status seal_slices(job *j, dkg_error *err)
{
    uint32_t slices = j->plan.shape.slices;
    atomic_store(&j->weak, 0);
    j->slices = dkg_slices_make(j->core, j->options->mode, &j->plan.shape, j->secrets->keys.aead);
    if (!has_generator(j)) {
        dkg_parallel(j->options->threads, slices, load_and_seal, j);
        return DKG_OK;
    }
    dkg_keystream stream = stream_of(j);
    return dkg_keystream_run(&stream, j->all, slices, j->checks, err);
}

/* Draws keys and seals; once more with fresh keys when the self-test finds a weak one (generator.md, section 3). */
static dkg_status draw_and_seal(job *j, dkg_error *err)
{
    static const uint8_t unsigned_yet[32];
    bool may_refuse = j->options->mode == DKG_MODE_HYBRID;
    for (int attempt = 0; attempt < 2; attempt++) {
        draw_keys(j);
        dkg_status status = write_slots(j, unsigned_yet, err);
        if (status == DKG_OK && !j->carrier) status = make_room(j, err);
        if (status == DKG_OK) status = seal_slices(j, err);
        if (status != DKG_OK || atomic_load(&j->weak) == 0) return status;
        dkg_warn(j->options->log, "%u keys of the generator fail the self-test%s", atomic_load(&j->weak),
                 !may_refuse ? "" : attempt == 0 ? "; starting again with fresh keys" : " again");
        if (!may_refuse) return DKG_OK;
    }
    return dkg_fail(err, DKG_GENERATOR, "%u keys of this model fail the self-test with fresh keys too", atomic_load(&j->weak));
}

/* Fills the envelope around the table. */
static dkg_status close_envelope(job *j, dkg_envelope *out, dkg_error *err)
{
    uint8_t *e = j->envelope, *metadata = e + DKG_HEAD_BYTES + j->slots.size, hd[32];
    const dkg_schedule *keys = &j->secrets->keys;
    memcpy(e, j->core, DKG_CORE_BYTES);
    dkg_store32(e + DKG_AT_SIZE, (uint32_t)j->size);
    dkg_store32(e + DKG_AT_SLOTS_SIZE, (uint32_t)j->slots.size);
    if (j->slots.size) memcpy(e + DKG_AT_SLOTS, j->slots.bytes, j->slots.size);
    dkg_core_digest(e, hd);
    dkg_metadata_write(&j->metadata, metadata, (size_t)j->sealed - DKG_TAG_BYTES);
    dkg_metadata_seal(metadata, (size_t)j->sealed, j->options->mode, keys->meta, hd);
    dkg_status status = dkg_envelope_parse((dkg_bytes){e, (size_t)j->size}, out, err);
    if (status != DKG_OK) return status;
    if (!is_paper(j)) {
        dkg_envelope_core_mac(out, keys->mac, e + DKG_AT_CORE_MAC);
        if (j->options->locks.signing_key) {
            if ((status = write_slots(j, out->core_mac, err)) != DKG_OK) return status;
            memcpy(e + DKG_AT_SLOTS, j->slots.bytes, j->slots.size); /* the same locks take the same room */
        }
        dkg_envelope_slots_mac(out, keys->slots, e + DKG_AT_SLOTS_MAC);
    }
    dkg_envelope_checksum(e, j->size, e + DKG_AT_CHECKSUM);
    return dkg_progress(j->options->log, "encrypting", SEALED, err);
}

static double zero_share(dkg_bytes data)
{
    size_t zeros = 0;
    for (size_t i = 0; i < data.size; i++) zeros += data.at[i] == 0;
    return (double)zeros / (double)data.size;
}

static dkg_status run(job *j, dkg_error *err)
{
    dkg_envelope envelope;
    j->secrets = dkg_secrets_new();
    bool initial = is_paper(j) || j->options->locks.key_factor;
    if (!j->secrets || (initial && !dkg_secrets_take_initial(j->secrets, j->options->locks.keyfile)))
        return dkg_fail(err, DKG_NO_MEMORY, "out of memory for keys");
    dkg_status status = describe_source(j, err);
    if (status == DKG_OK) status = draw_and_seal(j, err);
    if (status == DKG_OK) status = close_envelope(j, &envelope, err);
    if (status == DKG_OK) status = dkg_carrier_close(j->carrier, &envelope, j->slot_count, err);
    if (status != DKG_OK) return status;
    if (is_paper(j)) j->carrier->zero_share = zero_share(j->source->data);
    if (j->slot_count == 1) dkg_warn(j->options->log, "only one key opens this volume; losing it loses the data");
    dkg_keystream stream = stream_of(j);
    stream.from = SEALED;
    stream.to = 1;
    stream.stage = "checking";
    if ((status = dkg_verify(j->carrier, j->source, j->options, &stream, j->secrets->keys.aead, err)) != DKG_OK) return status;
    return dkg_progress(j->options->log, "encrypting", 1, err);
}

dkg_status dkg_encrypt(const dkg_source *source, const dkg_encrypt_options *options, dkg_carrier **out, dkg_error *err)
{
    *out = NULL;
    job j = {.source = source, .options = options};
    dkg_status status = dkg_plan_make(source, options, &j.plan, err);
    if (status != DKG_OK) return status;
    status = run(&j, err);
    if (status == DKG_OK) {
        *out = j.carrier;
    } else {
        if (j.carrier) sodium_memzero(j.carrier->voxels, j.carrier->voxel_bytes);
        dkg_carrier_free(j.carrier);
    }
    dkg_secrets_free(j.secrets);
    dkg_buffer_free(&j.slots);
    free(j.envelope);
    free(j.all);
    free(j.checks);
    return status;
}
