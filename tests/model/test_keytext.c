/* Key texts: ours and age's, both ways; wrong ones and their sentences; files of texts. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/cipher.h"
#include "key_vectors.h"

START_TEST(known_texts_are_read_and_written)
{
    json_t *all = vectors_load("keys.json");
    dkg_identity id;
    dkg_recipient recipient;
    uint8_t secret[64], signer[32];
    char text[DKG_SIGNING_KEY_TEXT];
    ck_ok(dkg_identity_parse(vectors_text(all, "identity"), &id, err));
    ck_ok(dkg_recipient_parse(vectors_text(all, "recipient"), &recipient, err));
    ck_assert_mem_eq(id.key, recipient.key, 32);
    dkg_identity_text(&id, text);
    ck_assert_str_eq(text, vectors_text(all, "identity"));
    dkg_recipient_text(&recipient, text);
    ck_assert_str_eq(text, vectors_text(all, "recipient"));
    ck_ok(dkg_signing_key_parse(vectors_text(all, "signing_key"), secret, err));
    ck_ok(dkg_signer_parse(vectors_text(all, "signer"), signer, err));
    ck_assert_mem_eq(secret + 32, signer, 32);
    dkg_signing_key_text(secret, text);
    ck_assert_str_eq(text, vectors_text(all, "signing_key"));
    dkg_signer_text(signer, text);
    ck_assert_str_eq(text, vectors_text(all, "signer"));
    json_decref(all);
}
END_TEST

START_TEST(made_keys_come_back_and_differ)
{
    dkg_identity a, b, again;
    uint8_t secret[64], other[64], back[64];
    char text[DKG_SIGNING_KEY_TEXT];
    dkg_identity_generate(&a);
    dkg_identity_generate(&b);
    ck_assert_mem_ne(a.scalar, b.scalar, 32);
    dkg_identity_text(&a, text);
    ck_assert_uint_eq(strlen(text), DKG_IDENTITY_TEXT - 1);
    ck_ok(dkg_identity_parse(text, &again, err));
    ck_assert_mem_eq(&a, &again, sizeof a);
    dkg_signing_key_generate(secret);
    dkg_signing_key_generate(other);
    ck_assert_mem_ne(secret, other, 64);
    dkg_signing_key_text(secret, text);
    ck_assert_uint_eq(strlen(text), DKG_SIGNING_KEY_TEXT - 1);
    ck_ok(dkg_signing_key_parse(text, back, err));
    ck_assert_mem_eq(secret, back, 64);
}
END_TEST

/* A wrong text of every kind is named, nothing of it is quoted, and the output is zero. */
START_TEST(wrong_texts_are_named)
{
    static const struct {
        const char *text, *part;
    } recipients[] = {
        {"", "is not a recipient"},
        {"age1tuym07t6gz6sygrfwpjtgwe8gyds0f92rls9xu9jw5vcy6vr6vxsfwe54m", "checksum"},
        {"age1tuym07t6gz6sygrfwpjtgwe8gyds0f92rls9xu9jw5vcy6vr6vxsfwe54", "length"},
        {"Age1tuym07t6gz6sygrfwpjtgwe8gyds0f92rls9xu9jw5vcy6vr6vxsfwe54n", "mixes upper and lower case"},
        {" age1tuym07t6gz6sygrfwpjtgwe8gyds0f92rls9xu9jw5vcy6vr6vxsfwe54n", "space"},
        {"AGE-SECRET-KEY-1XYERXDP4XCMNSWF68V7R603LGPQ5YS6YG4RYWJZFFF95CN2WFAGQK6KKRX", "is a secret identity"},
        {"age1yubikey1qqqqqqqq", "plugin"},
        {"age1pq1qqqqqqqqqqqqq", "post-quantum"},
        {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA", "SSH"},
        {"dkg-sign1znrsclsvf3m3yatwh00axvchh68a7a343qjwvdsf3yfvakqur7csg64r80", "signer"},
        {"age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z", "low order"},
        {"age1qyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqs3xrgp", ""},
    };
    static const struct {
        const char *text, *part;
    } identities[] = {
        {"AGE-PLUGIN-YUBIKEY-1QQQQQQ", "plugin"},
        {"AGE-SECRET-KEY-PQ-1QQQQQQ", "post-quantum"},
        {"age1tuym07t6gz6sygrfwpjtgwe8gyds0f92rls9xu9jw5vcy6vr6vxsfwe54n", "public recipient"},
        {"-----BEGIN AGE ENCRYPTED FILE-----", "PEM"},
        {"age-encryption.org/v1", "encrypted with age"},
        {"DKGKEY1", "key file"},
        {"AGE-SECRET-KEY-1XYERXDP4XCMNSWF68V7R603LGPQ5YS6YG4RYWJZFFF95CN2WFAGQK6KKRY", "checksum"},
    };
    uint8_t zeros[64] = {0}, secret[64];
    for (size_t i = 0; i < sizeof recipients / sizeof *recipients; i++) {
        dkg_recipient r = {{1}};
        ck_fails(dkg_recipient_parse(recipients[i].text, &r, err), DKG_USAGE, recipients[i].part);
        ck_assert_mem_eq(r.key, zeros, 32);
    }
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++) {
        dkg_identity id = {{1}, {1}};
        ck_fails(dkg_identity_parse(identities[i].text, &id, err), DKG_USAGE, identities[i].part);
        ck_assert_mem_eq(&id, zeros, 64);
    }
    memset(secret, 1, sizeof secret);
    ck_fails(dkg_signing_key_parse("dkg-sign1znrsclsvf3m3yatwh00axvchh68a7a343qjwvdsf3yfvakqur7csg64r80", secret, err), DKG_USAGE,
             "public signer");
    ck_assert_mem_eq(secret, zeros, 64);
    ck_fails(dkg_signer_parse("DKG-SIGN-SECRET-129F9X4Z42ET4SK26TDW96HJLVPSKYCMYV4NXW6RFDF4KCMTWDACQZUWXWP", secret, err), DKG_USAGE,
             "secret signing key");
}
END_TEST

START_TEST(sentences_never_quote_a_secret)
{
    const char *secret = "AGE-SECRET-KEY-1XYERXDP4XCMNSWF68V7R603LGPQ5YS6YG4RYWJZFFF95CN2WFAGQK6KKRX";
    for (size_t cut = 16; cut <= strlen(secret); cut++) {
        dkg_error err = {0};
        dkg_recipient r;
        char text[80];
        snprintf(text, sizeof text, "%.*s", (int)cut, secret);
        ck_assert_int_eq(dkg_recipient_parse(text, &r, &err), DKG_USAGE);
        ck_assert_ptr_null(strstr(err.text, "KEY-1X"));
        for (size_t i = 17; i + 6 <= cut; i++) {
            char part[8];
            snprintf(part, sizeof part, "%.6s", text + i);
            ck_assert_msg(!strstr(err.text, part) && !strstr(err.hint, part), "%s", err.text);
        }
    }
}
END_TEST

#define RECIPIENT "age1tuym07t6gz6sygrfwpjtgwe8gyds0f92rls9xu9jw5vcy6vr6vxsfwe54n"
#define IDENTITY "AGE-SECRET-KEY-1XYERXDP4XCMNSWF68V7R603LGPQ5YS6YG4RYWJZFFF95CN2WFAGQK6KKRX"
#define SIGNING_KEY "DKG-SIGN-SECRET-129F9X4Z42ET4SK26TDW96HJLVPSKYCMYV4NXW6RFDF4KCMTWDACQZUWXWP"

/* Parses from a buffer of exactly the file's size, so that a read past its end is seen. */
static uint8_t *exact(const char *text, size_t *size)
{
    *size = strlen(text);
    uint8_t *bytes = malloc(*size ? *size : 1);
    memcpy(bytes, text, *size);
    return bytes;
}

START_TEST(files_hold_a_text_per_line)
{
    static const struct {
        const char *text;
        size_t count;
    } files[] = {
        {RECIPIENT, 1},
        {RECIPIENT "\n", 1},
        {"# clinic\n\n" RECIPIENT "\r\n#" RECIPIENT "\n\r\n" RECIPIENT "\n\n", 2},
        {RECIPIENT "\n" RECIPIENT "\n" RECIPIENT, 3},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t size, count;
        uint8_t *bytes = exact(files[i].text, &size);
        dkg_recipient *list;
        ck_ok(dkg_recipients_parse(bytes, size, &list, &count, err));
        ck_assert_uint_eq(count, files[i].count);
        for (size_t k = 0; k < count; k++) {
            char text[DKG_RECIPIENT_TEXT];
            dkg_recipient_text(&list[k], text);
            ck_assert_str_eq(text, RECIPIENT);
        }
        free(list);
        free(bytes);
    }
    size_t size, count;
    uint8_t *bytes = exact("# created: 2026\n# public key: " RECIPIENT "\n" IDENTITY "\n" IDENTITY, &size), secret[64], zeros[64] = {0};
    dkg_identity *ids;
    ck_ok(dkg_identities_parse(bytes, size, &ids, &count, err));
    ck_assert_uint_eq(count, 2);
    ck_assert_mem_eq(&ids[0], &ids[1], sizeof *ids);
    dkg_secret_free(ids);
    free(bytes);
    bytes = exact("# for signing\n" SIGNING_KEY "\n# end\n", &size);
    ck_ok(dkg_signing_key_file_parse(bytes, size, secret, err));
    ck_assert_mem_ne(secret, zeros, 64);
    free(bytes);
}
END_TEST

START_TEST(wrong_files_name_their_line)
{
    static const struct {
        const char *text, *part;
    } files[] = {
        {"", "no recipient"},          {"# only\n\n# comments", "no recipient"}, {"#\n" RECIPIENT "\nx\n", "line 3: "},
        {"\n\n" IDENTITY, "line 3: "}, {" \n", "line 1: "},                       {RECIPIENT "\r\r\n", "line 1: "},
        {"a\na\na\na\n", "line 1: "},  {RECIPIENT " " RECIPIENT, "line 1: "},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t size, count = 1;
        uint8_t *bytes = exact(files[i].text, &size);
        dkg_recipient *list = (dkg_recipient *)bytes;
        ck_fails(dkg_recipients_parse(bytes, size, &list, &count, err), DKG_USAGE, files[i].part);
        ck_assert_ptr_null(list);
        ck_assert_uint_eq(count, 0);
        free(bytes);
    }
    size_t size, count;
    uint8_t secret[64], zeros[64] = {0}, *bytes = exact("# x\n" IDENTITY "\nAGE-PLUGIN-SE-1Q\n", &size);
    dkg_identity *ids;
    ck_fails(dkg_identities_parse(bytes, size, &ids, &count, err), DKG_USAGE, "line 3: ");
    ck_assert_ptr_null(ids);
    ck_fails(dkg_identities_parse(bytes, 4, &ids, &count, err), DKG_USAGE, "no identity");
    free(bytes);
    bytes = exact(SIGNING_KEY "\n\n" SIGNING_KEY "\n", &size);
    ck_fails(dkg_signing_key_file_parse(bytes, size, secret, err), DKG_USAGE, "line 3: ");
    ck_assert_mem_eq(secret, zeros, 64);
    ck_fails(dkg_signing_key_file_parse(bytes, 0, secret, err), DKG_USAGE, "no signing key");
    free(bytes);
    bytes = exact("#\n" IDENTITY, &size);
    ck_fails(dkg_signing_key_file_parse(bytes, size, secret, err), DKG_USAGE, "line 2: ");
    free(bytes);
}
END_TEST

static bool has_age(void)
{
    if (system("command -v age-keygen >/dev/null 2>&1 && command -v age >/dev/null 2>&1") == 0) return true;
    test_skip("age", "age-keygen is not installed");
    return false;
}

/* age-keygen's identity file is read, and its public key line is the recipient we derive. */
START_TEST(keys_made_by_age_work)
{
    if (!has_age()) return;
    for (int i = 0; i < 5; i++) {
        char command[512];
        const char *path = test_path("age.txt");
        snprintf(command, sizeof command, "rm -f '%s' && age-keygen -o '%s' 2>/dev/null", path, path);
        ck_assert_int_eq(system(command), 0);
        uint8_t *bytes;
        size_t size, count;
        dkg_identity *ids;
        ck_ok(dkg_file_read_secret(path, 4096, true, &bytes, &size, err));
        ck_ok(dkg_identities_parse(bytes, size, &ids, &count, err));
        ck_assert_uint_eq(count, 1);
        dkg_recipient r;
        char text[DKG_RECIPIENT_TEXT], line[128];
        memcpy(r.key, ids[0].key, 32);
        dkg_recipient_text(&r, text);
        snprintf(line, sizeof line, "# public key: %s\n", text);
        char *file = calloc(1, size + 1);
        memcpy(file, bytes, size);
        ck_assert_msg(strstr(file, line) != NULL, "%s", line);
        free(file);
        dkg_secret_free(ids);
        dkg_secret_free(bytes);
    }
}
END_TEST

/* age derives the same recipient from our identity, encrypts for our text and decrypts with our identity. */
START_TEST(age_works_with_our_keys)
{
    if (!has_age()) return;
    dkg_identity id;
    dkg_recipient r;
    char secret[DKG_IDENTITY_TEXT], text[DKG_RECIPIENT_TEXT], file[256], path[256], command[1024], line[128] = "";
    dkg_identity_generate(&id);
    memcpy(r.key, id.key, 32);
    dkg_identity_text(&id, secret);
    dkg_recipient_text(&r, text);
    snprintf(path, sizeof path, "%s", test_path("ours.txt"));
    snprintf(file, sizeof file, "%s\n", secret);
    ck_ok(dkg_file_write(path, DKG_OUTPUT_PRIVATE | DKG_OUTPUT_REPLACE, file, strlen(file), err));
    snprintf(command, sizeof command, "age-keygen -y '%s'", path);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, pipe));
    ck_assert_int_eq(pclose(pipe), 0);
    line[strcspn(line, "\n")] = '\0';
    ck_assert_str_eq(line, text);
    snprintf(command, sizeof command, "echo hello | age -r %s | age -d -i '%s' | grep -qx hello", text, path);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("keytext");
    TCase *t = tcase_create("all");
    tcase_add_test(t, known_texts_are_read_and_written);
    tcase_add_test(t, made_keys_come_back_and_differ);
    tcase_add_test(t, wrong_texts_are_named);
    tcase_add_test(t, sentences_never_quote_a_secret);
    tcase_add_test(t, files_hold_a_text_per_line);
    tcase_add_test(t, wrong_files_name_their_line);
    tcase_add_test(t, keys_made_by_age_work);
    tcase_add_test(t, age_works_with_our_keys);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
