/* Paper mode: only on request, with the right key file, and with the weaknesses it is known for (volume-format section 13). */
#include <string.h>

#include "cipher/envelope.h"
#include "cipher/keyfile.h"
#include "cipher/schedule.h"
#include "support.h"
#include "volume.h"

enum { NX = 8, NY = 8, SLICES = 4, SLICE = NX * NY * 2 };

static dkg_source *source;
static dkg_carrier *carrier;
static dkg_stored stored;

static void begin(bool fixed)
{
    dkg_encrypt_options o = options_make(DKG_MODE_PAPER);
    o.fixed_image = fixed;
    source = source_make(4, 2, NX, NY, SLICES, 8);
    carrier = encrypt_with(source, &o);
    stored = stored_of(carrier);
}

static void end(void)
{
    dkg_carrier_free(carrier);
    source_free(source);
}

START_TEST(only_on_request_and_with_its_key_file)
{
    begin(false);
    const dkg_keyfile *const right[] = {volume_keyfile()};
    dkg_keyfile *other = NULL;
    dkg_keyfile_options make = {.model_digest = dkg_model_digest(volume_model())};
    ck_ok(dkg_keyfile_create(&make, &other, err));
    const dkg_keyfile *const wrong[] = {other};
    dkg_keys keys = {.keyfiles = right, .keyfile_count = 1};
    dkg_sealed *sealed = NULL;
    ck_ok(dkg_locate(&stored, NULL, &sealed, err));
    ck_assert(dkg_sealed_public(sealed)->mode == DKG_MODE_PAPER && dkg_sealed_public(sealed)->x25519_slots == 0);
    ck_fails(dkg_unlock(sealed, &keys, false, NULL, err), DKG_POLICY, "paper mode");
    ck_assert_ptr_null(dkg_sealed_private(sealed));
    ck_ok(dkg_unlock(sealed, &keys, true, NULL, err));
    ck_assert(dkg_sealed_fits(sealed, volume_model()));
    keys.keyfiles = wrong;
    ck_fails(dkg_unlock(sealed, &keys, true, NULL, err), DKG_NO_KEY, "key file");
    static const uint8_t signer[1][32] = {{1}};
    keys.keyfiles = right;
    keys.signers = signer;
    keys.signer_count = 1;
    ck_fails(dkg_unlock(sealed, &keys, true, NULL, err), DKG_POLICY, "signature");
    dkg_sealed_free(sealed);
    dkg_keyfile_free(other);
    end();
}
END_TEST

START_TEST(the_ciphertext_is_plaintext_xor_key)
{
    uint8_t k_gen[32], initial[DKG_KEY_BYTES], image[DKG_KEY_BYTES], key[DKG_KEY_BYTES];
    begin(false);
    ck_assert(strstr(carrier->extension, "\"mode\":\"paper-not-secure\""));
    dkg_keyfile_paper_key(volume_keyfile(), carrier->volume_id, k_gen);
    dkg_keyfile_initial_image(volume_keyfile(), initial);
    for (uint32_t z = 0; z < SLICES; z++) {
        dkg_initial_image(k_gen, initial, z, 0, DKG_KEY_ROWS, image);
        fake_key(dkg_model_digest(volume_model()), image, DKG_KEY_BYTES, key);
        for (size_t i = 0; i < SLICE; i++)
            ck_assert_uint_eq(carrier->voxels[z * SLICE + i], source->data.at[z * SLICE + i] ^ key[i]);
    }
    end();
}
END_TEST

START_TEST(a_fixed_image_gives_every_slice_one_key)
{
    begin(true);
    for (size_t z = 1; z < SLICES; z++)
        for (size_t i = 0; i < SLICE; i++)
            ck_assert_uint_eq(carrier->voxels[i] ^ carrier->voxels[z * SLICE + i], source->data.at[i] ^ source->data.at[z * SLICE + i]);
    opened o = open_stored(&stored);
    ck_assert(opened_equals(&o, source) && o.info.fixed_image && !o.plain->digest_verified);
    opened_free(&o);
    end();

    dkg_source *large = source_make(2, 1, 500, 500, 2, 6); /* two blocks per slice, all alike */
    dkg_encrypt_options options = options_make(DKG_MODE_PAPER);
    fake_engine counted = fake_engine_make(volume_model(), 8);
    options.fixed_image = true;
    options.engine = &counted.engine;
    carrier = encrypt_with(large, &options);
    ck_assert_uint_eq(counted.images, 2); /* one key, made a second time by the check */
    ck_assert_uint_eq(carrier->voxels[0] ^ carrier->voxels[DKG_KEY_BYTES], large->data.at[0] ^ large->data.at[DKG_KEY_BYTES]);
    stored = stored_of(carrier);
    o = open_stored(&stored);
    ck_assert(opened_equals(&o, large));
    opened_free(&o);
    dkg_carrier_free(carrier);
    source_free(large);
}
END_TEST

START_TEST(nothing_in_it_tells_a_hash_of_the_plaintext)
{
    begin(false);
    const uint8_t *core = carrier->voxels + SLICES * SLICE;
    ck_assert(dkg_is_zero(core + DKG_AT_COMMITMENT, 32) && dkg_is_zero(core + DKG_AT_CORE_MAC, 64));
    const uint8_t *list = core + DKG_AT_SLOTS; /* no slots: the metadata follow, readable */
    uint16_t types[16];
    size_t n = 0;
    while (dkg_load16(list) && n < 16) {
        types[n++] = dkg_load16(list);
        list += 8 + dkg_load32(list + 4);
    }
    ck_assert(n == 4 && types[0] == 1 && types[1] == 2 && types[2] == 4 && types[3] == 9);
    end();
}
END_TEST

START_TEST(the_share_of_zeros_is_reported)
{
    dkg_source *s = source_make(4, 2, NX, NY, SLICES, 8);
    uint8_t data[SLICES * SLICE];
    memset(data, 0, sizeof data);
    memset(data, 1, sizeof data / 4);
    s->data.at = data;
    dkg_carrier *c = encrypt_simply(s, DKG_MODE_PAPER);
    ck_assert_double_eq_tol(c->zero_share, 0.75, 1e-12);
    dkg_carrier_free(c);
    c = encrypt_simply(s, DKG_MODE_HYBRID);
    ck_assert_double_eq_tol(c->zero_share, 0, 1e-12);
    dkg_carrier_free(c);
    source_free(s);
}
END_TEST

START_TEST(accidents_are_found)
{
    begin(false);
    carrier->voxels[SLICE + 5] ^= 2;
    opened o = open_stored(&stored);
    ck_assert_int_eq(o.status, DKG_DAMAGED);
    ck_assert(strstr(o.err.text, "damaged: 1"));
    opened_free(&o);
    o = open_salvage(&stored);
    ck_assert(o.status == DKG_DAMAGED && o.plain && dkg_is_zero(o.plain->data.at + SLICE, SLICE));
    ck_assert_mem_eq(o.plain->data.at + 2 * SLICE, source->data.at + 2 * SLICE, SLICE);
    opened_free(&o);
    end();
}
END_TEST

START_TEST(metadata_with_a_wrong_sum_are_refused)
{
    begin(false);
    uint8_t *a = carrier->voxels + SLICES * SLICE;
    uint64_t size = dkg_load32(a + DKG_AT_SIZE);
    uint8_t *b = carrier->voxels + carrier->voxel_bytes - 64 - size;
    a[DKG_AT_SLOTS + 8] ^= 1; /* in the list, with the envelope's checksum made right again */
    dkg_envelope_checksum(a, size, a + DKG_AT_CHECKSUM);
    memcpy(b, a, (size_t)size);
    stored.extension.size = 0;
    opened o = open_stored(&stored);
    ck_assert_int_eq(o.status, DKG_ENVELOPE);
    ck_assert(strstr(o.err.text, "checksum of the metadata"));
    opened_free(&o);
    end();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("paper");
    TCase *c = tcase_create("paper");
    tcase_add_test(c, only_on_request_and_with_its_key_file);
    tcase_add_test(c, the_ciphertext_is_plaintext_xor_key);
    tcase_add_test(c, a_fixed_image_gives_every_slice_one_key);
    tcase_add_test(c, nothing_in_it_tells_a_hash_of_the_plaintext);
    tcase_add_test(c, the_share_of_zeros_is_reported);
    tcase_add_test(c, accidents_are_found);
    tcase_add_test(c, metadata_with_a_wrong_sum_are_refused);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
