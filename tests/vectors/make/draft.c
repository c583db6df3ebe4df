/* Drafts: taking an encryption apart, and making each stage from the one before (docs/volume-format.md, sections 4 to 7, 9). */
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

#include "bench.h"
#include "cipher/carrier.h"
#include "cipher/keyfile.h"
#include "cipher/keystream.h"
#include "cipher/sealed.h"
#include "cipher/slices.h"
#include "cipher/slots.h"
#include "dkg/nifti.h"
#include "remember.h"
#include "support.h"

enum { DRAFTED, MEASURED, SEALED, PLACED, FILED };

static bool is_paper(const draft *d) { return d->how.mode == DKG_MODE_PAPER; }

/* ---- metadata and slots ------------------------------------------------------------------------------------------------------ */
entry *entry_of(draft *d, uint16_t type)
{
    for (size_t i = 0; i < d->entry_count; i++)
        if (d->entries[i].type == type) return &d->entries[i];
    const bool metadata_have_the_entry = false;
    must(metadata_have_the_entry);
    return NULL;
}

entry *entry_put(draft *d, size_t at, uint16_t type, const void *body, uint32_t size)
{
    must(d->stage == DRAFTED && d->entry_count < 16 && at <= d->entry_count);
    memmove(&d->entries[at + 1], &d->entries[at], (d->entry_count++ - at) * sizeof *d->entries);
    entry *e = &d->entries[at];
    *e = (entry){type, 0, size, size, malloc(size + 1)};
    must(e->body);
    if (size) memcpy(e->body, body, size);
    return e;
}

void entry_drop(draft *d, uint16_t type)
{
    entry *e = entry_of(d, type);
    free(e->body);
    size_t after = d->entry_count-- - (size_t)(e - d->entries) - 1;
    memmove(e, e + 1, after * sizeof *e);
}

void entries_set_hash(draft *d)
{
    DKG_B2(entry_of(d, 3)->body, 32, NULL, {d->source->head.at, d->source->head.size},
           {d->source->image_head.at, d->source->image_head.size}, {d->source->data.at, d->source->data.size},
           {d->source->tail.at, d->source->tail.size});
}

void draft_reshape(draft *d, uint32_t nx, uint32_t ny, uint32_t slices)
{
    must(d->how.stream && dkg_shape_make(nx, ny, slices, 1, 1, &d->shape));
    size_t room = (size_t)d->shape.slice * slices;
    must(room >= d->source->data.size);
    dkg_store32(d->head + DKG_AT_NX, nx);
    dkg_store32(d->head + DKG_AT_NY, ny);
    dkg_store32(d->head + DKG_AT_SLICES, slices);
    free(d->data);
    free(d->cipher);
    d->data = calloc(room, 1);
    d->cipher = malloc(room);
    must(d->data && d->cipher);
    memcpy(d->data, d->source->data.at, d->source->data.size);
}

static void read_list(draft *d, const uint8_t *list, size_t size)
{
    dkg_cursor c = dkg_cursor_over(list, size);
    while (c.left >= 8 && dkg_load16(c.at) != 0) {
        uint16_t type = dkg_read16(&c);
        (void)dkg_read16(&c);
        uint32_t bytes = dkg_read32(&c);
        entry_put(d, d->entry_count, type, dkg_read_bytes(&c, bytes), bytes);
    }
    must(!c.failed);
}

static void write_list(draft *d)
{
    dkg_buffer_free(&d->list);
    for (size_t i = 0; i < d->entry_count; i++) {
        uint8_t head[8];
        const entry *e = &d->entries[i];
        dkg_store16(head, e->type);
        dkg_store16(head + 2, e->reserved);
        dkg_store32(head + 4, e->stated);
        dkg_append(&d->list, head, 8);
        dkg_append(&d->list, e->body, e->size);
    }
    while (d->list.size % d->list_step) dkg_append(&d->list, "", 1);
    if (d->list_end) d->list.bytes[d->list.size - 1] = d->list_end;
}

void slots_clear(draft *d) { dkg_buffer_free(&d->slots); }

void slot_add(draft *d, uint16_t type, uint16_t length, const void *body, size_t size)
{
    uint8_t head[4];
    must(d->stage == DRAFTED);
    dkg_store16(head, type);
    dkg_store16(head + 2, length);
    dkg_append(&d->slots, head, 4);
    dkg_append(&d->slots, body, size);
}

static const uint8_t *salt_of(const draft *d) { return d->head + DKG_AT_SALT; }

void slot_add_x25519(draft *d, const dkg_identity *to)
{
    uint8_t inner[DKG_SLOT_X25519_INNER], body[DKG_SLOT_X25519_BYTES];
    memcpy(inner, d->fk, 32);
    dkg_slot_mark(inner + 32, salt_of(d));
    must(crypto_box_seal(body, inner, sizeof inner, to->key) == 0);
    slot_add(d, DKG_SLOT_X25519, sizeof body, body, sizeof body);
}

static void box_fk(const draft *d, uint16_t type, const uint8_t nonce[24], const uint8_t key[32], uint8_t out[48])
{
    uint8_t ad[DKG_SLOT_ASSOCIATED];
    dkg_slot_associated(ad, type, salt_of(d));
    crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, d->fk, 32, ad, sizeof ad, NULL, nonce, key);
}

/* Unlike dkg_encrypt() it takes any cost; one that Argon2 cannot do gets the slot of one it can. */
void slot_add_passphrase(draft *d, const char *passphrase, uint32_t passes, uint32_t kib)
{
    static const uint8_t zeros[24];
    uint8_t body[DKG_SLOT_PASSPHRASE_BYTES], derived[64];
    dkg_random(body, 16);
    dkg_store32(body + 16, passes);
    dkg_store32(body + 20, kib);
    must(crypto_pwhash(derived, sizeof derived, passphrase, strlen(passphrase), body, passes ? passes : 1,
                       kib < 8 || kib > 65536 ? 8192 : (size_t)kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0);
    memcpy(body + 24, derived + 32, 32);
    box_fk(d, DKG_SLOT_PASSPHRASE, zeros, derived, body + 56);
    slot_add(d, DKG_SLOT_PASSPHRASE, sizeof body, body, sizeof body);
}

void slot_add_keyfile(draft *d, const dkg_keyfile *key)
{
    uint8_t body[DKG_SLOT_KEYFILE_BYTES], kek[32];
    dkg_keyfile_mark(key, salt_of(d), body);
    dkg_random(body + 8, 24);
    dkg_keyfile_kek(key, kek);
    box_fk(d, DKG_SLOT_KEYFILE, body + 8, kek, body + 32);
    slot_add(d, DKG_SLOT_KEYFILE, sizeof body, body, sizeof body);
}

/* ---- stages ---------------------------------------------------------------------------------------------------------------------- */
static void measure(draft *d)
{
    write_list(d);
    while (d->slots.size % d->slots_step) dkg_append(&d->slots, "", 1);
    if (d->slots_end) d->slots.bytes[d->slots.size - 1] = d->slots_end;
    d->slots_at = DKG_HEAD_BYTES;
    d->sealed_at = d->slots_at + d->slots.size;
    d->table_at = d->sealed_at + d->list.size + DKG_TAG_BYTES;
    dkg_store32(d->head + DKG_AT_SEALED_SIZE, (uint32_t)(d->list.size + DKG_TAG_BYTES));
    dkg_store32(d->head + DKG_AT_SLOTS_SIZE, (uint32_t)d->slots.size);
    dkg_store32(d->head + DKG_AT_SIZE, (uint32_t)(d->table_at + (uint64_t)d->shape.slices * DKG_ENTRY_BYTES));
}

/* As the volume is, whatever its head states. */
static dkg_envelope envelope_of(const draft *d)
{
    const uint8_t *b = d->env.bytes;
    return (dkg_envelope){.bytes = b, .size = d->env.size, .shape = d->shape, .mode = d->how.mode, .salt = b + DKG_AT_SALT,
                          .core_mac = b + DKG_AT_CORE_MAC, .slots_mac = b + DKG_AT_SLOTS_MAC,
                          .epoch = dkg_load64(b + DKG_AT_EPOCH),
                          .slots = {b + d->slots_at, d->slots.size}, .sealed = {b + d->sealed_at, d->list.size + DKG_TAG_BYTES},
                          .table = b + d->table_at};
}

static void mask(void *self, size_t z, uint64_t offset, const uint8_t *key, size_t n, uint32_t rows)
{
    draft *d = self;
    uint8_t *to = d->cipher + z * d->shape.slice + offset;
    (void)rows;
    for (size_t i = 0; i < n; i++) to[i] ^= key[i];
}

static void apply_generator(draft *d, uint8_t *table)
{
    uint32_t slices = d->shape.slices, *all = calloc(slices, sizeof *all);
    uint8_t *checks = calloc(slices, DKG_TAG_BYTES), *initial = malloc(DKG_KEY_BYTES);
    must(all && checks && initial);
    for (uint32_t z = 0; z < slices; z++) all[z] = z;
    if (d->keyfile) dkg_keyfile_initial_image(d->keyfile, initial);
    dkg_keystream stream = {.engine = d->bench->engine, .gen = d->how.fixed_image ? NULL : d->keys.gen,
                            .initial = d->keyfile ? initial : NULL, .gcheck = is_paper(d) ? NULL : d->keys.gcheck,
                            .slice = d->shape.slice, .paper = is_paper(d), .threads = 1, .sink = mask, .self = d,
                            .stage = "", .to = 1};
    must_ok(dkg_keystream_run(&stream, all, slices, checks, err));
    for (uint32_t z = 0; z < slices && !is_paper(d); z++)
        memcpy(table + (size_t)z * DKG_ENTRY_BYTES + DKG_TAG_BYTES, checks + (size_t)z * DKG_TAG_BYTES, DKG_TAG_BYTES);
    free(all);
    free(checks);
    free(initial);
}

static void sign(draft *d)
{
    uint8_t message[8 + DKG_CORE_BYTES + 32];
    dkg_cursor c = dkg_cursor_over(d->env.bytes + d->slots_at, d->slots.size);
    memcpy(message, "DKG1SIG1", 8);
    memcpy(message + 8, d->env.bytes, DKG_CORE_BYTES);
    memcpy(message + 136, d->env.bytes + DKG_AT_CORE_MAC, 32);
    for (dkg_slot slot; dkg_slot_next(&c, &slot);)
        if (slot.type == DKG_SLOT_SIGNATURE)
            crypto_sign_detached(d->env.bytes + (slot.body - d->env.bytes) + 32, NULL, message, sizeof message, d->bench->signing);
}

void draft_core_mac(draft *d)
{
    dkg_envelope e = envelope_of(d);
    dkg_envelope_core_mac(&e, d->keys.mac, d->env.bytes + DKG_AT_CORE_MAC);
}

void draft_slots_mac(draft *d)
{
    dkg_envelope e = envelope_of(d);
    dkg_envelope_slots_mac(&e, d->keys.slots, d->env.bytes + DKG_AT_SLOTS_MAC);
}

static void seal(draft *d)
{
    static const uint8_t no_tag[DKG_TAG_BYTES];
    uint8_t *h = d->head, hd[32];
    dkg_buffer_free(&d->env);
    if (is_paper(d)) {
        dkg_keyfile_paper_key(d->keyfile, salt_of(d), d->keys.gen);
    } else {
        dkg_schedule_derive(d->fk, h, d->factor, &d->keys);
        if (!d->keep_commitment) memcpy(h + DKG_AT_COMMITMENT, d->keys.commitment, 32);
    }
    dkg_append(&d->env, h, DKG_HEAD_BYTES);
    dkg_append(&d->env, d->slots.bytes, d->slots.size);
    dkg_append(&d->env, d->list.bytes, d->list.size);
    dkg_append(&d->env, no_tag, sizeof no_tag);
    for (size_t i = 0; i < (size_t)d->shape.slices * 2; i++) dkg_append(&d->env, no_tag, DKG_TAG_BYTES);
    must(!d->env.failed);

    uint8_t *table = d->env.bytes + d->table_at;
    dkg_core_digest(d->env.bytes, hd);
    memcpy(d->cipher, d->data, (size_t)d->shape.slice * d->shape.slices);
    if (d->how.mode != DKG_MODE_AEAD) apply_generator(d, table);
    if (d->wrong_gcheck >= 0) table[(size_t)d->wrong_gcheck * DKG_ENTRY_BYTES + DKG_TAG_BYTES] ^= 1;
    dkg_envelope e = envelope_of(d);
    dkg_slices slices = dkg_slices_of(&e, d->keys.aead);
    for (uint32_t z = 0; z < slices.count; z++) dkg_slice_seal(&slices, z, d->cipher + z * slices.size, table);
    if (d->wrong_tag >= 0) table[(size_t)d->wrong_tag * DKG_ENTRY_BYTES] ^= 1;
    dkg_metadata_seal(d->env.bytes + d->sealed_at, d->list.size + DKG_TAG_BYTES, d->how.mode, d->keys.meta, hd);
    if (is_paper(d)) return;
    draft_core_mac(d);
    if (d->how.signed_ && !d->keep_signature) sign(d);
    draft_slots_mac(d);
}

static void place(draft *d)
{
    dkg_envelope e = envelope_of(d);
    if (!d->keep_checksum) dkg_envelope_checksum(d->env.bytes, d->env.size, d->env.bytes + DKG_AT_CHECKSUM);
    dkg_carrier_free(d->carrier);
    must_ok(dkg_carrier_new(&d->shape, d->env.size, &d->carrier, err));
    memcpy(d->carrier->voxels, d->cipher, (size_t)d->shape.slice * d->shape.slices);
    must_ok(dkg_carrier_close(d->carrier, &e, 1, err));
}

static void write_file(draft *d)
{
    const dkg_carrier *c = d->carrier;
    dkg_nifti_header header;
    const char *path = test_path("carrier.nii");
    must_ok(dkg_nifti_header_parse(d->source->head.at, d->source->head.size, &header, err));
    dkg_carrier_file f = {.nx = c->nx, .ny = c->ny, .planes = c->planes, .carrier_bytes = c->carrier_bytes,
                          .planes_per_slice = c->planes_per_slice, .paper = is_paper(d), .nifti2 = d->how.nifti2,
                          .geometry = d->how.stream ? DKG_GEOMETRY_STRIP : DKG_GEOMETRY_KEEP, .source = &header,
                          .voxels = {c->voxels, c->voxel_bytes}};
    if (d->how.extension) f.extension = (dkg_bytes){(const uint8_t *)c->extension, c->extension_size};
    must_ok(dkg_carrier_write(path, DKG_OUTPUT_REPLACE, &f, err));
    must_ok(dkg_file_read(path, 1 << 24, &d->file.bytes, &d->file.size, err));
    d->file.capacity = d->file.size;
    d->voxels_at = d->file.size - c->voxel_bytes;
}

static void advance(draft *d, int stage)
{
    static void (*const step[])(draft *) = {measure, seal, place, write_file};
    while (d->stage < stage) step[d->stage++](d);
}

static uint8_t *at_stage(draft *d, int stage, uint8_t *(*bytes)(draft *))
{
    advance(d, stage);
    must(d->stage == stage);
    return bytes(d);
}
static uint8_t *head_bytes(draft *d) { return d->head; }
static uint8_t *env_bytes(draft *d) { return d->env.bytes; }
static uint8_t *voxel_bytes(draft *d) { return d->carrier->voxels; }
static uint8_t *file_bytes(draft *d) { return d->file.bytes; }
uint8_t *core(draft *d) { return at_stage(d, MEASURED, head_bytes); }
uint8_t *env(draft *d) { return at_stage(d, SEALED, env_bytes); }
uint8_t *voxels(draft *d) { return at_stage(d, PLACED, voxel_bytes); }
uint8_t *file(draft *d) { return at_stage(d, FILED, file_bytes); }

size_t at_copy_a(const draft *d) { return (size_t)(d->shape.slice * d->shape.slices); }
size_t at_copy_b(const draft *d) { return at_trailer(d) - d->env.size; }
size_t at_trailer(const draft *d) { return d->carrier->voxel_bytes - DKG_TRAILER_BYTES; }
void trailer_sum(draft *d)
{
    uint8_t *t = voxels(d) + at_trailer(d);
    DKG_B2(t + 48, 16, NULL, {t, 48});
}

/* ---- beginning -------------------------------------------------------------------------------------------------------------------- */
static recipe complete(const recipe *how)
{
    recipe r = *how;
    if (!r.mode) r.mode = DKG_MODE_HYBRID;
    if (!r.datatype) r.datatype = 4;
    if (!r.nx) r.nx = 8;
    if (!r.ny) r.ny = 6;
    if (!r.slices) r.slices = 3;
    return r;
}

static dkg_carrier *encrypt(const draft *d)
{
    bench *b = d->bench;
    const recipe *r = &d->how;
    dkg_recipient to[2];
    dkg_carrier *c;
    memcpy(to[0].key, b->alice.key, 32);
    memcpy(to[1].key, b->bob.key, 32);
    dkg_encrypt_options o = {.mode = r->mode, .stream = r->stream, .carrier_bytes = r->forced_uint8, .nifti2 = r->nifti2,
                             .fixed_image = r->fixed_image, .note = r->note, .threads = 1};
    if (!is_paper(d)) {
        o.locks.recipients = to;
        o.locks.recipient_count = r->bob ? 2 : 1;
    }
    if (is_paper(d) || r->keyfile || r->factor) o.locks.keyfile = b->one;
    o.locks.key_factor = r->factor;
    if (r->passphrase) o.locks.passphrase = (dkg_bytes){(const uint8_t *)PASSPHRASE, sizeof PASSPHRASE - 1};
    o.locks.cost = (dkg_argon2){2, 65536};
    if (r->signed_) o.locks.signing_key = b->signing;
    if (r->mode != DKG_MODE_AEAD) {
        o.model = b->model;
        o.engine = b->engine;
    }
    must_ok(dkg_encrypt(d->source, &o, &c, err));
    return c;
}

/* Opens what was encrypted and keeps what a writer had decided. */
static void take_apart(draft *d, const dkg_carrier *c)
{
    bench *b = d->bench;
    const dkg_keyfile *const keyfiles[] = {b->one};
    dkg_keys keys = {.identities = &b->alice, .identity_count = 1, .keyfiles = keyfiles, .keyfile_count = 1};
    dkg_stored stored = {.dim = {c->nx, c->ny, c->planes}, .datatype = c->carrier_bytes == 1 ? 2 : 512, .bpv = c->carrier_bytes,
                         .slope = 1, .voxels = {c->voxels, c->voxel_bytes}};
    dkg_sealed *s;
    must_ok(dkg_locate(&stored, NULL, &s, err));
    must_ok(dkg_unlock(s, &keys, true, NULL, err));
    const dkg_envelope *e = dkg_sealed_envelope(s);
    d->shape = e->shape;
    memcpy(d->head, e->bytes, DKG_HEAD_BYTES);
    memcpy(d->fk, s->secrets->fk, 32);
    memcpy(d->factor, s->secrets->factor, 32);
    d->keyfile = is_paper(d) || d->how.factor ? b->one : NULL;
    read_list(d, s->list, e->sealed.size - DKG_TAG_BYTES);
    dkg_cursor cursor = dkg_cursor_over(e->slots.at, e->slots.size);
    for (dkg_slot slot; dkg_slot_next(&cursor, &slot);) slot_add(d, slot.type, slot.size, slot.body, slot.size);
    dkg_sealed_free(s);
}

draft *draft_begin(bench *b, const char *name, const char *shows, const recipe *how)
{
    uint8_t seed[32];
    draft *d = calloc(1, sizeof *d);
    must(d && strlen(name) < sizeof d->name);
    strcpy(d->name, name);
    d->bench = b;
    d->shows = shows;
    d->how = complete(how);
    d->list_step = 512;
    d->slots_step = DKG_SLOTS_STEP;
    d->wrong_gcheck = d->wrong_tag = -1;
    DKG_B2(seed, 32, NULL, DKG_TEXT("vector "), {(const uint8_t *)name, strlen(name)});
    test_fixed_random(seed);
    d->source = source_of(name, &d->how);
    if (d->how.source_name) d->source->name = d->how.source_name;
    dkg_carrier *c = encrypt(d);
    take_apart(d, c);
    size_t room = (size_t)d->shape.slice * d->shape.slices;
    d->data = calloc(room, 1);
    d->cipher = malloc(room);
    must(d->data && d->cipher);
    memcpy(d->data, d->source->data.at, d->source->data.size);
    advance(d, PLACED);
    must(d->carrier->voxel_bytes == c->voxel_bytes && memcmp(d->carrier->voxels, c->voxels, c->voxel_bytes) == 0);
    d->stage = DRAFTED;
    for (dkg_cursor s = dkg_cursor_over(d->slots.bytes, d->slots.size);;) { /* without padding again */
        dkg_slot slot;
        if (dkg_slot_next(&s, &slot)) continue;
        d->slots.size -= s.left;
        break;
    }
    dkg_carrier_free(c);
    return d;
}
