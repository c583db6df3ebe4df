/* cipher/slices.c - XChaCha20-Poly1305 over slices (docs/volume-format.md, section 6), sums in paper mode (section 13). */
#include "cipher/slices.h"

#include <sodium.h>
#include <string.h>

#include "cipher/schedule.h"

enum { AD_BYTES = 64 };

dkg_slices dkg_slices_make(const uint8_t core[DKG_CORE_BYTES], dkg_mode mode, const dkg_shape *shape, const uint8_t *key)
{
    dkg_slices s = {.mode = mode, .key = key, .size = (size_t)shape->slice, .count = shape->slices};
    dkg_core_digest(core, s.hd);
    return s;
}

dkg_slices dkg_slices_of(const dkg_envelope *e, const uint8_t *key) { return dkg_slices_make(e->bytes, e->mode, &e->shape, key); }

static void bind(const dkg_slices *s, uint32_t z, const uint8_t *gcheck, uint8_t ad[AD_BYTES], uint8_t nonce[24])
{
    memcpy(ad, "DKG1SLC1", 8);
    memcpy(ad + 8, s->hd, 32);
    dkg_store64(ad + 40, z);
    memcpy(ad + 48, gcheck, 16);
    dkg_nonce(nonce, z, DKG_NONCE_SLICES);
}

void dkg_slice_seal(const dkg_slices *s, uint32_t z, uint8_t *data, uint8_t *table)
{
    uint8_t *entry = table + (size_t)z * DKG_ENTRY_BYTES, ad[AD_BYTES], nonce[24];
    if (s->mode == DKG_MODE_PAPER) {
        DKG_B2(entry, 32, NULL, {data, s->size});
        return;
    }
    bind(s, z, entry + DKG_TAG_BYTES, ad, nonce);
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(data, entry, NULL, data, s->size, ad, AD_BYTES, NULL, nonce, s->key);
}

bool dkg_slice_open(const dkg_slices *s, uint32_t z, const uint8_t *cipher, const uint8_t *table, uint8_t *out)
{
    const uint8_t *entry = table + (size_t)z * DKG_ENTRY_BYTES;
    uint8_t ad[AD_BYTES], nonce[24], sum[32];
    bool whole;
    if (s->mode == DKG_MODE_PAPER) {
        DKG_B2(sum, 32, NULL, {cipher, s->size});
        whole = memcmp(sum, entry, 32) == 0;
        if (whole && out) memcpy(out, cipher, s->size);
    } else {
        bind(s, z, entry + DKG_TAG_BYTES, ad, nonce);
        whole = crypto_aead_xchacha20poly1305_ietf_decrypt_detached(out, NULL, cipher, s->size, entry, ad, AD_BYTES, nonce, s->key) == 0;
    }
    if (!whole && out) memset(out, 0, s->size);
    return whole;
}

typedef struct opening {
    const dkg_slices *slices;
    uint32_t first;
    const uint8_t *cipher, *table;
    uint8_t *out, *damaged;
} opening;

static void open_one(void *self, size_t i)
{
    const opening *job = self;
    size_t size = job->slices->size, z = job->first + i;
    job->damaged[i] = !dkg_slice_open(job->slices, (uint32_t)z, job->cipher + z * size, job->table,
                                      job->out ? job->out + i * size : NULL);
}

uint32_t dkg_slices_open(const dkg_slices *slices, uint32_t first, uint32_t count, const uint8_t *cipher, const uint8_t *table,
                         uint8_t *out, uint8_t *damaged, unsigned threads)
{
    opening job = {slices, first, cipher, table, out, damaged};
    uint32_t bad = 0;
    dkg_parallel(threads, count, open_one, &job);
    for (uint32_t i = 0; i < count; i++) bad += damaged[i];
    return bad;
}
