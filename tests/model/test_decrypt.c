/* Unlocking and decryption: keys, salvage, random access, generator mismatches (volume-format sections 11 and 12). */
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "volume.h"

enum { NX = 8, NY = 8, SLICES = 6, SLICE = NX * NY * 2 };

typedef struct fixture {
    dkg_source *source;
    dkg_carrier *carrier;
    dkg_stored stored;
    dkg_sealed *sealed;
} fixture;

static dkg_keys right_keys(void) { return (dkg_keys){.identities = volume_identity(), .identity_count = 1}; }
static dkg_decrypt_options whole(void)
{
    return (dkg_decrypt_options){.model = volume_model(), .engine = &volume_engine()->engine, .only_slice = -1, .threads = 1};
}

static fixture setup(const dkg_encrypt_options *options)
{
    fixture f = {.source = source_make(4, 2, NX, NY, SLICES, 4)};
    dkg_encrypt_options standard = options_make(DKG_MODE_HYBRID);
    f.carrier = encrypt_with(f.source, options ? options : &standard);
    f.stored = stored_of(f.carrier);
    return f;
}

static void unlock(fixture *f)
{
    dkg_keys keys = right_keys();
    dkg_sealed_free(f->sealed);
    ck_ok(dkg_locate(&f->stored, NULL, &f->sealed, err));
    ck_ok(dkg_unlock(f->sealed, &keys, false, NULL, err));
}

static void finish(fixture *f)
{
    dkg_sealed_free(f->sealed);
    dkg_carrier_free(f->carrier);
    source_free(f->source);
}

START_TEST(nothing_comes_out_before_unlocking)
{
    fixture f = setup(NULL);
    dkg_decrypt_options how = whole();
    dkg_plain *plain = NULL;
    uint8_t damaged[SLICES];
    uint32_t count = 9;
    ck_ok(dkg_locate(&f.stored, NULL, &f.sealed, err));
    ck_assert_ptr_null(dkg_sealed_private(f.sealed));
    ck_fails(dkg_decrypt(f.sealed, &how, &plain, err), DKG_USAGE, "unlocked");
    ck_fails(dkg_check_tags(f.sealed, 1, damaged, &count, NULL, err), DKG_USAGE, "unlocked");
    ck_assert_uint_eq(count, 0);
    dkg_keys none = {0};
    ck_fails(dkg_unlock(f.sealed, &none, false, NULL, err), DKG_NO_KEY, "");
    dkg_identity other = *volume_identity();
    other.scalar[3] ^= 1;
    dkg_keys wrong = {.identities = &other, .identity_count = 1};
    ck_fails(dkg_unlock(f.sealed, &wrong, false, NULL, err), DKG_NO_KEY, "");
    ck_assert_ptr_null(dkg_sealed_private(f.sealed));
    unlock(&f);
    ck_assert_ptr_nonnull(dkg_sealed_private(f.sealed));
    ck_fails(dkg_unlock(f.sealed, &wrong, false, NULL, err), DKG_NO_KEY, ""); /* and forgets what was open */
    ck_fails(dkg_decrypt(f.sealed, &how, &plain, err), DKG_USAGE, "unlocked");
    finish(&f);
}
END_TEST

START_TEST(public_information_is_right)
{
    fixture f = setup(NULL);
    ck_ok(dkg_locate(&f.stored, NULL, &f.sealed, err));
    const dkg_public_info *i = dkg_sealed_public(f.sealed);
    ck_assert(i->mode == DKG_MODE_HYBRID && i->nx == NX && i->ny == NY && i->slices == SLICES && i->planes_per_slice == 1);
    ck_assert(i->datatype == 4 && i->bpv == 2 && i->carrier_bytes == 2 && !i->stream && !i->key_factor && !i->fixed_image);
    ck_assert_mem_eq(i->volume_id, f.carrier->volume_id, 32);
    ck_assert(i->x25519_slots == 1 && i->passphrase_slots == 0 && i->keyfile_slots == 0 && i->other_slots == 0 && !i->has_signature);
    ck_assert(i->epoch == 0 && i->metadata_bytes == 528 && i->envelope_bytes == 256 + 256 + 528 + 32 * SLICES);
    ck_assert(i->trailer_ok && i->copy_a_ok && i->copy_b_ok && i->copies_equal && i->fill_ok && !i->from_extension && !i->repaired);
    finish(&f);
}
END_TEST

static unsigned bits_of(unsigned set)
{
    unsigned n = 0;
    for (; set; set &= set - 1) n++;
    return n;
}

START_TEST(every_subset_of_damaged_slices_is_named_exactly)
{
    fixture f = setup(NULL);
    for (unsigned set = 1; set < 1u << SLICES; set++) {
        uint8_t damaged[SLICES];
        uint32_t count;
        dkg_plain *plain = NULL;
        dkg_decrypt_options how = whole();
        for (unsigned z = 0; z < SLICES; z++)
            if (set >> z & 1) f.carrier->voxels[z * SLICE + (set * 7) % SLICE] ^= 0x10;
        unlock(&f);
        ck_ok(dkg_check_tags(f.sealed, 1, damaged, &count, NULL, err));
        ck_assert_uint_eq(count, bits_of(set));
        for (unsigned z = 0; z < SLICES; z++) ck_assert_uint_eq(damaged[z], set >> z & 1);
        ck_fails(dkg_decrypt(f.sealed, &how, &plain, err), DKG_DAMAGED, "of 6 slice");
        ck_assert_ptr_null(plain);

        how.salvage = true;
        ck_fails(dkg_decrypt(f.sealed, &how, &plain, err), DKG_DAMAGED, "of 6 slice");
        ck_assert(plain && plain->damaged && plain->damaged_count == count && !plain->digest_verified);
        ck_assert_uint_eq(plain->data.size, f.source->data.size);
        for (unsigned z = 0; z < SLICES; z++) {
            ck_assert_uint_eq(plain->damaged[z], set >> z & 1);
            if (plain->damaged[z])
                ck_assert(dkg_is_zero(plain->data.at + z * SLICE, SLICE));
            else
                ck_assert_mem_eq(plain->data.at + z * SLICE, f.source->data.at + z * SLICE, SLICE);
        }
        dkg_plain_free(plain);
        for (unsigned z = 0; z < SLICES; z++)
            if (set >> z & 1) f.carrier->voxels[z * SLICE + (set * 7) % SLICE] ^= 0x10;
    }
    finish(&f);
}
END_TEST

START_TEST(the_sentence_names_slices_and_ranges)
{
    fixture f = setup(NULL);
    dkg_decrypt_options how = whole();
    dkg_plain *plain = NULL;
    f.carrier->voxels[0] ^= 1;
    f.carrier->voxels[2 * SLICE] ^= 1;
    f.carrier->voxels[3 * SLICE] ^= 1;
    f.carrier->voxels[5 * SLICE] ^= 1;
    unlock(&f);
    ck_fails(dkg_decrypt(f.sealed, &how, &plain, err), DKG_DAMAGED, "4 of 6 slices are damaged: 0, 2-3, 5");
    finish(&f);

    dkg_source *s = source_make(2, 1, 4, 4, 100, 1); /* more ranges than fit a sentence */
    dkg_carrier *c = encrypt_simply(s, DKG_MODE_AEAD);
    for (size_t z = 0; z < 100; z += 2) c->voxels[z * 16] ^= 1;
    dkg_stored stored = stored_of(c);
    opened o = open_stored(&stored);
    ck_assert_int_eq(o.status, DKG_DAMAGED);
    ck_assert(strstr(o.err.text, "50 of 100 slices are damaged: 0, 2, 4") && strstr(o.err.text, "46, ..."));
    opened_free(&o);
    dkg_carrier_free(c);
    source_free(s);
}
END_TEST

START_TEST(one_slice_equals_the_slice_of_the_whole)
{
    static const dkg_mode modes[] = {DKG_MODE_HYBRID, DKG_MODE_AEAD, DKG_MODE_PAPER};
    for (size_t m = 0; m < 3; m++) {
        dkg_encrypt_options options = options_make(modes[m]);
        fixture f = setup(&options);
        opened o = open_stored(&f.stored);
        ck_assert_int_eq(o.status, DKG_OK);
        f.carrier->voxels[3 * SLICE] ^= 1; /* another slice is damaged: the others still open */
        for (int64_t z = 0; z < SLICES; z++) {
            dkg_decrypt_options how = whole();
            dkg_plain *plain = NULL;
            how.only_slice = z;
            if (z == 3) {
                ck_fails(dkg_decrypt(o.sealed, &how, &plain, err), DKG_DAMAGED, "1 of 6 slices is damaged: 3");
                how.salvage = true;
                ck_fails(dkg_decrypt(o.sealed, &how, &plain, err), DKG_DAMAGED, ": 3");
                ck_assert(plain && plain->data.size == SLICE && dkg_is_zero(plain->data.at, SLICE) && plain->damaged[3]);
            } else {
                ck_ok(dkg_decrypt(o.sealed, &how, &plain, err));
                ck_assert_uint_eq(plain->data.size, SLICE);
                ck_assert_mem_eq(plain->data.at, o.plain->data.at + z * SLICE, SLICE);
                ck_assert(!plain->digest_verified && !plain->damaged);
            }
            dkg_plain_free(plain);
        }
        opened_free(&o);
        finish(&f);
    }
}
END_TEST

START_TEST(slices_outside_are_refused)
{
    fixture f = setup(NULL);
    dkg_decrypt_options how = whole();
    dkg_plain *plain = NULL;
    unlock(&f);
    how.only_slice = SLICES;
    ck_fails(dkg_decrypt(f.sealed, &how, &plain, err), DKG_USAGE, "slice 6");
    how.only_slice = INT64_MAX;
    ck_fails(dkg_decrypt(f.sealed, &how, &plain, err), DKG_USAGE, "slices 0 to 5");
    finish(&f);
}
END_TEST

START_TEST(slices_of_a_stream_are_cut_at_the_data)
{
    dkg_encrypt_options options = options_make(DKG_MODE_HYBRID);
    options.stream = true;
    dkg_source *s = source_make(2, 1, 1000, 1, 250, 3); /* 250,000 bytes: 512 x 384 and a rest */
    dkg_carrier *c = encrypt_with(s, &options);
    ck_assert(c->nx == 512 && c->ny == 384 && c->slices == 2 && c->carrier_bytes == 1);
    dkg_stored stored = stored_of(c);
    opened o = open_stored(&stored);
    ck_assert(opened_equals(&o, s));
    for (int64_t z = 0; z < 2; z++) {
        dkg_decrypt_options how = whole();
        dkg_plain *plain = NULL;
        how.only_slice = z;
        ck_ok(dkg_decrypt(o.sealed, &how, &plain, err));
        ck_assert_uint_eq(plain->data.size, z ? 250000 - 196608 : 196608);
        ck_assert_mem_eq(plain->data.at, s->data.at + z * 196608, plain->data.size);
        dkg_plain_free(plain);
    }
    opened_free(&o);
    dkg_carrier_free(c);
    source_free(s);
}
END_TEST

START_TEST(one_wrong_generator_bit_is_refused)
{
    fixture f = setup(NULL);
    unlock(&f);
    for (int64_t image = 0; image < SLICES; image++)
        for (int how_much = 0; how_much < 3; how_much++) {
            fake_engine wrong = fake_engine_make(volume_model(), 4);
            dkg_decrypt_options how = whole();
            dkg_plain *plain = NULL;
            wrong.wrong = image;
            how.engine = &wrong.engine;
            how.keys_only = how_much == 1;
            how.salvage = how_much == 2;
            ck_fails(dkg_decrypt(f.sealed, &how, &plain, err), DKG_GENERATOR, "does not reproduce the key of slice");
            ck_assert_ptr_null(plain);
        }
    finish(&f);
}
END_TEST

START_TEST(the_model_must_fit)
{
    fixture f = setup(NULL);
    dkg_model *other = NULL;
    uint8_t seed[32] = {9};
    dkg_decrypt_options how = whole();
    dkg_plain *plain = NULL;
    ck_ok(dkg_model_random(seed, 16, &other, err));
    unlock(&f);
    ck_assert(dkg_sealed_fits(f.sealed, volume_model()));
    ck_assert(!dkg_sealed_fits(f.sealed, other));
    how.model = other;
    ck_fails(dkg_decrypt(f.sealed, &how, &plain, err), DKG_GENERATOR, "made with model");
    how.model = NULL;
    ck_fails(dkg_decrypt(f.sealed, &how, &plain, err), DKG_GENERATOR, "none is given");
    dkg_model_free(other);
    finish(&f);
}
END_TEST

START_TEST(keys_only_releases_nothing)
{
    fixture f = setup(NULL);
    fake_engine counted = fake_engine_make(volume_model(), 4);
    dkg_decrypt_options how = whole();
    dkg_plain *plain = NULL;
    unlock(&f);
    how.keys_only = true;
    how.engine = &counted.engine;
    ck_ok(dkg_decrypt(f.sealed, &how, &plain, err));
    ck_assert(plain->data.size == 0 && !plain->data.at && !plain->digest_verified);
    ck_assert_uint_eq(counted.images, SLICES);
    dkg_plain_free(plain);
    f.carrier->voxels[1] ^= 1;
    ck_fails(dkg_decrypt(f.sealed, &how, &plain, err), DKG_DAMAGED, ": 0");
    finish(&f);
}
END_TEST

START_TEST(aead_mode_needs_no_generator)
{
    dkg_encrypt_options options = options_make(DKG_MODE_AEAD);
    fixture f = setup(&options);
    dkg_decrypt_options how = {.only_slice = -1};
    dkg_plain *plain = NULL;
    unlock(&f);
    ck_assert(!dkg_sealed_fits(f.sealed, volume_model()));
    ck_ok(dkg_decrypt(f.sealed, &how, &plain, err));
    ck_assert_mem_eq(plain->data.at, f.source->data.at, f.source->data.size);
    ck_assert(plain->digest_verified);
    dkg_plain_free(plain);
    finish(&f);
}
END_TEST

START_TEST(decryption_can_be_stopped)
{
    fixture f = setup(NULL);
    heard h;
    dkg_decrypt_options how = whole();
    dkg_plain *plain = NULL;
    heard_make(&h);
    how.log = &h.log;
    unlock(&f);
    ck_ok(dkg_decrypt(f.sealed, &how, &plain, err));
    ck_assert(h.last > 0.999 && h.reports >= 3);
    dkg_plain_free(plain);
    for (unsigned stop = 1, reports = h.reports; stop <= reports; stop++) {
        heard_make(&h);
        h.stop_at = stop;
        ck_fails(dkg_decrypt(f.sealed, &how, &plain, err), DKG_CANCELLED, "stopped");
        ck_assert_ptr_null(plain);
    }
    finish(&f);
}
END_TEST

START_TEST(a_second_factor_is_needed_and_enough_with_a_slot)
{
    dkg_encrypt_options options = options_make(DKG_MODE_HYBRID);
    options.locks.keyfile = volume_keyfile();
    options.locks.key_factor = true;
    fixture f = setup(&options);
    dkg_keyfile *other = NULL;
    dkg_keyfile_options new_key = {.model_digest = dkg_model_digest(volume_model())};
    ck_ok(dkg_keyfile_create(&new_key, &other, err));
    const dkg_keyfile *const wrong[] = {other}, *const right[] = {other, volume_keyfile()};
    dkg_keys keys = right_keys();
    ck_ok(dkg_locate(&f.stored, NULL, &f.sealed, err));
    ck_assert(dkg_sealed_public(f.sealed)->key_factor);
    ck_fails(dkg_unlock(f.sealed, &keys, false, NULL, err), DKG_NO_KEY, "second factor");
    keys.keyfiles = wrong;
    keys.keyfile_count = 1;
    ck_fails(dkg_unlock(f.sealed, &keys, false, NULL, err), DKG_NO_KEY, "");
    keys.keyfiles = right;
    keys.keyfile_count = 2;
    ck_ok(dkg_unlock(f.sealed, &keys, false, NULL, err));
    dkg_decrypt_options how = whole();
    dkg_plain *plain = NULL;
    ck_ok(dkg_decrypt(f.sealed, &how, &plain, err));
    ck_assert_mem_eq(plain->data.at, f.source->data.at, f.source->data.size);
    dkg_plain_free(plain);
    keys.identity_count = 0; /* the key file alone opens nothing */
    ck_fails(dkg_unlock(f.sealed, &keys, false, NULL, err), DKG_NO_KEY, "");
    dkg_keyfile_free(other);
    finish(&f);
}
END_TEST

START_TEST(signatures_are_checked_and_required)
{
    uint8_t secret[64], stranger[1][32] = {{1}}, signer[1][32];
    dkg_signing_key_generate(secret);
    memcpy(signer[0], secret + 32, 32);
    dkg_encrypt_options options = options_make(DKG_MODE_HYBRID);
    options.locks.signing_key = secret;
    fixture f = setup(&options);
    dkg_keys keys = right_keys();
    ck_ok(dkg_locate(&f.stored, NULL, &f.sealed, err));
    const dkg_public_info *info = dkg_sealed_public(f.sealed);
    ck_assert(info->has_signature);
    ck_assert_mem_eq(info->signer, secret + 32, 32);
    ck_ok(dkg_unlock(f.sealed, &keys, false, NULL, err));
    ck_assert(dkg_sealed_private(f.sealed)->signature_valid);
    keys.signers = (const uint8_t(*)[32])stranger;
    keys.signer_count = 1;
    ck_fails(dkg_unlock(f.sealed, &keys, false, NULL, err), DKG_POLICY, "signed by");
    keys.signers = (const uint8_t(*)[32])signer;
    ck_ok(dkg_unlock(f.sealed, &keys, false, NULL, err));
    finish(&f);
    f = setup(NULL);
    ck_ok(dkg_locate(&f.stored, NULL, &f.sealed, err));
    ck_fails(dkg_unlock(f.sealed, &keys, false, NULL, err), DKG_POLICY, "not signed");
    finish(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("decrypt");
    TCase *c = tcase_create("decrypt");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, nothing_comes_out_before_unlocking);
    tcase_add_test(c, public_information_is_right);
    tcase_add_test(c, every_subset_of_damaged_slices_is_named_exactly);
    tcase_add_test(c, the_sentence_names_slices_and_ranges);
    tcase_add_test(c, one_slice_equals_the_slice_of_the_whole);
    tcase_add_test(c, slices_outside_are_refused);
    tcase_add_test(c, slices_of_a_stream_are_cut_at_the_data);
    tcase_add_test(c, one_wrong_generator_bit_is_refused);
    tcase_add_test(c, the_model_must_fit);
    tcase_add_test(c, keys_only_releases_nothing);
    tcase_add_test(c, aead_mode_needs_no_generator);
    tcase_add_test(c, decryption_can_be_stopped);
    tcase_add_test(c, a_second_factor_is_needed_and_enough_with_a_slot);
    tcase_add_test(c, signatures_are_checked_and_required);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
