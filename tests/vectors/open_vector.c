#include "open_vector.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/nifti.h"
#include "support.h"

enum { MODELS = 4, KEYS = 4 };

const char *vectors_path(const char *name)
{
    static char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", VECTORS, name);
    return path;
}

const char *vectors_keys(const char *name, const char *suffix)
{
    char relative[128];
    (void)snprintf(relative, sizeof relative, "keys/%s%s", name, suffix);
    return vectors_path(relative);
}

json_t *vectors_load(const char *name)
{
    json_error_t error;
    json_t *root = json_load_file(vectors_path(name), 0, &error);
    ck_assert_msg(root != NULL, "%s: %s", name, error.text);
    return root;
}

dkg_identity vectors_identity(const char *name)
{
    uint8_t *text;
    size_t size, count;
    dkg_identity *all;
    ck_ok(dkg_file_read(vectors_keys(name, ".txt"), 4096, &text, &size, err));
    ck_ok(dkg_identities_parse(text, size, &all, &count, err));
    ck_assert_uint_eq(count, 1);
    dkg_identity id = all[0];
    dkg_secret_free(all);
    free(text);
    return id;
}

dkg_keyfile *vectors_keyfile(const char *name)
{
    uint8_t *bytes;
    size_t size;
    dkg_keyfile *key;
    ck_ok(dkg_file_read(vectors_keys(name, ".dkgkey"), 4096, &bytes, &size, err));
    ck_ok(dkg_keyfile_parse(bytes, size, NULL, NULL, &key, err));
    free(bytes);
    return key;
}

static void read_signer(const char *name, uint8_t out[32])
{
    char line[128];
    FILE *f = fopen(vectors_keys(name, ".txt"), "r");
    ck_assert(f != NULL);
    while (fgets(line, sizeof line, f) && line[0] == '#') {}
    (void)fclose(f);
    line[strcspn(line, "\n")] = 0;
    ck_ok(dkg_signer_parse(line, out, err));
}

const dkg_model *vectors_model(int number)
{
    static dkg_model *model[MODELS];
    uint8_t seed[32];
    ck_assert(number >= 1 && number < MODELS);
    memset(seed, number, sizeof seed);
    if (!model[number]) ck_ok(dkg_model_random(seed, 16, &model[number], err));
    return model[number];
}

dkg_engine *vectors_engine(int number)
{
    static dkg_engine *engine[MODELS];
    const dkg_model *model = vectors_model(number);
    if (!engine[number]) ck_ok(dkg_reference_engine(model, 0, &engine[number], err));
    return engine[number];
}

/* ---- one vector -------------------------------------------------------------------------------------------------------------- */
typedef struct access {
    dkg_identity identity[KEYS];
    const dkg_keyfile *keyfile[KEYS];
    dkg_keyfile *owned[KEYS];
    uint8_t signer[KEYS][32];
    dkg_keys keys;
} access;

static size_t given_passphrase(void *self, const char *what, uint8_t out[1024], dkg_error *err)
{
    const char *text = self;
    (void)what;
    (void)err;
    memcpy(out, text, strlen(text));
    return strlen(text);
}

static void collect_keys(const json_t *how, access *a)
{
    size_t i;
    const json_t *name, *identities = json_object_get(how, "identities"), *keyfiles = json_object_get(how, "keyfiles"),
                        *signers = json_object_get(how, "signers");
    memset(a, 0, sizeof *a);
    ck_assert(json_array_size(identities) <= KEYS && json_array_size(keyfiles) <= KEYS && json_array_size(signers) <= KEYS);
    json_array_foreach(identities, i, name) a->identity[i] = vectors_identity(json_string_value(name));
    json_array_foreach(keyfiles, i, name) a->keyfile[i] = a->owned[i] = vectors_keyfile(json_string_value(name));
    json_array_foreach(signers, i, name) read_signer(json_string_value(name), a->signer[i]);
    union { const char *in; void *out; } passphrase = {json_string_value(json_object_get(how, "passphrase"))};
    a->keys = (dkg_keys){.identities = a->identity, .identity_count = json_array_size(identities),
                         .keyfiles = a->keyfile, .keyfile_count = json_array_size(keyfiles),
                         .ask = passphrase.in ? given_passphrase : NULL, .ask_self = passphrase.out,
                         .any_argon2_cost = json_is_true(json_object_get(how, "any_argon2_cost")),
                         .signers = (const uint8_t(*)[32])a->signer, .signer_count = json_array_size(signers)};
}

static void hear(void *self, const char *sentence)
{
    (void)sentence;
    ((outcome *)self)->warning = true;
}

/* The damage report, complete also where only one slice was wanted. */
static dkg_status note_damage(dkg_sealed *sealed, long slice, outcome *out, dkg_error *err)
{
    uint32_t slices = dkg_sealed_public(sealed)->slices, count;
    uint8_t damaged[64] = {0};
    ck_assert_uint_le(slices, sizeof damaged);
    dkg_status status = dkg_check_tags(sealed, 1, damaged, &count, NULL, err);
    for (uint32_t z = 0; z < slices; z++)
        if (damaged[z] && (slice < 0 || (uint32_t)slice == z)) {
            out->damaged[z] = 1;
            out->damaged_count++;
        }
    return status;
}

static void release(const dkg_sealed *sealed, const dkg_plain *plain, bool one, outcome *out)
{
    const dkg_private_info *p = dkg_sealed_private(sealed);
    crypto_generichash_state state;
    out->released = true;
    crypto_generichash_init(&state, NULL, 0, 32);
    if (!one) {
        crypto_generichash_update(&state, p->head.at, p->head.size);
        crypto_generichash_update(&state, p->image_head.at, p->image_head.size);
    }
    crypto_generichash_update(&state, plain->data.at, plain->data.size);
    if (!one) crypto_generichash_update(&state, p->tail.at, p->tail.size);
    crypto_generichash_final(&state, out->digest, 32);
}

/* Section 11 through the public functions, as the commands do it. */
static dkg_status open_located(dkg_sealed *sealed, const json_t *how, const access *a, const dkg_log *log, outcome *out, dkg_error *err)
{
    const json_t *slice = json_object_get(how, "slice");
    int model = (int)json_integer_value(json_object_get(how, "model"));
    dkg_decrypt_options o = {.model = vectors_model(model), .engine = vectors_engine(model),
                             .salvage = json_is_true(json_object_get(how, "salvage")),
                             .only_slice = slice ? json_integer_value(slice) : -1, .threads = 1, .log = log};
    if (json_is_true(json_object_get(how, "strict")) && dkg_sealed_public(sealed)->repaired)
        return dkg_fail(err, DKG_REPAIRED, "repaired");
    dkg_status status = dkg_unlock(sealed, &a->keys, !json_is_false(json_object_get(how, "paper")), log, err);
    if (status != DKG_OK) return status;
    dkg_plain *plain = NULL;
    status = dkg_decrypt(sealed, &o, &plain, err);
    if (plain) release(sealed, plain, slice != NULL, out);
    dkg_plain_free(plain);
    if (status == DKG_OK || status == DKG_DAMAGED) {
        dkg_error ignored;
        ck_assert_int_eq(note_damage(sealed, (long)o.only_slice, out, &ignored), DKG_OK);
    }
    return status;
}

outcome open_vector(const json_t *line)
{
    outcome out = {0};
    dkg_error err = {0};
    dkg_log log = {.warn = hear, .self = &out};
    const json_t *how = json_object_get(line, "open");
    dkg_stored_image *image = NULL;
    dkg_sealed *sealed = NULL;
    access a;
    char name[256];
    (void)snprintf(name, sizeof name, "volumes/%s", json_string_value(json_object_get(line, "file")));
    collect_keys(how, &a);
    dkg_status status = dkg_stored_read(vectors_path(name), 0, &image, &err);
    if (status == DKG_OK) {
        const dkg_nifti_header *h = &image->header;
        dkg_stored stored = {.dim = {h->dim[1], h->dim[2], h->dim[3]}, .datatype = h->datatype, .bpv = h->bpv,
                             .big_endian = h->big_endian, .slope = h->slope, .inter = h->inter, .voxels = image->voxels,
                             .extension = image->extension};
        status = dkg_locate(&stored, &log, &sealed, &err);
    }
    if (status == DKG_OK) status = open_located(sealed, how, &a, &log, &out, &err);
    out.exit = dkg_status_exit_code(status);
    (void)snprintf(out.text, sizeof out.text, "%s", err.text);
    dkg_sealed_free(sealed);
    dkg_stored_free(image);
    for (size_t i = 0; i < KEYS; i++) dkg_keyfile_free(a.owned[i]);
    return out;
}
