/* Slots: known regions, each kind alone and mixed, order of trying, structure, signatures. */
#include "cipher/slots.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cipher/keyfile.h"
#include "cipher/passphrase.h"
#include "cipher/schedule.h"
#include "key_vectors.h"

static const dkg_argon2 cheap = {2, 65536};

/* ---- the reader's side: accepts one file key, counts offers and questions ------------------------------------------------- */
typedef struct reader {
    uint8_t fk[32];
    int offers, questions;
    const char *passphrase;
} reader;

static bool accept(void *self, const uint8_t fk[32])
{
    reader *r = self;
    r->offers++;
    return memcmp(r->fk, fk, 32) == 0;
}

static size_t ask(void *self, const char *what, uint8_t out[1024], dkg_error *err)
{
    reader *r = self;
    (void)what;
    r->questions++;
    if (!r->passphrase) {
        (void)dkg_fail(err, DKG_CANCELLED, "stopped while asking");
        return 0;
    }
    memcpy(out, r->passphrase, strlen(r->passphrase));
    return strlen(r->passphrase);
}

/* ---- a volume with keys of every kind ---------------------------------------------------------------------------------------- */
typedef struct fixture {
    uint8_t core[128], core_mac[32], signing_key[64];
    dkg_identity ids[2];
    dkg_recipient recipients[2];
    dkg_keyfile *keyfile, *other_keyfile;
    reader r;
} fixture;

static const uint8_t model_digest[32] = {9};

static void setup(fixture *f)
{
    *f = (fixture){.r.passphrase = "correct"};
    test_pattern(f->core, sizeof f->core, 1);
    test_pattern(f->core_mac, sizeof f->core_mac, 2);
    test_pattern(f->r.fk, sizeof f->r.fk, 3);
    for (size_t i = 0; i < 2; i++) {
        dkg_identity_generate(&f->ids[i]);
        memcpy(f->recipients[i].key, f->ids[i].key, 32);
    }
    dkg_keyfile_options options = {.model_digest = model_digest};
    ck_ok(dkg_keyfile_create(&options, &f->keyfile, err));
    ck_ok(dkg_keyfile_create(&options, &f->other_keyfile, err));
    dkg_signing_key_generate(f->signing_key);
}

static void teardown(fixture *f)
{
    dkg_keyfile_free(f->keyfile);
    dkg_keyfile_free(f->other_keyfile);
}

static const uint8_t *salt_of(const fixture *f) { return f->core + 48; }
static dkg_bytes over(const dkg_buffer *b) { return (dkg_bytes){b->bytes, b->size}; }
static dkg_bytes text(const char *s) { return (dkg_bytes){(const uint8_t *)s, strlen(s)}; }

static dkg_buffer write_slots(const fixture *f, const dkg_locks *locks, uint32_t wanted)
{
    dkg_buffer out;
    uint32_t count;
    ck_ok(dkg_slots_write(locks, f->r.fk, f->core, f->core_mac, &out, &count, err));
    ck_assert_uint_eq(count, wanted);
    ck_assert(out.size >= 256 && out.size % 256 == 0);
    return out;
}

static dkg_keys all_keys(fixture *f, const dkg_keyfile *const *list)
{
    return (dkg_keys){.identities = f->ids, .identity_count = 1, .keyfiles = list, .keyfile_count = 1, .ask = ask, .ask_self = &f->r};
}

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

static void append_slot(dkg_buffer *b, uint16_t type, uint16_t size, const uint8_t *body)
{
    uint8_t head[4];
    dkg_store16(head, type);
    dkg_store16(head + 2, size);
    dkg_append(b, head, 4);
    dkg_append(b, body, size);
}

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

/* ---- writing ----------------------------------------------------------------------------------------------------------------------------- */
START_TEST(writing_refuses_what_it_should)
{
    fixture f;
    setup(&f);
    dkg_recipient *many = calloc(656, sizeof *many), low = {{1}};
    for (size_t i = 0; i < 656; i++) many[i] = f.recipients[0];
    const struct {
        dkg_locks locks;
        dkg_status status;
        const char *part;
    } cases[] = {
        {{0}, DKG_USAGE, "no key to encrypt for"},
        {{.signing_key = f.signing_key}, DKG_USAGE, "no key to encrypt for"},
        {{.key_factor = true, .recipients = f.recipients, .recipient_count = 1}, DKG_USAGE, "without a key file"},
        {{.key_factor = true, .keyfile = f.keyfile}, DKG_POLICY, "besides it"},
        {{.recipients = &low, .recipient_count = 1}, DKG_USAGE, "low order"},
        {{.recipients = many, .recipient_count = 656}, DKG_USAGE, "656 recipients are too many, at most 655 fit"},
        {{.recipients = many, .recipient_count = 655, .signing_key = f.signing_key}, DKG_USAGE, "at most 654 fit"},
        {{.recipients = many, .recipient_count = SIZE_MAX}, DKG_USAGE, "too many"},
        {{.passphrase = text("x"), .cost = {1, 65536}}, DKG_POLICY, "too cheap"},
        {{.passphrase = text("x"), .cost = {3, 4194304}}, DKG_POLICY, "outside"},
        {{.passphrase = {(const uint8_t *)"a\0", 2}, .cost = cheap}, DKG_USAGE, "NUL"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dkg_buffer out;
        uint32_t count = 7;
        ck_fails(dkg_slots_write(&cases[i].locks, f.r.fk, f.core, f.core_mac, &out, &count, err), cases[i].status, cases[i].part);
        ck_assert_ptr_null(out.bytes);
        ck_assert_uint_eq(count, 0);
    }
    dkg_locks full = {.recipients = many, .recipient_count = 655};
    dkg_buffer out = write_slots(&f, &full, 655);
    ck_assert_uint_eq(out.size, 65536);
    dkg_buffer_free(&out);
    free(many);
    teardown(&f);
}
END_TEST

START_TEST(a_key_factor_has_no_slot_of_its_own)
{
    fixture f;
    setup(&f);
    dkg_locks locks = {.recipients = f.recipients, .recipient_count = 1, .keyfile = f.keyfile, .key_factor = true};
    dkg_buffer out = write_slots(&f, &locks, 1);
    dkg_slots_info info;
    ck_ok(dkg_slots_parse(over(&out), &info, err));
    ck_assert_uint_eq(info.keyfile, 0);
    ck_assert_uint_eq(info.x25519, 1);
    dkg_buffer_free(&out);
    teardown(&f);
}
END_TEST

/* Two writings share nothing but types and lengths. */
START_TEST(every_writing_is_fresh)
{
    fixture f;
    setup(&f);
    dkg_locks locks = {.recipients = f.recipients, .recipient_count = 1, .keyfile = f.keyfile, .passphrase = text("correct"), .cost = cheap};
    dkg_buffer a = write_slots(&f, &locks, 3), b = write_slots(&f, &locks, 3);
    ck_assert_mem_ne(a.bytes + 4, b.bytes + 4, 32);             /* ephemeral key */
    ck_assert_mem_eq(a.bytes + 104, b.bytes + 104, 8);          /* kid8 */
    ck_assert_mem_ne(a.bytes + 112, b.bytes + 112, 24);         /* nonce */
    ck_assert_mem_ne(a.bytes + 188, b.bytes + 188, 16);         /* psalt */
    ck_assert_mem_ne(a.bytes + 188 + 56, b.bytes + 188 + 56, 48);
    dkg_buffer_free(&a);
    dkg_buffer_free(&b);
    teardown(&f);
}
END_TEST

/* ---- structure --------------------------------------------------------------------------------------------------------------------------- */
static void ck_structure(const dkg_buffer *b, dkg_status status, const char *part)
{
    uint8_t *exact = malloc(b->size ? b->size : 1); /* a read past the end is seen */
    if (b->size) memcpy(exact, b->bytes, b->size);
    dkg_slots_info info = {.x25519 = 5}, zeros = {0};
    if (status == DKG_OK) {
        ck_ok(dkg_slots_parse((dkg_bytes){exact, b->size}, &info, err));
    } else {
        dkg_keys none = {0};
        ck_fails(dkg_slots_parse((dkg_bytes){exact, b->size}, &info, err), status, part);
        ck_assert_mem_eq(&info, &zeros, sizeof info);
        ck_fails(dkg_slots_open((dkg_bytes){exact, b->size}, exact, &none, accept, NULL, err), status, part);
    }
    free(exact);
}

START_TEST(wrong_structure_is_refused)
{
    static const uint8_t body[256];
    static const struct {
        uint16_t type, size;
        dkg_status status;
        const char *part;
    } cases[] = {
        {1, 96, DKG_OK, ""},     {1, 95, DKG_ENVELOPE, "X25519 slot has 95 bytes instead of 96"},
        {1, 97, DKG_ENVELOPE, "instead of 96"},   {1, 0, DKG_ENVELOPE, "instead of 96"},
        {2, 104, DKG_OK, ""},    {2, 103, DKG_ENVELOPE, "passphrase slot has 103"},
        {3, 80, DKG_OK, ""},     {3, 96, DKG_ENVELOPE, "key-file slot has 96"},
        {4, 12, DKG_OK, ""},     {0x10, 96, DKG_OK, ""}, {0x10, 64, DKG_ENVELOPE, "signature slot has 64"},
        {0x7FFF, 0, DKG_OK, ""}, {0x8000, 4, DKG_ENVELOPE, "0x8000"}, {0xFFFF, 0, DKG_ENVELOPE, "0xffff"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dkg_buffer b = {0};
        append_slot(&b, cases[i].type, cases[i].size, body);
        ck_structure(&b, cases[i].status, cases[i].part); /* the list may fill its region to the last byte */
        dkg_append(&b, body, 256 - b.size);
        ck_structure(&b, cases[i].status, cases[i].part);
        dkg_buffer_free(&b);
    }
}
END_TEST

/* Every byte after the list must be zero, wherever it is, and so must a rest too short for a slot. */
START_TEST(everything_after_the_list_must_be_zero)
{
    static const uint8_t body[256];
    dkg_buffer b = {0};
    append_slot(&b, DKG_SLOT_KEYFILE, 80, body);
    append_slot(&b, 0x20, 7, body); /* odd lengths are fine for what is skipped */
    size_t end = b.size;
    dkg_append(&b, body, 256 - b.size);
    ck_structure(&b, DKG_OK, "");
    for (size_t i = end + 2; i < 256; i++) {
        b.bytes[i] = 1;
        ck_structure(&b, DKG_ENVELOPE, "not followed by zeros");
        b.bytes[i] = 0;
    }
    dkg_buffer_free(&b);
    for (size_t rest = 1; rest < 4; rest++)
        for (size_t at = 0; at <= rest; at++) { /* at == rest: all zero */
            append_slot(&b, DKG_SLOT_KEYFILE, 80, body);
            dkg_append(&b, body, rest);
            if (at < rest) b.bytes[84 + at] = 1;
            ck_structure(&b, at < rest ? DKG_ENVELOPE : DKG_OK, "cut short");
            dkg_buffer_free(&b);
        }
}
END_TEST

START_TEST(cut_lists_are_refused)
{
    static const uint8_t body[128] = {1};
    dkg_buffer b = {0};
    append_slot(&b, DKG_SLOT_X25519, 96, body);
    size_t whole = b.size;
    for (b.size = 4; b.size < whole; b.size++) ck_structure(&b, DKG_ENVELOPE, "cut short");
    dkg_store16(b.bytes, 0x20);
    dkg_store16(b.bytes + 2, 0xFFFF);
    b.size = whole;
    ck_structure(&b, DKG_ENVELOPE, "cut short");
    dkg_buffer_free(&b);
}
END_TEST

/* ---- signatures --------------------------------------------------------------------------------------------------------------------------- */
START_TEST(signatures_bind_core_and_mac)
{
    fixture f;
    setup(&f);
    dkg_locks locks = {.recipients = f.recipients, .recipient_count = 1, .signing_key = f.signing_key};
    dkg_buffer out = write_slots(&f, &locks, 1);
    dkg_slots_info info;
    dkg_keys any = {0};
    bool valid;
    ck_ok(dkg_slots_parse(over(&out), &info, err));
    ck_assert(info.has_signature);
    ck_assert_mem_eq(info.signer, f.signing_key + 32, 32);
    ck_ok(dkg_slots_verify(over(&out), f.core, f.core_mac, &any, &valid, err));
    ck_assert(valid);
    for (size_t i = 0; i < 128; i++) {
        f.core[i] ^= 1;
        ck_fails(dkg_slots_verify(over(&out), f.core, f.core_mac, &any, &valid, err), DKG_ENVELOPE, "signature");
        ck_assert(!valid);
        f.core[i] ^= 1;
    }
    for (size_t i = 0; i < 32; i++) {
        f.core_mac[i] ^= 1;
        ck_fails(dkg_slots_verify(over(&out), f.core, f.core_mac, &any, &valid, err), DKG_ENVELOPE, "signature");
        f.core_mac[i] ^= 1;
    }
    for (size_t i = 104; i < 200; i++) {
        out.bytes[i] ^= 1;
        ck_fails(dkg_slots_verify(over(&out), f.core, f.core_mac, &any, &valid, err), DKG_ENVELOPE, "signature");
        out.bytes[i] ^= 1;
    }
    dkg_buffer twice = {0};
    dkg_append(&twice, out.bytes, 200);
    dkg_append(&twice, out.bytes + 100, 100);
    ck_structure(&twice, DKG_ENVELOPE, "more than one signature");
    dkg_buffer_free(&twice);
    dkg_buffer_free(&out);
    teardown(&f);
}
END_TEST

START_TEST(signers_are_policy)
{
    fixture f;
    setup(&f);
    uint8_t signers[2][32] = {{0}};
    dkg_keys keys = {.signers = (const uint8_t(*)[32])signers, .signer_count = 2};
    dkg_locks locks = {.recipients = f.recipients, .recipient_count = 1, .signing_key = f.signing_key};
    dkg_buffer is_signed = write_slots(&f, &locks, 1);
    locks.signing_key = NULL;
    dkg_buffer plain = write_slots(&f, &locks, 1);
    bool valid;
    ck_fails(dkg_slots_verify(over(&is_signed), f.core, f.core_mac, &keys, &valid, err), DKG_POLICY, "signed by dkg-sign1");
    ck_assert(!valid);
    ck_fails(dkg_slots_verify(over(&plain), f.core, f.core_mac, &keys, &valid, err), DKG_POLICY, "not signed");
    memcpy(signers[1], f.signing_key + 32, 32);
    ck_ok(dkg_slots_verify(over(&is_signed), f.core, f.core_mac, &keys, &valid, err));
    ck_assert(valid);
    keys.signer_count = 0;
    ck_ok(dkg_slots_verify(over(&plain), f.core, f.core_mac, &keys, &valid, err));
    ck_assert(!valid);
    dkg_buffer_free(&is_signed);
    dkg_buffer_free(&plain);
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
    tcase_add_test(t, writing_refuses_what_it_should);
    tcase_add_test(t, a_key_factor_has_no_slot_of_its_own);
    tcase_add_test(t, every_writing_is_fresh);
    tcase_add_test(t, wrong_structure_is_refused);
    tcase_add_test(t, everything_after_the_list_must_be_zero);
    tcase_add_test(t, cut_lists_are_refused);
    tcase_add_test(t, signatures_bind_core_and_mac);
    tcase_add_test(t, signers_are_policy);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
