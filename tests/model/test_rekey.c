/* Other keys for the same ciphertext (volume-format section 14). */
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "volume.h"

enum { SLICES = 4, SLICE = 8 * 8 * 2 };

static dkg_source *source;
static dkg_carrier *old;
static dkg_sealed *sealed;
static dkg_stored stored;
static dkg_identity other;
static dkg_recipient other_recipient;

static void open_old(void)
{
    const dkg_keyfile *const keyfiles[] = {volume_keyfile()};
    dkg_keys keys = {.identities = volume_identity(), .identity_count = 1, .keyfiles = keyfiles, .keyfile_count = 1};
    stored = stored_of(old);
    ck_ok(dkg_locate(&stored, NULL, &sealed, err));
    ck_ok(dkg_unlock(sealed, &keys, true, NULL, err));
}

static void begin(const dkg_encrypt_options *options)
{
    source = source_make(4, 2, 8, 8, SLICES, 2);
    old = encrypt_with(source, options);
    open_old();
    dkg_identity_generate(&other);
    memcpy(other_recipient.key, other.key, 32);
}

static void end(void)
{
    dkg_sealed_free(sealed);
    dkg_carrier_free(old);
    source_free(source);
    sealed = NULL;
}

static dkg_status opens(const dkg_carrier *c, const dkg_keys *keys, dkg_public_info *info, bool *valid)
{
    dkg_stored s = stored_of(c);
    dkg_sealed *located = NULL;
    dkg_plain *plain = NULL;
    dkg_decrypt_options how = {.model = volume_model(), .engine = &volume_engine()->engine, .only_slice = -1};
    ck_ok(dkg_locate(&s, NULL, &located, err));
    dkg_status status = dkg_unlock(located, keys, false, NULL, NULL);
    if (status == DKG_OK) {
        ck_ok(dkg_decrypt(located, &how, &plain, err));
        ck_assert_mem_eq(plain->data.at, source->data.at, source->data.size);
        if (valid) *valid = dkg_sealed_private(located)->signature_valid;
    }
    if (info) *info = *dkg_sealed_public(located);
    dkg_plain_free(plain);
    dkg_sealed_free(located);
    return status;
}

START_TEST(new_keys_open_and_old_ones_do_not)
{
    dkg_encrypt_options options = options_make(DKG_MODE_HYBRID);
    begin(&options);
    dkg_locks locks = {.recipients = &other_recipient, .recipient_count = 1};
    dkg_carrier *c = NULL;
    dkg_public_info info;
    heard h;
    heard_make(&h);
    ck_ok(dkg_rekey(sealed, &locks, &h.log, &c, err));
    ck_assert_uint_eq(h.warnings, 1); /* a single key */
    dkg_keys mine = {.identities = volume_identity(), .identity_count = 1}, theirs = {.identities = &other, .identity_count = 1};
    ck_assert_int_eq(opens(c, &theirs, &info, NULL), DKG_OK);
    ck_assert(info.epoch == 1 && !info.repaired && c->epoch == 1 && c->slots == 1);
    ck_assert_int_eq(opens(c, &mine, NULL, NULL), DKG_NO_KEY);
    ck_assert_mem_eq(c->volume_id, old->volume_id, 32);
    ck_assert_mem_eq(c->voxels, old->voxels, SLICES * SLICE); /* cipher planes */
    ck_assert_mem_eq(c->voxels + SLICES * SLICE, old->voxels + SLICES * SLICE, 128); /* core */
    ck_assert_mem_eq(c->voxels + SLICES * SLICE + 160, old->voxels + SLICES * SLICE + 160, 32); /* core_mac */
    ck_assert(memcmp(c->voxels + SLICES * SLICE + 192, old->voxels + SLICES * SLICE + 192, 32) != 0); /* slots_mac */
    ck_assert(strstr(c->extension, "\"epoch\":1,"));

    dkg_stored again = stored_of(c); /* and once more */
    dkg_sealed *second = NULL;
    dkg_carrier *d = NULL;
    ck_ok(dkg_locate(&again, NULL, &second, err));
    ck_ok(dkg_unlock(second, &theirs, false, NULL, err));
    ck_ok(dkg_rekey(second, &options.locks, NULL, &d, err));
    ck_assert_int_eq(opens(d, &mine, &info, NULL), DKG_OK);
    ck_assert_uint_eq(info.epoch, 2);
    dkg_sealed_free(second);
    dkg_carrier_free(c);
    dkg_carrier_free(d);
    end();
}
END_TEST

START_TEST(more_slots_may_need_more_planes)
{
    dkg_encrypt_options options = options_make(DKG_MODE_HYBRID);
    begin(&options);
    dkg_recipient many[40];
    for (size_t i = 0; i < 40; i++) {
        dkg_identity id;
        dkg_identity_generate(&id);
        memcpy(many[i].key, id.key, 32);
    }
    many[39] = *volume_recipient();
    dkg_locks locks = {.recipients = many, .recipient_count = 40};
    dkg_carrier *c = NULL;
    dkg_public_info info;
    dkg_keys mine = {.identities = volume_identity(), .identity_count = 1};
    ck_ok(dkg_rekey(sealed, &locks, NULL, &c, err));
    ck_assert_uint_gt(c->key_planes, old->key_planes);
    ck_assert_uint_eq(c->planes, SLICES + c->key_planes);
    ck_assert_int_eq(opens(c, &mine, &info, NULL), DKG_OK);
    ck_assert_uint_eq(info.x25519_slots, 40);
    dkg_carrier_free(c);
    end();
}
END_TEST

START_TEST(the_higher_epoch_goes_first)
{
    dkg_encrypt_options options = options_make(DKG_MODE_HYBRID);
    begin(&options);
    dkg_carrier *c = NULL;
    dkg_public_info info;
    dkg_keys mine = {.identities = volume_identity(), .identity_count = 1};
    ck_ok(dkg_rekey(sealed, &options.locks, NULL, &c, err));
    size_t size = 256 + 256 + 528 + 32 * SLICES;
    memcpy(c->voxels + SLICES * SLICE, old->voxels + SLICES * SLICE, size); /* copy A of the older file */
    ck_assert_int_eq(opens(c, &mine, &info, NULL), DKG_OK);
    ck_assert(info.epoch == 1 && info.repaired && !info.copies_equal && info.copy_a_ok && info.copy_b_ok);
    dkg_carrier_free(c);
    end();
}
END_TEST

START_TEST(a_signature_stays_unless_another_is_made)
{
    uint8_t secret[64], second[64];
    dkg_signing_key_generate(secret);
    dkg_signing_key_generate(second);
    dkg_encrypt_options options = options_make(DKG_MODE_HYBRID);
    options.locks.signing_key = secret;
    begin(&options);
    for (size_t n = 1; n < 6; n++) { /* slots that leave room for it in their padding, and slots that do not */
        dkg_recipient some[6];
        for (size_t i = 0; i < n; i++) some[i] = *volume_recipient();
        dkg_locks locks = {.recipients = some, .recipient_count = n};
        dkg_carrier *c = NULL;
        dkg_public_info info;
        bool valid = false;
        dkg_keys mine = {.identities = volume_identity(), .identity_count = 1};
        ck_ok(dkg_rekey(sealed, &locks, NULL, &c, err));
        ck_assert_int_eq(opens(c, &mine, &info, &valid), DKG_OK);
        ck_assert(info.has_signature && valid && info.x25519_slots == n);
        ck_assert_mem_eq(info.signer, secret + 32, 32);
        dkg_carrier_free(c);
        locks.signing_key = second;
        ck_ok(dkg_rekey(sealed, &locks, NULL, &c, err));
        ck_assert_int_eq(opens(c, &mine, &info, &valid), DKG_OK);
        ck_assert(info.has_signature && valid);
        ck_assert_mem_eq(info.signer, second + 32, 32);
        dkg_carrier_free(c);
    }
    end();
}
END_TEST

START_TEST(the_second_factor_stays)
{
    dkg_encrypt_options options = options_make(DKG_MODE_HYBRID);
    options.locks.keyfile = volume_keyfile();
    options.locks.key_factor = true;
    begin(&options);
    dkg_carrier *c = NULL;
    const dkg_keyfile *const keyfiles[] = {volume_keyfile()};
    dkg_keys half = {.identities = &other, .identity_count = 1};
    dkg_keys both = {.identities = &other, .identity_count = 1, .keyfiles = keyfiles, .keyfile_count = 1};
    dkg_locks locks = {.recipients = &other_recipient, .recipient_count = 1};
    ck_ok(dkg_rekey(sealed, &locks, NULL, &c, err));
    ck_assert_int_eq(opens(c, &both, NULL, NULL), DKG_OK);
    ck_assert_int_eq(opens(c, &half, NULL, NULL), DKG_NO_KEY);
    dkg_carrier_free(c);
    locks.keyfile = volume_keyfile();
    ck_fails(dkg_rekey(sealed, &locks, NULL, &c, err), DKG_POLICY, "second factor");
    locks.key_factor = true;
    ck_ok(dkg_rekey(sealed, &locks, NULL, &c, err));
    ck_assert_int_eq(opens(c, &both, NULL, NULL), DKG_OK);
    dkg_carrier_free(c);
    end();
}
END_TEST

START_TEST(what_cannot_be_rekeyed_is_refused)
{
    dkg_encrypt_options options = options_make(DKG_MODE_HYBRID);
    begin(&options);
    dkg_carrier *c = NULL;
    dkg_locks none = {0}, factor = options.locks;
    ck_fails(dkg_rekey(sealed, &none, NULL, &c, err), DKG_USAGE, "no key");
    ck_assert_ptr_null(c);
    factor.key_factor = true;
    factor.keyfile = volume_keyfile();
    ck_fails(dkg_rekey(sealed, &factor, NULL, &c, err), DKG_USAGE, "second factor");
    dkg_sealed *locked = NULL;
    ck_ok(dkg_locate(&stored, NULL, &locked, err));
    ck_fails(dkg_rekey(locked, &options.locks, NULL, &c, err), DKG_USAGE, "unlocked");
    dkg_sealed_free(locked);
    end();
    options = options_make(DKG_MODE_PAPER);
    begin(&options);
    dkg_locks mine = {.recipients = &other_recipient, .recipient_count = 1};
    ck_fails(dkg_rekey(sealed, &mine, NULL, &c, err), DKG_USAGE, "paper");
    end();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rekey");
    TCase *c = tcase_create("rekey");
    tcase_add_test(c, new_keys_open_and_old_ones_do_not);
    tcase_add_test(c, more_slots_may_need_more_planes);
    tcase_add_test(c, the_higher_epoch_goes_first);
    tcase_add_test(c, a_signature_stays_unless_another_is_made);
    tcase_add_test(c, the_second_factor_stays);
    tcase_add_test(c, what_cannot_be_rekeyed_is_refused);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
