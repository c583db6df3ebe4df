/* The key schedule: everything that follows from the file key, in the order of docs/volume-format.md section 6. */
#include "cipher/schedule.h"

#include <sodium.h>
#include <string.h>

#include "dkg/model.h"

enum { ROW_BYTES = 3 * DKG_KEY_WIDTH };

void dkg_b2_parts(uint8_t *out, size_t n, const uint8_t *key, const dkg_bytes *parts, size_t count)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, key, key ? 32 : 0, n);
    for (size_t i = 0; i < count; i++) crypto_generichash_update(&state, parts[i].at, parts[i].size);
    crypto_generichash_final(&state, out, n);
    sodium_memzero(&state, sizeof state);
}

void dkg_xstream(uint8_t *out, size_t n, const uint8_t key[32], const uint8_t nonce[24])
{
    crypto_stream_xchacha20(out, n, nonce, key);
}

void dkg_nonce(uint8_t out[24], uint64_t i, uint8_t d)
{
    memset(out, 0, 24);
    dkg_store64(out, i);
    out[8] = d;
}

void dkg_schedule_derive(const uint8_t fk[32], const uint8_t core[96], const uint8_t kf[32], dkg_schedule *out)
{
    uint8_t root[32];
    DKG_B2(root, sizeof root, fk, DKG_TEXT("DKG1 root v1"), {core, 96}, {kf, 32});
    uint8_t *const subkeys[] = {out->aead, out->gen, out->gcheck, out->meta, out->mac, out->commitment, out->slots};
    for (size_t i = 0; i < sizeof subkeys / sizeof *subkeys; i++)
        crypto_kdf_derive_from_key(subkeys[i], 32, i + 1, "DKG1sub_", root);
    sodium_memzero(root, sizeof root);
}

uint32_t dkg_block_count(uint64_t slice_bytes)
{
    return (uint32_t)(slice_bytes / DKG_KEY_BYTES + (slice_bytes % DKG_KEY_BYTES != 0));
}

uint32_t dkg_block_rows(uint64_t slice_bytes, uint32_t j, bool paper)
{
    if (paper || j + 1 < dkg_block_count(slice_bytes)) return DKG_KEY_ROWS;
    uint64_t rest = slice_bytes - (uint64_t)DKG_KEY_BYTES * j;
    uint64_t four_rows = 4 * ROW_BYTES; /* the generator takes multiples of 4 rows */
    uint64_t rows = 4 * ((rest + four_rows - 1) / four_rows);
    return rows < DKG_KEY_ROWS_MIN ? DKG_KEY_ROWS_MIN : (uint32_t)rows;
}

void dkg_initial_image(const uint8_t *gen, const uint8_t *initial, uint64_t z, uint32_t j, uint32_t rows, uint8_t *out)
{
    size_t n = (size_t)rows * ROW_BYTES;
    if (!gen) {
        memcpy(out, initial, n);
        return;
    }
    uint8_t nonce[24] = {0};
    dkg_store64(nonce, z);
    dkg_store32(nonce + 8, j);
    memcpy(nonce + 12, "GEN", 4);
    if (initial)
        crypto_stream_xchacha20_xor(out, initial, n, nonce, gen);
    else
        dkg_xstream(out, n, gen, nonce);
}
