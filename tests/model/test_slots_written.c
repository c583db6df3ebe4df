/* Slots as they are written, their structure and signatures: what is refused. */
#include "slot_fixture.h"

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
    Suite *s = suite_create("slots_written");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
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
