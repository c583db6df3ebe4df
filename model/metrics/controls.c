/* controls.c - byte streams the measurements are held against (docs/metrics.md, section 9). */
#include <sodium.h>
#include <string.h>

#include "dkg/metrics.h"

enum { N = 624, M = 397, BUFFER = 4096 };

struct dkg_control {
    dkg_control_kind kind;
    uint8_t key[32];
    uint64_t block;   /* XChaCha20's counter */
    uint32_t next;    /* rand's state */
    uint32_t word[N]; /* MT19937's */
    size_t word_at;
    uint8_t buffer[BUFFER]; /* bytes made, not read yet from `at` on */
    size_t at;
};

const char *dkg_control_name(dkg_control_kind kind)
{
    static const char *const names[DKG_CONTROLS] = {"xchacha20", "rand", "mt19937"};
    return names[kind];
}

static void mt_seed(dkg_control *c, uint32_t seed)
{
    c->word[0] = seed;
    for (uint32_t i = 1; i < N; i++) c->word[i] = 1812433253u * (c->word[i - 1] ^ c->word[i - 1] >> 30) + i;
    c->word_at = N;
}

static void mt_twist(dkg_control *c)
{
    for (size_t i = 0; i < N; i++) {
        uint32_t y = (c->word[i] & 0x80000000u) | (c->word[(i + 1) % N] & 0x7fffffffu);
        c->word[i] = c->word[(i + M) % N] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    c->word_at = 0;
}

static uint32_t mt_next(dkg_control *c)
{
    if (c->word_at == N) mt_twist(c);
    uint32_t y = c->word[c->word_at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

static void fill(dkg_control *c)
{
    if (c->kind == DKG_CONTROL_XCHACHA20) {
        static const uint8_t nonce[24] = {0};
        memset(c->buffer, 0, BUFFER);
        (void)crypto_stream_xchacha20_xor_ic(c->buffer, c->buffer, BUFFER, nonce, c->block, c->key);
        c->block += BUFFER / 64;
    } else if (c->kind == DKG_CONTROL_RAND) {
        for (size_t i = 0; i < BUFFER; i++) {
            c->next = c->next * 1103515245u + 12345u;
            c->buffer[i] = (uint8_t)(c->next / 65536u % 32768u);
        }
    } else {
        for (size_t i = 0; i < BUFFER; i += 4) dkg_store32(c->buffer + i, mt_next(c));
    }
    c->at = 0;
}

dkg_status dkg_control_open(dkg_control_kind kind, const uint8_t seed[32], dkg_control **out, dkg_error *err)
{
    dkg_control *c = *out = dkg_secret_alloc(sizeof *c);
    if (!c) return dkg_fail(err, DKG_NO_MEMORY, "no secret memory for a control stream");
    c->kind = kind;
    memcpy(c->key, seed, sizeof c->key);
    c->next = dkg_load32(seed);
    mt_seed(c, dkg_load32(seed));
    c->at = BUFFER;
    return DKG_OK;
}

void dkg_control_read(dkg_control *c, uint8_t *out, size_t n)
{
    while (n > 0) {
        if (c->at == BUFFER) fill(c);
        size_t part = n < BUFFER - c->at ? n : BUFFER - c->at;
        memcpy(out, c->buffer + c->at, part);
        c->at += part;
        out += part;
        n -= part;
    }
}

void dkg_control_free(dkg_control *c) { dkg_secret_free(c); }
