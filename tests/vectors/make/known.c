/* Known answers: one volume per mode with every value on the way to it, digests of the long ones. */
#include <sodium.h>
#include <string.h>

#include "bench.h"
#include "cipher/keyfile.h"
#include "cipher/slices.h"

static json_t *hex(const uint8_t *bytes, size_t n)
{
    char text[2 * 128 + 1];
    must(n <= 128);
    return json_string(sodium_bin2hex(text, sizeof text, bytes, n));
}

static json_t *digest(const uint8_t *bytes, size_t n)
{
    uint8_t out[32];
    DKG_B2(out, 32, NULL, {bytes, n});
    return hex(out, 32);
}

static void put(json_t *o, const char *name, json_t *value) { must(json_object_set_new(o, name, value) == 0); }

/* The first two draws of an encryption; the paper mode draws no FK. */
static void put_randomness(json_t *o, const draft *d)
{
    static const uint8_t zeros[8] = {0};
    uint8_t seed[32], r[32];
    DKG_B2(seed, 32, NULL, DKG_TEXT("vector "), {(const uint8_t *)d->name, strlen(d->name)});
    crypto_stream_chacha20(r, sizeof r, zeros, seed);
    put(o, "random_seed", hex(seed, 32));
    put(o, "r", hex(r, 32));
}

static void put_schedule(json_t *o, const draft *d)
{
    uint8_t root[32];
    DKG_B2(root, 32, d->fk, DKG_TEXT("DKG1 root v1"), {d->env.bytes, 96}, {d->factor, 32});
    put(o, "fk", hex(d->fk, 32));
    put(o, "root", hex(root, 32));
    put(o, "k_aead", hex(d->keys.aead, 32));
    put(o, "k_gen", hex(d->keys.gen, 32));
    put(o, "k_gcheck", hex(d->keys.gcheck, 32));
    put(o, "k_meta", hex(d->keys.meta, 32));
    put(o, "k_mac", hex(d->keys.mac, 32));
    put(o, "commitment", hex(d->keys.commitment, 32));
    put(o, "k_slots", hex(d->keys.slots, 32));
    put(o, "core_mac", hex(d->env.bytes + DKG_AT_CORE_MAC, 32));
    put(o, "slots_mac", hex(d->env.bytes + DKG_AT_SLOTS_MAC, 32));
}

static void put_generator(json_t *o, const draft *d)
{
    uint32_t rows = dkg_block_rows(d->shape.slice, 0, d->how.mode == DKG_MODE_PAPER);
    size_t n = (size_t)rows * DKG_KEY_WIDTH * 3;
    uint8_t *initial = malloc(DKG_KEY_BYTES), *image = malloc(n), *key = malloc(n);
    json_t *keys = json_array();
    must(initial && image && key);
    if (d->keyfile) dkg_keyfile_initial_image(d->keyfile, initial);
    for (uint32_t z = 0; z < d->shape.slices; z++) {
        dkg_initial_image(d->keys.gen, d->keyfile ? initial : NULL, z, 0, rows, image);
        if (z == 0) put(o, "I_0_0", digest(image, n));
        must_ok(d->bench->engine->generate(d->bench->engine, image, rows, DKG_KEY_WIDTH, 1, key, err));
        json_array_append_new(keys, digest(key, (size_t)d->shape.slice));
    }
    put(o, "G", keys);
    free(initial);
    free(image);
    free(key);
}

static void put_slices(json_t *o, const draft *d)
{
    const uint8_t *table = d->env.bytes + d->table_at;
    json_t *slices = json_array(), *tags = json_array(), *checks = json_array();
    for (uint32_t z = 0; z < d->shape.slices; z++) {
        json_array_append_new(slices, hex(d->cipher + z * d->shape.slice, (size_t)d->shape.slice));
        json_array_append_new(tags, hex(table + (size_t)z * DKG_ENTRY_BYTES, 16));
        json_array_append_new(checks, hex(table + (size_t)z * DKG_ENTRY_BYTES + 16, 16));
    }
    put(o, "C", slices);
    put(o, d->how.mode == DKG_MODE_PAPER ? "sum_1" : "tag", tags);
    put(o, d->how.mode == DKG_MODE_PAPER ? "sum_2" : "gcheck", checks);
}

void make_known_answers(bench *b, const char *path)
{
    static const struct { const char *name, *shows; dkg_mode mode; } modes[] = {
        {"known_hybrid", "known answers of mode 1", DKG_MODE_HYBRID},
        {"known_aead", "known answers of mode 2", DKG_MODE_AEAD},
        {"known_paper", "known answers of mode 0x7F", DKG_MODE_PAPER},
    };
    json_t *all = json_array();
    for (size_t i = 0; i < 3; i++) {
        draft *d = BEGIN(modes[i].name, modes[i].shows, .mode = modes[i].mode, .extension = true);
        json_t *o = json_object();
        uint8_t hd[32];
        (void)file(d);
        char name[128];
        snprintf(name, sizeof name, "volumes/%s.nii", d->name);
        put(o, "file", json_string(name));
        put(o, "mode", json_integer(modes[i].mode));
        put_randomness(o, d);
        put(o, "salt", hex(d->env.bytes + DKG_AT_SALT, 32));
        dkg_core_digest(d->env.bytes, hd);
        put(o, "hd", hex(hd, 32));
        if (modes[i].mode == DKG_MODE_PAPER)
            put(o, "k_gen", hex(d->keys.gen, 32));
        else
            put_schedule(o, d);
        if (modes[i].mode != DKG_MODE_AEAD) put_generator(o, d);
        put_slices(o, d);
        put(o, "checksum", hex(d->env.bytes + DKG_AT_CHECKSUM, 32));
        put(o, "file_digest", digest(d->file.bytes, d->file.size));
        json_array_append_new(all, o);
        END(d, .exit = 0);
    }
    FILE *f = fopen(path, "w");
    must(f && json_dumpf(all, f, JSON_PRESERVE_ORDER | JSON_INDENT(1)) == 0 && fputs("\n", f) >= 0 && fclose(f) == 0);
    json_decref(all);
}
