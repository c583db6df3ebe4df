/* known_answers.json: every value of an encryption with fixed randomness, made again from the source. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cipher/schedule.h"
#include "cipher/sealed.h"
#include "dkg/nifti.h"
#include "open_vector.h"
#include "support.h"

enum { HEX = 2 * 128 + 1 };

static void ck_text(const json_t *wanted, const uint8_t *bytes, size_t n, const char *what)
{
    char text[HEX];
    ck_assert(n <= 128);
    sodium_bin2hex(text, sizeof text, bytes, n);
    const char *w = json_string_value(wanted);
    ck_assert_msg(w && strcmp(w, text) == 0, "%s is %s, should be %s", what, text, w ? w : "there");
}
static void ck_hex(const json_t *answer, const char *what, const uint8_t *bytes, size_t n)
{
    ck_text(json_object_get(answer, what), bytes, n, what);
}
static void ck_digest(const json_t *wanted, const uint8_t *bytes, size_t n, const char *what)
{
    uint8_t out[32];
    DKG_B2(out, 32, NULL, {bytes, n});
    ck_text(wanted, out, 32, what);
}

typedef struct fixture {
    const json_t *answer;
    dkg_mode mode;
    dkg_identity alice;
    dkg_keyfile *one;
    dkg_stored_image *image;
    dkg_sealed *sealed;
    dkg_plain *plain;
} fixture;

static void open_volume(fixture *f, const json_t *answer)
{
    f->answer = answer;
    f->mode = (dkg_mode)json_integer_value(json_object_get(answer, "mode"));
    f->alice = vectors_identity("alice");
    f->one = vectors_keyfile("one");
    ck_ok(dkg_stored_read(vectors_path(json_string_value(json_object_get(answer, "file"))), 0, &f->image, err));
    const dkg_nifti_header *h = &f->image->header;
    dkg_stored stored = {.dim = {h->dim[1], h->dim[2], h->dim[3]}, .datatype = h->datatype, .bpv = h->bpv, .slope = 1,
                         .voxels = f->image->voxels};
    const dkg_keyfile *const keyfiles[] = {f->one};
    dkg_keys keys = {.identities = &f->alice, .identity_count = 1, .keyfiles = keyfiles, .keyfile_count = 1};
    dkg_decrypt_options o = {.model = vectors_model(1), .engine = vectors_engine(1), .only_slice = -1, .threads = 1};
    ck_ok(dkg_locate(&stored, NULL, &f->sealed, err));
    ck_ok(dkg_unlock(f->sealed, &keys, true, NULL, err));
    ck_ok(dkg_decrypt(f->sealed, &o, &f->plain, err));
}

static void close_volume(fixture *f)
{
    dkg_plain_free(f->plain);
    dkg_sealed_free(f->sealed);
    dkg_stored_free(f->image);
    dkg_keyfile_free(f->one);
}

static void check_schedule(const fixture *f, const dkg_envelope *e)
{
    const dkg_secrets *s = f->sealed->secrets;
    uint8_t root[32], hd[32];
    dkg_core_digest(e->bytes, hd);
    ck_hex(f->answer, "hd", hd, 32);
    ck_hex(f->answer, "salt", e->salt, 32);
    ck_hex(f->answer, "checksum", e->bytes + DKG_AT_CHECKSUM, 32);
    if (f->mode == DKG_MODE_PAPER) {
        ck_hex(f->answer, "k_gen", s->keys.gen, 32);
        return;
    }
    DKG_B2(root, 32, s->fk, DKG_TEXT("DKG1 root v1"), {e->bytes, 96}, {s->factor, 32});
    ck_hex(f->answer, "fk", s->fk, 32);
    ck_hex(f->answer, "root", root, 32);
    ck_hex(f->answer, "k_aead", s->keys.aead, 32);
    ck_hex(f->answer, "k_gen", s->keys.gen, 32);
    ck_hex(f->answer, "k_gcheck", s->keys.gcheck, 32);
    ck_hex(f->answer, "k_meta", s->keys.meta, 32);
    ck_hex(f->answer, "k_mac", s->keys.mac, 32);
    ck_hex(f->answer, "commitment", s->keys.commitment, 32);
    ck_hex(f->answer, "k_slots", s->keys.slots, 32);
    ck_hex(f->answer, "core_mac", e->core_mac, 32);
    ck_hex(f->answer, "slots_mac", e->slots_mac, 32);
}

static void check_generator(const fixture *f, const dkg_envelope *e)
{
    const dkg_secrets *s = f->sealed->secrets;
    dkg_engine *engine = vectors_engine(1);
    uint32_t rows = dkg_block_rows(e->shape.slice, 0, f->mode == DKG_MODE_PAPER);
    size_t n = (size_t)rows * DKG_KEY_WIDTH * 3;
    uint8_t *image = malloc(n), *key = malloc(n);
    const json_t *g = json_object_get(f->answer, "G");
    ck_assert_uint_eq(json_array_size(g), f->mode == DKG_MODE_AEAD ? 0 : e->shape.slices);
    for (uint32_t z = 0; z < json_array_size(g); z++) {
        dkg_initial_image(s->keys.gen, s->initial, z, 0, rows, image);
        if (z == 0) ck_digest(json_object_get(f->answer, "I_0_0"), image, n, "I(0, 0)");
        ck_ok(engine->generate(engine, image, rows, DKG_KEY_WIDTH, 1, key, err));
        ck_digest(json_array_get(g, z), key, (size_t)e->shape.slice, "G");
    }
    free(image);
    free(key);
}

static void check_slices(const fixture *f, const dkg_envelope *e)
{
    bool paper = f->mode == DKG_MODE_PAPER;
    const json_t *c = json_object_get(f->answer, "C"), *first = json_object_get(f->answer, paper ? "sum_1" : "tag"),
                 *second = json_object_get(f->answer, paper ? "sum_2" : "gcheck");
    ck_assert_uint_eq(json_array_size(c), e->shape.slices);
    for (uint32_t z = 0; z < e->shape.slices; z++) {
        ck_text(json_array_get(c, z), f->sealed->cipher + z * e->shape.slice, (size_t)e->shape.slice, "C");
        ck_text(json_array_get(first, z), e->table + (size_t)z * DKG_ENTRY_BYTES, 16, "tag");
        ck_text(json_array_get(second, z), e->table + (size_t)z * DKG_ENTRY_BYTES + 16, 16, "gcheck");
    }
}

/* dkg_encrypt() with the same randomness gives the same voxels. */
static void check_encryption(const fixture *f, const dkg_envelope *e)
{
    const dkg_private_info *p = dkg_sealed_private(f->sealed);
    dkg_recipient alice;
    memcpy(alice.key, f->alice.key, 32);
    uint8_t seed[32], r[32], r_drawn[32], salt[32], hash[32];
    const char *text = json_string_value(json_object_get(f->answer, "random_seed"));
    ck_assert(text && sodium_hex2bin(seed, 32, text, 64, NULL, NULL, NULL) == 0);
    text = json_string_value(json_object_get(f->answer, "r"));
    ck_assert(text && sodium_hex2bin(r, 32, text, 64, NULL, NULL, NULL) == 0);
    dkg_source source = {.nx = e->shape.nx, .ny = e->shape.ny, .slices = e->shape.slices, .datatype = p->datatype, .bpv = p->bpv,
                         .kind = 1, .nifti_version = 1, .data_offset = p->data_offset, .head = p->head, .data = f->plain->data};
    dkg_encrypt_options o = {.mode = f->mode, .model = vectors_model(1), .engine = vectors_engine(1), .threads = 1};
    if (f->mode == DKG_MODE_PAPER) {
        o.locks.keyfile = f->one;
    } else {
        o.locks.recipients = &alice;
        o.locks.recipient_count = 1;
    }
    dkg_carrier *c;
    test_fixed_random(seed);
    dkg_random(r_drawn, 32);
    ck_assert_mem_eq(r_drawn, r, 32);
    DKG_B2(hash, 32, NULL, {p->head.at, p->head.size}, {f->plain->data.at, f->plain->data.size});
    DKG_B2(salt, 32, r, {hash, 32});
    ck_assert_mem_eq(salt, e->salt, 32);
    test_fixed_random(seed);
    ck_ok(dkg_encrypt(&source, &o, &c, err));
    test_fixed_random(NULL);
    ck_assert_uint_eq(c->voxel_bytes, f->image->voxels.size);
    ck_assert_mem_eq(c->voxels, f->image->voxels.at, c->voxel_bytes);
    dkg_carrier_free(c);
}

START_TEST(known_answers_of_every_mode)
{
    json_t *answers = vectors_load("known_answers.json");
    ck_assert_uint_eq(json_array_size(answers), 3);
    fixture f = {0};
    uint8_t *bytes;
    size_t size;
    open_volume(&f, json_array_get(answers, (size_t)_i));
    const dkg_envelope *e = dkg_sealed_envelope(f.sealed);
    check_schedule(&f, e);
    check_generator(&f, e);
    check_slices(&f, e);
    check_encryption(&f, e);
    ck_ok(dkg_file_read(vectors_path(json_string_value(json_object_get(f.answer, "file"))), 1 << 20, &bytes, &size, err));
    ck_digest(json_object_get(f.answer, "file_digest"), bytes, size, "the file");
    free(bytes);
    close_volume(&f);
    json_decref(answers);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("known answers");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, known_answers_of_every_mode, 0, 3);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
