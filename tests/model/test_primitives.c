/* libsodium's primitives as the cipher calls them, against published vectors. */
#include <sodium.h>
#include <string.h>

#include "cipher/bech32.h"
#include "cipher/passphrase.h"
#include "cipher/schedule.h"
#include "key_vectors.h"

static size_t unhex(const char *hex, uint8_t *out, size_t max)
{
    size_t n = 0;
    ck_assert_int_eq(sodium_hex2bin(out, max, hex, strlen(hex), NULL, &n, NULL), 0);
    return n;
}

static void ck_hex(const uint8_t *got, size_t n, const char *hex)
{
    uint8_t want[512];
    ck_assert_uint_eq(unhex(hex, want, sizeof want), n);
    ck_assert_mem_eq(got, want, n);
}

/* RFC 7693, appendix A */
START_TEST(blake2b)
{
    uint8_t out[64];
    DKG_B2(out, 64, NULL, DKG_TEXT("abc"));
    ck_hex(out, 64, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}
END_TEST

/* draft-irtf-cfrg-xchacha-03, appendix A.3; its key stream starts with block 1 */
START_TEST(xchacha20)
{
    uint8_t key[32], nonce[24], out[128];
    unhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", key, 32);
    unhex("404142434445464748494a4b4c4d4e4f5051525354555658", nonce, 24);
    dkg_xstream(out, sizeof out, key, nonce);
    ck_hex(out + 64, 64, "29624b4b1b140ace53740e405b2168540fd7d630c1f536fecd722fc3cddba7f4"
                    "cca98cf9e47e5e64d115450f9b125b54449ff76141ca620a1f9cfcab2a1a8a25");
}
END_TEST

START_TEST(xchacha20_poly1305)
{
    static const char text[] = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
                               "sunscreen would be it.";
    uint8_t key[32], nonce[24], ad[12], out[sizeof text - 1 + 16];
    unhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", key, 32);
    unhex("404142434445464748494a4b4c4d4e4f5051525354555657", nonce, 24);
    unhex("50515253c0c1c2c3c4c5c6c7", ad, 12);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, (const uint8_t *)text, sizeof text - 1, ad, 12, NULL, nonce, key);
    ck_hex(out, sizeof out,
           "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e12"
           "13b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52e"
           "c0875924c1c7987947deafd8780acf49");
}
END_TEST

/* RFC 7748, section 6.1: an identity's scalar gives its public key, and both sides of a box share a point */
START_TEST(x25519)
{
    static const char *const scalars[2] = {"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
                                           "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"};
    static const char *const keys[2] = {"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
                                        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"};
    dkg_identity id[2];
    for (size_t i = 0; i < 2; i++) {
        uint8_t scalar[32];
        char text[DKG_IDENTITY_TEXT];
        unhex(scalars[i], scalar, 32);
        dkg_bech32_encode("age-secret-key-", scalar, 32, text);
        ck_ok(dkg_identity_parse(text, &id[i], err));
        ck_hex(id[i].key, 32, keys[i]);
    }
    uint8_t shared[32];
    ck_assert_int_eq(crypto_scalarmult(shared, id[0].scalar, id[1].key), 0);
    ck_hex(shared, 32, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}
END_TEST

/* RFC 8032, section 7.1, tests 1 and 2 */
START_TEST(ed25519)
{
    static const struct {
        const char *seed, *key, *message, *signature;
    } cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "r",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t seed[32], secret[64], signature[64];
        char text[DKG_SIGNING_KEY_TEXT];
        unhex(cases[i].seed, seed, 32);
        dkg_bech32_encode("dkg-sign-secret-", seed, 32, text);
        ck_ok(dkg_signing_key_parse(text, secret, err));
        ck_hex(secret + 32, 32, cases[i].key);
        const uint8_t *message = (const uint8_t *)cases[i].message;
        size_t n = strlen(cases[i].message);
        crypto_sign_detached(signature, NULL, message, n, secret);
        ck_hex(signature, 64, cases[i].signature);
        ck_assert_int_eq(crypto_sign_verify_detached(signature, message, n, secret + 32), 0);
    }
}
END_TEST

/* libsodium's own vectors (test/default/pwhash_argon2id): version 1.3, one lane */
START_TEST(argon2id)
{
    static const struct {
        const char *passphrase, *salt, *out;
        dkg_argon2 cost;
    } cases[] = {
        {"b540beb016a5366524d4605156493f9874514a5aa58818cd0c6dfffaa9e90205f17b", "44071f6d181561670bda728d43fb79b4",
         "7fb72409b0987f8190c3729710e98c3f80c5a8727d425fdcde7f3644d467fe973f5b5fee683bd3fce812cb9ae5e9921a2d06c2f1905e4e839692f2b9"
         "34b682f11a2fe2b90482ea5dd234863516dba6f52dc0702d324ec77d860c2e181f84472bd7104fedce071ffa93c5309494ad51623d214447a7b2b146"
         "2dc7d5d55a1f6fd5b54ce024118d86f0c6489d16545aaa87b6689dad9f2fb47fda9894f8e12b87d978b483ccd4cc5fd9595cdc7a818452f915ce2f7d"
         "f95ec12b1c72e3788d473441d884f9748eb14703c21b45d82fd667b85f5b2d98c13303b3fe76285531a826b6fc0fe8e3dddecf",
         {1, 1593}},
        {"4a857e2ee8aa9b6056f2424e84d24a72473378906ee04a46cb05311502d5250b82ad86b83c8f20a23dbb74f6da60b0b6ecffd67134d45946ac8ebfb3064294bc09"
         "7d43ced68642bfb8bbbdd0f50b30118f5e", "39d82eef32010b8b79cc5ba88ed539fb",
         "08d8cd330c57e1b4643241d05bb468ba4ee4e932cd0858816be9ef15360b27bbd06a87130ee92222be267a29b81f5ae8fe8613324cfc4832dc49387f"
         "d0602f1c57b4d0f3855db94fb7e12eb05f9a484aed4a4307abf586cd3d55c809bc081541e00b682772fb2066504ff935b8ebc551a2083882f874bc0f"
         "ae68e56848ae34c91097c3bf0cca8e75c0797eef3efde3f75e005815018db3cf7c109a812264c4de69dcb22322dbbcfa447f5b00ecd1b04a7be1569c"
         "8e556adb7bba48adf81d",
         {3, 1399}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t passphrase[128], salt[16], out[256];
        size_t n = unhex(cases[i].passphrase, passphrase, sizeof passphrase), wanted = strlen(cases[i].out) / 2;
        unhex(cases[i].salt, salt, 16);
        ck_ok(dkg_argon2id(out, wanted, (dkg_bytes){passphrase, n}, salt, cases[i].cost, err));
        ck_hex(out, wanted, cases[i].out);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("primitives");
    TCase *t = tcase_create("all");
    tcase_add_test(t, blake2b);
    tcase_add_test(t, xchacha20);
    tcase_add_test(t, xchacha20_poly1305);
    tcase_add_test(t, x25519);
    tcase_add_test(t, ed25519);
    tcase_add_test(t, argon2id);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
