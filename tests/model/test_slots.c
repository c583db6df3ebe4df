/* Slots that are opened: known regions, each kind alone and mixed, order of trying, passphrases. */
#include "slot_fixture.h"

#include <sodium.h>

#include "cipher/passphrase.h"
#include "cipher/schedule.h"
#include "key_vectors.h"

#define open_slots(f, region, keys) dkg_slots_open((region), salt_of(f), (keys), accept, &(f)->r, err)

/* ---- known answers ------------------------------------------------------------------------------------------------------------- */
START_TEST(known_regions_open)
{
    json_t *all = vectors_load("keys.json");
    fixture f;
    setup(&f);
    uint8_t file[1024], region[1024];
    char passphrase[64] = "";
    dkg_keyfile *key;
    vectors_bytes(all, "core", f.core, 128);
    vectors_bytes(all, "core_mac", f.core_mac, 32);
    vectors_bytes(all, "fk", f.r.fk, 32);
    vectors_bytes(all, "passphrase", (uint8_t *)passphrase, sizeof passphrase - 1);
    f.r.passphrase = passphrase;
    ck_ok(dkg_identity_parse(vectors_text(all, "identity"), &f.ids[0], err));
    ck_ok(dkg_keyfile_parse(file, vectors_bytes(all, "keyfile", file, sizeof file), NULL, NULL, &key, err));
    const dkg_keyfile *list[] = {key};
    dkg_keys id = {.identities = f.ids, .identity_count = 1}, phrase = {.ask = ask, .ask_self = &f.r},
             keyfile = {.keyfiles = list, .keyfile_count = 1};
    const struct {
        const char *name;
        const dkg_keys *keys[3];
    } cases[] = {{"slots_x25519", {&id}}, {"slots_passphrase", {&phrase}}, {"slots_keyfile", {&keyfile}}, {"slots_all", {&id, &phrase, &keyfile}}};
    for (size_t i = 0; i < 4; i++) {
        dkg_bytes slots = {region, vectors_bytes(all, cases[i].name, region, sizeof region)};
        for (size_t k = 0; k < 3 && cases[i].keys[k]; k++) {
            f.r.offers = 0;
            ck_ok(open_slots(&f, slots, cases[i].keys[k]));
            ck_assert_int_eq(f.r.offers, 1);
        }
    }
    static const char *const is_signed[] = {"slots_signature", "slots_all"};
    for (size_t i = 0; i < 2; i++) {
        dkg_bytes slots = {region, vectors_bytes(all, is_signed[i], region, sizeof region)};
        uint8_t signers[1][32];
        bool valid;
        ck_ok(dkg_signer_parse(vectors_text(all, "signer"), signers[0], err));
        dkg_keys keys = {.signers = (const uint8_t(*)[32])signers, .signer_count = 1};
        ck_ok(dkg_slots_verify(slots, f.core, f.core_mac, &keys, &valid, err));
        ck_assert(valid);
    }
    dkg_keyfile_free(key);
    teardown(&f);
    json_decref(all);
}
END_TEST

/* ---- every kind alone and mixed ---------------------------------------------------------------------------------------------------- */
START_TEST(each_mix_of_slots_opens_with_its_keys_only)
{
    fixture f;
    setup(&f);
    const dkg_keyfile *right[] = {f.keyfile}, *wrong[] = {f.other_keyfile};
    for (unsigned kinds = 1; kinds < 8; kinds++) {
        dkg_locks locks = {.cost = cheap};
        if (kinds & 1) locks.recipients = f.recipients, locks.recipient_count = 1;
        if (kinds & 2) locks.keyfile = f.keyfile;
        if (kinds & 4) locks.passphrase = text("correct");
        dkg_buffer out = write_slots(&f, &locks, (kinds & 1) + (kinds >> 1 & 1) + (kinds >> 2));
        dkg_slots_info info;
        ck_ok(dkg_slots_parse(over(&out), &info, err));
        ck_assert_uint_eq(info.x25519, kinds & 1);
        ck_assert_uint_eq(info.keyfile, kinds >> 1 & 1);
        ck_assert_uint_eq(info.passphrase, kinds >> 2);
        ck_assert_uint_eq(info.other, 0);
        ck_assert(!info.has_signature);
        const dkg_keys single[] = {{.identities = f.ids, .identity_count = 2}, {.keyfiles = right, .keyfile_count = 1}, {.ask = ask, .ask_self = &f.r}};
        for (unsigned k = 0; k < 3; k++) {
            if (kinds >> k & 1)
                ck_ok(open_slots(&f, over(&out), &single[k]));
            else
                ck_fails(open_slots(&f, over(&out), &single[k]), DKG_NO_KEY, "");
        }
        f.r.passphrase = "wrong";
        f.r.offers = 0;
        dkg_keys bad = {.identities = f.ids + 1, .identity_count = 1, .keyfiles = wrong, .keyfile_count = 1, .ask = ask, .ask_self = &f.r};
        ck_fails(open_slots(&f, over(&out), &bad), DKG_NO_KEY, "none of 1 identities and 1 key files");
        ck_assert_int_eq(f.r.offers, 0);
        f.r.passphrase = "correct";
        dkg_buffer_free(&out);
    }
    teardown(&f);
}
END_TEST

START_TEST(every_recipient_of_many_opens)
{
    fixture f;
    setup(&f);
    dkg_locks locks = {.recipients = f.recipients, .recipient_count = 2};
    dkg_buffer out = write_slots(&f, &locks, 2);
    for (size_t i = 0; i < 2; i++) {
        dkg_keys keys = {.identities = &f.ids[i], .identity_count = 1};
        f.r.offers = 0;
        ck_ok(open_slots(&f, over(&out), &keys));
        ck_assert_int_eq(f.r.offers, 1);
    }
    dkg_buffer_free(&out);
    teardown(&f);
}
END_TEST

/* A slot belongs to its volume: under another salt nothing comes out, whichever kind it is. */
START_TEST(slots_of_another_volume_do_not_open)
{
    fixture f;
    setup(&f);
    const dkg_keyfile *list[] = {f.keyfile};
    dkg_locks locks = {.recipients = f.recipients, .recipient_count = 1, .keyfile = f.keyfile, .passphrase = text("correct"), .cost = cheap};
    dkg_buffer out = write_slots(&f, &locks, 3);
    dkg_keys keys = all_keys(&f, list);
    f.core[48] ^= 1;
    ck_fails(open_slots(&f, over(&out), &keys), DKG_NO_KEY, "1 X25519, 1 key-file and 1 passphrase slots");
    ck_assert_int_eq(f.r.offers, 0);
    dkg_buffer_free(&out);
    teardown(&f);
}
END_TEST

/* Any order opens, and no passphrase is asked for while another key does. */
START_TEST(passphrases_come_last_in_any_order)
{
    fixture f;
    setup(&f);
    const dkg_keyfile *list[] = {f.keyfile};
    dkg_locks locks = {.recipients = f.recipients, .recipient_count = 1, .keyfile = f.keyfile, .passphrase = text("correct"), .cost = cheap};
    dkg_buffer out = write_slots(&f, &locks, 3);
    const struct {
        size_t at, size;
    } parts[3] = {{0, 100}, {100, 84}, {184, 108}};
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t o = 0; o < 6; o++) {
        static const uint8_t zeros[256];
        dkg_buffer mixed = {0};
        for (size_t k = 0; k < 3; k++) dkg_append(&mixed, out.bytes + parts[orders[o][k]].at, parts[orders[o][k]].size);
        dkg_append(&mixed, zeros, 512 - mixed.size);
        dkg_keys keys = all_keys(&f, list);
        f.r.offers = f.r.questions = 0;
        ck_ok(open_slots(&f, over(&mixed), &keys));
        ck_assert_int_eq(f.r.questions, 0);
        ck_assert_int_eq(f.r.offers, 1);
        keys.identity_count = keys.keyfile_count = 0;
        ck_ok(open_slots(&f, over(&mixed), &keys));
        ck_assert_int_eq(f.r.questions, 1);
        dkg_buffer_free(&mixed);
    }
    dkg_buffer_free(&out);
    teardown(&f);
}
END_TEST

/* ---- passphrase slots --------------------------------------------------------------------------------------------------------------- */
/* A passphrase slot of any cost, as a writer that keeps to no limits would make it. */
static void append_phrase(dkg_buffer *b, const fixture *f, const char *passphrase, dkg_argon2 cost, bool real)
{
    uint8_t body[104], derived[64], ad[DKG_SLOT_ASSOCIATED], nonce[24] = {0};
    test_pattern(body, 16, b->size);
    dkg_store32(body + 16, cost.passes);
    dkg_store32(body + 20, cost.kib);
    memset(body + 24, 0x5A, 80);
    if (real) {
        ck_ok(dkg_argon2id(derived, 64, text(passphrase), body, cost, err));
        memcpy(body + 24, derived + 32, 32);
        dkg_slot_associated(ad, DKG_SLOT_PASSPHRASE, salt_of(f));
        crypto_aead_xchacha20poly1305_ietf_encrypt(body + 56, NULL, f->r.fk, 32, ad, sizeof ad, NULL, nonce, derived);
    }
    append_slot(b, DKG_SLOT_PASSPHRASE, 104, body);
}

START_TEST(at_most_eight_passphrase_slots_are_tried_with_one_question)
{
    fixture f;
    setup(&f);
    dkg_keys keys = {.ask = ask, .ask_self = &f.r};
    for (unsigned before = 7; before <= 8; before++) {
        dkg_buffer b = {0};
        for (unsigned i = 0; i < before; i++) append_phrase(&b, &f, "other", (dkg_argon2){1, 8}, true);
        append_phrase(&b, &f, "correct", (dkg_argon2){1, 8}, true);
        f.r.questions = 0;
        if (before == 7)
            ck_ok(open_slots(&f, over(&b), &keys));
        else
            ck_fails(open_slots(&f, over(&b), &keys), DKG_NO_KEY, "9 passphrase slots");
        ck_assert_int_eq(f.r.questions, 1);
        dkg_buffer_free(&b);
    }
    teardown(&f);
}
END_TEST

START_TEST(costs_outside_the_limits_are_policy)
{
    static const dkg_argon2 refused[] = {{0, 8}, {11, 8}, {1, 7}, {1, 2097153}, {UINT32_MAX, UINT32_MAX}};
    fixture f;
    setup(&f);
    dkg_keys keys = {.ask = ask, .ask_self = &f.r};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        dkg_buffer b = {0};
        append_phrase(&b, &f, "correct", refused[i], false);
        f.r.questions = 0;
        ck_fails(open_slots(&f, over(&b), &keys), DKG_POLICY, "outside the accepted");
        ck_assert_int_eq(f.r.questions, 0);
        append_phrase(&b, &f, "correct", (dkg_argon2){1, 8}, true); /* a slot that opens is not held up by it */
        ck_ok(open_slots(&f, over(&b), &keys));
        dkg_buffer_free(&b);
    }
    dkg_buffer dear = {0};
    append_phrase(&dear, &f, "correct", (dkg_argon2){11, 8}, true);
    ck_fails(open_slots(&f, over(&dear), &keys), DKG_POLICY, "11 passes");
    keys.any_argon2_cost = true;
    ck_ok(open_slots(&f, over(&dear), &keys));
    dkg_buffer_free(&dear);
    teardown(&f);
}
END_TEST

START_TEST(a_stopped_question_ends_the_opening)
{
    fixture f;
    setup(&f);
    dkg_buffer b = {0};
    append_phrase(&b, &f, "correct", (dkg_argon2){1, 8}, true);
    dkg_keys keys = {.ask = ask, .ask_self = &f.r}, none = {0};
    f.r.passphrase = NULL;
    ck_fails(open_slots(&f, over(&b), &keys), DKG_CANCELLED, "stopped while asking");
    ck_fails(open_slots(&f, over(&b), &none), DKG_NO_KEY, "none of 0 identities");
    dkg_buffer_free(&b);
    teardown(&f);
}
END_TEST

/* `check` is compared before the box is opened, and both must be right. */
START_TEST(every_bit_of_a_passphrase_slot_counts)
{
    fixture f;
    setup(&f);
    dkg_buffer b = {0};
    append_phrase(&b, &f, "correct", (dkg_argon2){1, 8}, true);
    dkg_keys keys = {.ask = ask, .ask_self = &f.r};
    for (size_t i = 4; i < 108; i++) {
        if (i >= 20 && i < 28) continue; /* the cost: above */
        b.bytes[i] ^= 1;
        ck_fails(open_slots(&f, over(&b), &keys), DKG_NO_KEY, "");
        b.bytes[i] ^= 1;
    }
    ck_assert_int_eq(f.r.offers, 0);
    ck_ok(open_slots(&f, over(&b), &keys));
    dkg_buffer_free(&b);
    teardown(&f);
}
END_TEST

START_TEST(every_bit_of_the_other_slots_counts)
{
    fixture f;
    setup(&f);
    const dkg_keyfile *list[] = {f.keyfile};
    for (unsigned kind = 0; kind < 2; kind++) {
        dkg_locks locks = {0};
        dkg_keys keys = {0};
        if (kind == 0)
            locks.recipients = f.recipients, locks.recipient_count = 1, keys.identities = f.ids, keys.identity_count = 1;
        else
            locks.keyfile = f.keyfile, keys.keyfiles = list, keys.keyfile_count = 1;
        dkg_buffer out = write_slots(&f, &locks, 1);
        for (size_t i = 4; i < (kind == 0 ? 100 : 84); i++) {
            out.bytes[i] ^= 0x10;
            ck_fails(open_slots(&f, over(&out), &keys), DKG_NO_KEY, "");
            out.bytes[i] ^= 0x10;
        }
        ck_assert_int_eq(f.r.offers, 0);
        dkg_buffer_free(&out);
    }
    teardown(&f);
}
END_TEST

/* A file key that opens but does not fit: offered, not accepted, and said so. */
START_TEST(a_file_key_that_does_not_fit_is_told_apart)
{
    fixture f;
    setup(&f);
    dkg_locks locks = {.recipients = f.recipients, .recipient_count = 1};
    dkg_buffer out = write_slots(&f, &locks, 1);
    dkg_keys keys = {.identities = f.ids, .identity_count = 1};
    f.r.fk[0] ^= 1;
    ck_fails(open_slots(&f, over(&out), &keys), DKG_NO_KEY, "key-file factor missing or wrong");
    ck_assert_int_eq(f.r.offers, 1);
    dkg_buffer_free(&out);
    teardown(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("slots");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, known_regions_open);
    tcase_add_test(t, each_mix_of_slots_opens_with_its_keys_only);
    tcase_add_test(t, every_recipient_of_many_opens);
    tcase_add_test(t, slots_of_another_volume_do_not_open);
    tcase_add_test(t, passphrases_come_last_in_any_order);
    tcase_add_test(t, at_most_eight_passphrase_slots_are_tried_with_one_question);
    tcase_add_test(t, costs_outside_the_limits_are_policy);
    tcase_add_test(t, a_stopped_question_ends_the_opening);
    tcase_add_test(t, every_bit_of_a_passphrase_slot_counts);
    tcase_add_test(t, every_bit_of_the_other_slots_counts);
    tcase_add_test(t, a_file_key_that_does_not_fit_is_told_apart);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
