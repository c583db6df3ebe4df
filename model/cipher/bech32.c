/* bech32: base 32 with a BCH checksum. The texts may be secret, so nothing here quotes them or branches on a value's bits. */
#include "cipher/bech32.h"

#include <sodium.h>
#include <string.h>

enum { CHECK_WORDS = 6 };
static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"; /* character of each 5-bit word */

/* One step of the checksum, a remainder over GF(32); starts at 1, must end at 1. */
static uint32_t step(uint32_t sum, uint32_t word)
{
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ word;
    for (unsigned i = 0; i < 5; i++) sum ^= generator[i] & (0 - (top >> i & 1));
    return sum;
}

static uint32_t prefix_sum(const char *prefix)
{
    uint32_t sum = 1;
    for (const char *p = prefix; *p; p++) sum = step(sum, (uint32_t)(unsigned char)*p >> 5);
    sum = step(sum, 0);
    for (const char *p = prefix; *p; p++) sum = step(sum, (uint32_t)(unsigned char)*p & 31);
    return sum;
}

static size_t word_count(size_t bytes) { return (8 * bytes + 4) / 5; }

/* Word k is bits 5k..5k+4 of the bytes, most significant first; it lies in the 16 bits that start at byte 5k/8. */
static unsigned shift_of(size_t k) { return 11 - (unsigned)(5 * k % 8); }

void dkg_bech32_encode(const char *prefix, const uint8_t *bytes, size_t n, char *out)
{
    size_t length = strlen(prefix);
    memcpy(out, prefix, length);
    out += length;
    *out++ = '1';
    uint32_t sum = prefix_sum(prefix);
    for (size_t k = 0; k < word_count(n); k++) {
        size_t i = 5 * k / 8;
        uint32_t window = (uint32_t)bytes[i] << 8 | (i + 1 < n ? bytes[i + 1] : 0u);
        uint32_t word = window >> shift_of(k) & 31;
        sum = step(sum, word);
        *out++ = alphabet[word];
    }
    for (unsigned i = 0; i < CHECK_WORDS; i++) sum = step(sum, 0);
    sum ^= 1;
    for (unsigned i = 0; i < CHECK_WORDS; i++) *out++ = alphabet[sum >> 5 * (CHECK_WORDS - 1 - i) & 31];
    *out = '\0';
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static const char *check_characters(const char *text, size_t size)
{
    bool any_lower = false, any_upper = false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < 33 || text[i] > 126) return "it holds a space, a control character or one outside ASCII";
        any_lower = any_lower || (text[i] >= 'a' && text[i] <= 'z');
        any_upper = any_upper || (text[i] >= 'A' && text[i] <= 'Z');
    }
    return any_lower && any_upper ? "it mixes upper and lower case" : NULL;
}

static bool has_prefix(const char *text, size_t size, const char *prefix)
{
    size_t length = size;
    while (length > 0 && text[length - 1] != '1') length--; /* the separator is the last '1' */
    if (length == 0 || length - 1 != strlen(prefix)) return false;
    for (size_t i = 0; i + 1 < length; i++)
        if (lower(text[i]) != prefix[i]) return false;
    return true;
}

/* The 5-bit word of a character, 32 if there is none; takes the same steps for every character. */
static uint32_t word_of(char c)
{
    uint32_t word = 32;
    for (uint32_t v = 0; v < 32; v++) word ^= (word ^ v) & (0 - (uint32_t)(alphabet[v] == lower(c)));
    return word;
}

static const char *decode_words(const char *at, uint32_t sum, uint8_t *out, size_t n)
{
    uint32_t padding = 0;
    size_t words = word_count(n);
    for (size_t k = 0; k < words + CHECK_WORDS; k++) {
        uint32_t word = word_of(at[k]);
        if (word > 31) return "it holds a character that bech32 does not use";
        sum = step(sum, word);
        if (k >= words) continue;
        size_t i = 5 * k / 8;
        uint32_t window = word << shift_of(k);
        out[i] = (uint8_t)(out[i] | window >> 8);
        if (i + 1 < n)
            out[i + 1] = (uint8_t)(out[i + 1] | (window & 255));
        else
            padding |= window & 255;
    }
    if (sum != 1) return "its checksum is wrong, a character is mistyped or missing";
    return padding ? "its unused last bits are not zero" : NULL;
}

bool dkg_bech32_decode(const char *text, size_t size, const char *prefix, uint8_t *out, size_t n, const char **why)
{
    memset(out, 0, n);
    size_t before = strlen(prefix) + 1;
    *why = check_characters(text, size);
    if (!*why && !has_prefix(text, size, prefix)) *why = "it does not start as such a text does";
    if (!*why && size != before + word_count(n) + CHECK_WORDS) *why = "it has the wrong length";
    if (!*why) *why = decode_words(text + before, prefix_sum(prefix), out, n);
    if (*why) sodium_memzero(out, n);
    return !*why;
}
