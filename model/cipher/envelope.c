/* cipher/envelope.c - reading and authenticating the envelope (docs/volume-format.md, sections 5 and 6). */
#include "cipher/envelope.h"

#include <string.h>

#include "cipher/schedule.h"
#include "cipher/slots.h"

static const char MAGIC[8] = {'D', 'K', 'G', '1', 'E', 'N', 'V', 0};

const char *dkg_mode_name(dkg_mode mode)
{
    return mode == DKG_MODE_HYBRID ? "hybrid" : mode == DKG_MODE_AEAD ? "aead" : "paper-not-secure";
}

uint64_t dkg_envelope_size(uint64_t slots, uint64_t sealed, uint64_t slices)
{
    return DKG_HEAD_BYTES + slots + sealed + DKG_ENTRY_BYTES * slices;
}

void dkg_envelope_checksum(const uint8_t *bytes, uint64_t size, uint8_t out[32])
{
    DKG_B2(out, 32, NULL, {bytes, DKG_AT_CHECKSUM}, {bytes + DKG_AT_SLOTS, (size_t)size - DKG_AT_SLOTS});
}

bool dkg_envelope_peek(const uint8_t head[DKG_HEAD_BYTES], uint32_t nx, uint32_t ny, uint8_t cb, uint64_t *planes, uint64_t *size)
{
    uint16_t bpv = dkg_load16(head + DKG_AT_BPV);
    if (memcmp(head, MAGIC, 8) != 0 || head[DKG_AT_CB] != cb || bpv == 0 || bpv % cb) return false;
    if (dkg_load32(head + DKG_AT_NX) != nx || dkg_load32(head + DKG_AT_NY) != ny) return false;
    *planes = (uint64_t)dkg_load32(head + DKG_AT_SLICES) * (uint64_t)(bpv / cb);
    *size = dkg_load32(head + DKG_AT_SIZE);
    return *planes > 0 && *size >= DKG_HEAD_BYTES;
}

/* Versions and algorithms first: what else a future envelope holds cannot be judged here. */
static dkg_status check_algorithms(const uint8_t *b, dkg_error *err)
{
    uint8_t mode = b[DKG_AT_MODE], aead = b[DKG_AT_AEAD], kdf = b[DKG_AT_KDF];
    if (memcmp(b, MAGIC, 8) != 0) return dkg_fail(err, DKG_ENVELOPE, "the envelope does not begin with DKG1ENV");
    if (dkg_load16(b + 8) != 1)
        return dkg_fail(err, DKG_ENVELOPE, "format version %u is not supported, only version 1", dkg_load16(b + 8));
    if (mode != DKG_MODE_HYBRID && mode != DKG_MODE_AEAD && mode != DKG_MODE_PAPER)
        return dkg_fail(err, DKG_ENVELOPE, "mode %u is not supported", mode);
    uint8_t wanted = mode == DKG_MODE_PAPER ? 0 : 1;
    if (aead != wanted) return dkg_fail(err, DKG_ENVELOPE, "AEAD algorithm %u is not supported in mode %u", aead, mode);
    if (kdf != wanted) return dkg_fail(err, DKG_ENVELOPE, "key derivation %u is not supported in mode %u", kdf, mode);
    return DKG_OK;
}

static dkg_status check_reserved(const uint8_t *b, const dkg_envelope *e, dkg_error *err)
{
    bool paper = e->mode == DKG_MODE_PAPER;
    uint32_t allowed = paper ? DKG_FLAG_STREAM | DKG_FLAG_FIXED_IMAGE : DKG_FLAG_FACTOR | DKG_FLAG_STREAM;
    if (e->flags & ~allowed) return dkg_fail(err, DKG_ENVELOPE, "flags 0x%x are not supported in mode %d", e->flags, e->mode);
    if (!dkg_is_zero(b + DKG_AT_ZERO, 4) || !dkg_is_zero(b + DKG_AT_MUTABLE_ZERO, 16))
        return dkg_fail(err, DKG_ENVELOPE, "a reserved byte of the envelope is not zero");
    if (e->mode == DKG_MODE_AEAD && !dkg_is_zero(b + DKG_AT_FINGERPRINT, 16))
        return dkg_fail(err, DKG_ENVELOPE, "the envelope names a model although its mode has none");
    if (paper && (!dkg_is_zero(b + DKG_AT_COMMITMENT, 32) || !dkg_is_zero(b + DKG_AT_CORE_MAC, 64)))
        return dkg_fail(err, DKG_ENVELOPE, "a paper-mode envelope holds a commitment or a MAC");
    return DKG_OK;
}

static dkg_status check_sizes(const uint8_t *b, dkg_envelope *e, dkg_error *err)
{
    uint32_t nx = dkg_load32(b + DKG_AT_NX), ny = dkg_load32(b + DKG_AT_NY), slices = dkg_load32(b + DKG_AT_SLICES);
    uint32_t sealed = dkg_load32(b + DKG_AT_SEALED_SIZE), slots = dkg_load32(b + DKG_AT_SLOTS_SIZE);
    uint32_t block = dkg_load32(b + DKG_AT_BLOCK), wanted = e->mode == DKG_MODE_AEAD ? 0 : DKG_KEY_BYTES;
    uint16_t bpv = dkg_load16(b + DKG_AT_BPV);
    bool stream = e->flags & DKG_FLAG_STREAM;
    if (stream ? e->datatype != 0 || bpv != 1 : bpv == 0 || dkg_type_bytes(e->datatype) != bpv)
        return dkg_fail(err, DKG_ENVELOPE, "datatype %u with %u bytes per voxel is not supported%s", e->datatype, bpv,
                        stream ? " in stream layout" : "");
    if (!dkg_shape_make(nx, ny, slices, bpv, b[DKG_AT_CB], &e->shape))
        return dkg_fail(err, DKG_ENVELOPE, "%u slices of %u x %u with %u bytes per voxel in %u-byte voxels are out of range", slices,
                        nx, ny, bpv, b[DKG_AT_CB]);
    if (block != wanted) return dkg_fail(err, DKG_ENVELOPE, "generator block of %u bytes, must be %u", block, wanted);
    if (sealed < DKG_SEALED_MIN || sealed > DKG_SEALED_MAX || sealed % 512 != 16)
        return dkg_fail(err, DKG_ENVELOPE, "sealed metadata of %u bytes, must be 16 more than a multiple of 512", sealed);
    if (e->mode == DKG_MODE_PAPER ? slots != 0 : slots < DKG_SLOTS_STEP || slots > DKG_SLOTS_MAX || slots % DKG_SLOTS_STEP)
        return dkg_fail(err, DKG_ENVELOPE, "slots of %u bytes in mode %d", slots, e->mode);
    if (dkg_envelope_size(slots, sealed, slices) != e->size || dkg_load32(b + DKG_AT_SIZE) != e->size)
        return dkg_fail(err, DKG_ENVELOPE, "the parts of the envelope do not add up to its %llu bytes", (unsigned long long)e->size);
    e->slots = (dkg_bytes){b + DKG_AT_SLOTS, slots};
    e->sealed = (dkg_bytes){b + DKG_AT_SLOTS + slots, sealed};
    e->table = e->sealed.at + sealed;
    return DKG_OK;
}

/* Mode 2 has no generator to check: its gchecks are zero. */
static dkg_status check_table(const dkg_envelope *e, dkg_error *err)
{
    if (e->mode != DKG_MODE_AEAD) return DKG_OK;
    for (uint32_t z = 0; z < e->shape.slices; z++)
        if (!dkg_is_zero(e->table + (size_t)z * DKG_ENTRY_BYTES + DKG_TAG_BYTES, DKG_TAG_BYTES))
            return dkg_fail(err, DKG_ENVELOPE, "the key check of slice %u is not zero although its mode has no generator", z);
    return DKG_OK;
}

dkg_status dkg_envelope_parse(dkg_bytes bytes, dkg_envelope *out, dkg_error *err)
{
    const uint8_t *b = bytes.at;
    dkg_envelope e = {.bytes = b, .size = bytes.size};
    memset(out, 0, sizeof *out);
    if (bytes.size < DKG_HEAD_BYTES) return dkg_fail(err, DKG_ENVELOPE, "an envelope of %zu bytes is too short", bytes.size);
    dkg_status status = check_algorithms(b, err);
    if (status != DKG_OK) return status;
    e.mode = (dkg_mode)b[DKG_AT_MODE];
    e.flags = dkg_load32(b + DKG_AT_FLAGS);
    e.datatype = dkg_load16(b + DKG_AT_DATATYPE);
    e.epoch = dkg_load64(b + DKG_AT_EPOCH);
    e.salt = b + DKG_AT_SALT;
    e.core_mac = b + DKG_AT_CORE_MAC;
    e.slots_mac = b + DKG_AT_SLOTS_MAC;
    if ((status = check_reserved(b, &e, err)) != DKG_OK) return status;
    if ((status = check_sizes(b, &e, err)) != DKG_OK) return status;
    if ((status = check_table(&e, err)) != DKG_OK) return status;
    if (e.slots.size) {
        dkg_slots_info slots;
        if ((status = dkg_slots_parse(e.slots, &slots, err)) != DKG_OK) return status;
    }
    *out = e;
    return DKG_OK;
}

void dkg_envelope_core_mac(const dkg_envelope *e, const uint8_t key[32], uint8_t out[32])
{
    DKG_B2(out, 32, key, {e->bytes, DKG_CORE_BYTES}, {e->sealed.at, e->sealed.size},
           {e->table, (size_t)e->shape.slices * DKG_ENTRY_BYTES});
}

void dkg_envelope_slots_mac(const dkg_envelope *e, const uint8_t key[32], uint8_t out[32])
{
    DKG_B2(out, 32, key, {e->core_mac, 32}, {e->bytes + DKG_AT_SIZE, 32}, {e->slots.at, e->slots.size});
}

void dkg_core_digest(const uint8_t core[DKG_CORE_BYTES], uint8_t hd[32])
{
    DKG_B2(hd, 32, NULL, {core, DKG_CORE_BYTES});
}
