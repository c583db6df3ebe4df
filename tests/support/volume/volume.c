#include "volume.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

const dkg_model *volume_model(void)
{
    static dkg_model *model;
    uint8_t seed[32];
    memset(seed, 1, sizeof seed);
    if (!model) ck_ok(dkg_model_random(seed, 16, &model, err));
    return model;
}

const dkg_identity *volume_identity(void)
{
    static dkg_identity id;
    memset(id.scalar, 0x42, sizeof id.scalar);
    ck_assert_int_eq(crypto_scalarmult_base(id.key, id.scalar), 0);
    return &id;
}

const dkg_recipient *volume_recipient(void)
{
    static dkg_recipient r;
    memcpy(r.key, volume_identity()->key, 32);
    return &r;
}

const dkg_keyfile *volume_keyfile(void)
{
    static dkg_keyfile *key;
    dkg_keyfile_options o = {.model_digest = dkg_model_digest(volume_model())};
    if (!key) ck_ok(dkg_keyfile_create(&o, &key, err));
    return key;
}

fake_engine *volume_engine(void)
{
    static fake_engine fake;
    if (!fake.engine.generate) fake = fake_engine_make(volume_model(), 4);
    return &fake;
}

dkg_source *source_make(uint16_t datatype, uint16_t bpv, uint64_t nx, uint64_t ny, uint64_t slices, uint64_t seed)
{
    enum { HEAD = 352 };
    size_t size = (size_t)(nx * ny * slices * bpv);
    dkg_source *s = calloc(1, sizeof *s);
    uint8_t *bytes = malloc(HEAD + size);
    ck_assert(s && bytes);
    test_pattern(bytes, HEAD + size, seed);
    *s = (dkg_source){.nx = nx, .ny = ny, .slices = slices, .datatype = datatype, .bpv = bpv, .kind = 1, .nifti_version = 1,
                      .data_offset = HEAD, .head = {bytes, HEAD}, .data = {bytes + HEAD, size}};
    return s;
}

void source_free(dkg_source *s)
{
    union { const uint8_t *in; void *out; } bytes = {s->head.at};
    free(bytes.out);
    free(s);
}

dkg_encrypt_options options_make(dkg_mode mode)
{
    dkg_encrypt_options o = {.mode = mode, .threads = 1};
    if (mode == DKG_MODE_PAPER) {
        o.locks.keyfile = volume_keyfile();
    } else {
        o.locks.recipients = volume_recipient();
        o.locks.recipient_count = 1;
    }
    if (mode != DKG_MODE_AEAD) {
        o.model = volume_model();
        o.engine = &volume_engine()->engine;
    }
    return o;
}

dkg_carrier *encrypt_with(const dkg_source *source, const dkg_encrypt_options *options)
{
    dkg_carrier *c = NULL;
    ck_ok(dkg_encrypt(source, options, &c, err));
    return c;
}

dkg_carrier *encrypt_simply(const dkg_source *source, dkg_mode mode)
{
    dkg_encrypt_options o = options_make(mode);
    return encrypt_with(source, &o);
}

dkg_stored stored_of(const dkg_carrier *c)
{
    return (dkg_stored){.dim = {c->nx, c->ny, c->planes}, .datatype = c->carrier_bytes == 1 ? 2 : 512, .bpv = c->carrier_bytes,
                        .slope = 1, .inter = 0, .voxels = {c->voxels, c->voxel_bytes},
                        .extension = {(const uint8_t *)c->extension, c->extension_size}};
}

static opened open_how(const dkg_stored *stored, bool salvage)
{
    opened o = {0};
    const dkg_keyfile *const keyfiles[] = {volume_keyfile()};
    dkg_keys keys = {.identities = volume_identity(), .identity_count = 1, .keyfiles = keyfiles, .keyfile_count = 1};
    dkg_decrypt_options how = {.model = volume_model(), .engine = &volume_engine()->engine, .salvage = salvage, .only_slice = -1,
                               .threads = 1};
    o.status = dkg_locate(stored, NULL, &o.sealed, &o.err);
    o.located = o.status == DKG_OK;
    if (o.located) o.status = dkg_unlock(o.sealed, &keys, true, NULL, &o.err);
    if (o.status == DKG_OK) o.status = dkg_decrypt(o.sealed, &how, &o.plain, &o.err);
    if (o.located) o.info = *dkg_sealed_public(o.sealed);
    return o;
}

opened open_stored(const dkg_stored *stored) { return open_how(stored, false); }
opened open_salvage(const dkg_stored *stored) { return open_how(stored, true); }

void opened_free(opened *o)
{
    dkg_plain_free(o->plain);
    dkg_sealed_free(o->sealed);
    memset(o, 0, sizeof *o);
}

static bool same(dkg_bytes a, dkg_bytes b) { return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0); }

bool opened_equals(const opened *o, const dkg_source *s)
{
    if (o->status != DKG_OK) return false;
    const dkg_private_info *p = dkg_sealed_private(o->sealed);
    return same(o->plain->data, s->data) && same(p->head, s->head) && same(p->image_head, s->image_head) && same(p->tail, s->tail) &&
           p->kind == s->kind && p->nifti_version == s->nifti_version && p->big_endian == s->big_endian && p->gzipped == s->gzipped &&
           p->datatype == s->datatype && p->bpv == s->bpv && p->data_offset == s->data_offset && p->data_bytes == s->data.size;
}

static void hear_warning(void *self, const char *sentence)
{
    heard *h = self;
    h->warnings++;
    (void)snprintf(h->text, sizeof h->text, "%s", sentence);
}

static bool hear_progress(void *self, const char *stage, double fraction)
{
    heard *h = self;
    (void)stage;
    ck_assert(isfinite(fraction) && fraction >= 0 && fraction <= 1.0000001);
    h->last = fraction;
    return ++h->reports != h->stop_at;
}

void heard_make(heard *h)
{
    *h = (heard){.log = {hear_warning, hear_progress, h}};
}
