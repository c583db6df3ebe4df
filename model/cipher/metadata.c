/* cipher/metadata.c - writing, sealing and checking the metadata list (docs/volume-format.md, section 5). */
#include "cipher/metadata.h"

#include <sodium.h>
#include <string.h>

#include "cipher/schedule.h"

enum { GEOM = 1, HEAD, HASH, MODEL, NAME, NOTE, TAIL, IMGHEAD, KEYID, KNOWN_END };
enum { GEOM_BYTES = 32, ENTRY_HEAD = 8, PAD = 512, REFUSE_UNKNOWN = 0x8000 };

bool dkg_kind_ok(uint8_t kind, uint8_t nifti_version)
{
    if (kind == DKG_KIND_FILE) return nifti_version == 0;
    return (kind == DKG_KIND_SINGLE || kind == DKG_KIND_PAIR) && (nifti_version == 1 || nifti_version == 2);
}

/* The entries of m by type; at NULL: absent. */
static void entries_of(const dkg_metadata *m, uint8_t geom[GEOM_BYTES], dkg_bytes entry[KNOWN_END])
{
    static const uint8_t empty[1] = {0};
    memset(geom, 0, GEOM_BYTES);
    geom[0] = m->kind;
    geom[1] = m->nifti_version;
    geom[2] = m->big_endian;
    geom[3] = m->gzipped;
    dkg_store16(geom + 4, m->datatype);
    dkg_store16(geom + 6, m->bpv);
    dkg_store64(geom + 8, m->data_offset);
    dkg_store64(geom + 16, m->data_bytes);
    memset(entry, 0, KNOWN_END * sizeof *entry);
    entry[GEOM] = (dkg_bytes){geom, GEOM_BYTES};
    entry[HEAD] = (dkg_bytes){m->head.size ? m->head.at : empty, m->head.size};
    if (m->hash) entry[HASH] = (dkg_bytes){m->hash, 32};
    if (m->model) entry[MODEL] = (dkg_bytes){m->model, 32};
    if (m->name.size) entry[NAME] = m->name;
    if (m->note.size) entry[NOTE] = m->note;
    if (m->tail.size) entry[TAIL] = m->tail;
    if (m->kind == DKG_KIND_PAIR) entry[IMGHEAD] = (dkg_bytes){m->image_head.size ? m->image_head.at : empty, m->image_head.size};
    if (m->keyfile) entry[KEYID] = (dkg_bytes){m->keyfile, 16};
}

uint64_t dkg_metadata_sealed_size(const dkg_metadata *m)
{
    uint8_t geom[GEOM_BYTES];
    dkg_bytes entry[KNOWN_END];
    uint64_t size = 0;
    entries_of(m, geom, entry);
    for (size_t type = GEOM; type < KNOWN_END; type++) {
        if (!entry[type].at) continue;
        if (entry[type].size > DKG_SEALED_MAX) return 0;
        size += ENTRY_HEAD + entry[type].size;
    }
    size = (size + PAD - 1) / PAD * PAD + DKG_TAG_BYTES;
    return size <= DKG_SEALED_MAX ? size : 0;
}

void dkg_metadata_write(const dkg_metadata *m, uint8_t *out, size_t size)
{
    uint8_t geom[GEOM_BYTES];
    dkg_bytes entry[KNOWN_END];
    memset(out, 0, size);
    entries_of(m, geom, entry);
    for (size_t type = GEOM; type < KNOWN_END; type++) {
        if (!entry[type].at) continue;
        dkg_store16(out, (uint16_t)type);
        dkg_store32(out + 4, (uint32_t)entry[type].size);
        memcpy(out + ENTRY_HEAD, entry[type].at, entry[type].size);
        out += ENTRY_HEAD + entry[type].size;
    }
}

static dkg_status read_list(dkg_bytes list, dkg_bytes entry[KNOWN_END], dkg_error *err)
{
    dkg_cursor c = dkg_cursor_over(list.at, list.size);
    uint16_t last = 0;
    memset(entry, 0, KNOWN_END * sizeof *entry);
    while (c.left >= ENTRY_HEAD && dkg_load16(c.at) != 0) {
        uint16_t type = dkg_read16(&c), zero = dkg_read16(&c);
        uint32_t size = dkg_read32(&c);
        const uint8_t *body = dkg_read_bytes(&c, size);
        if (c.failed) return dkg_fail(err, DKG_ENVELOPE, "metadata entry %u of %u bytes is cut short", type, size);
        if (zero) return dkg_fail(err, DKG_ENVELOPE, "a reserved field of metadata entry %u is %u, must be 0", type, zero);
        if (type <= last) return dkg_fail(err, DKG_ENVELOPE, "metadata entry %u follows entry %u", type, last);
        if (type < KNOWN_END)
            entry[type] = (dkg_bytes){body, size};
        else if (type & REFUSE_UNKNOWN)
            return dkg_fail(err, DKG_ENVELOPE, "metadata entry %u is not supported", type);
        last = type;
    }
    if (!dkg_is_zero(c.at, c.left))
        return dkg_fail(err, DKG_ENVELOPE, "the %zu bytes after the metadata entries are not all zero", c.left);
    return DKG_OK;
}

static dkg_status check_present(const dkg_bytes entry[KNOWN_END], dkg_mode mode, uint8_t kind, dkg_error *err)
{
    static const size_t fixed[KNOWN_END] = {[GEOM] = GEOM_BYTES, [HASH] = 32, [MODEL] = 32, [KEYID] = 16};
    bool paper = mode == DKG_MODE_PAPER;
    const bool wanted[KNOWN_END] = {[GEOM] = true, [HEAD] = true, [HASH] = !paper, [MODEL] = mode != DKG_MODE_AEAD,
                                    [IMGHEAD] = kind == DKG_KIND_PAIR, [KEYID] = paper};
    for (size_t type = GEOM; type < KNOWN_END; type++) {
        bool optional = type == NAME || type == NOTE || type == TAIL;
        if (!optional && wanted[type] != (entry[type].at != NULL))
            return dkg_fail(err, DKG_ENVELOPE, "metadata entry %zu is %s", type, wanted[type] ? "missing" : "not allowed here");
        if (entry[type].at && fixed[type] && entry[type].size != fixed[type])
            return dkg_fail(err, DKG_ENVELOPE, "metadata entry %zu has %zu bytes, must have %zu", type, entry[type].size, fixed[type]);
    }
    return DKG_OK;
}

/* A name that could lead out of a folder never comes back. */
bool dkg_metadata_name_ok(dkg_bytes name)
{
    if (name.size == 1 && name.at[0] == '.') return false;
    if (name.size == 2 && name.at[0] == '.' && name.at[1] == '.') return false;
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] == '/' || name.at[i] == '\\' || name.at[i] < 0x20) return false;
    return true;
}

static dkg_status check_geometry(const uint8_t *geom, const dkg_metadata *m, const dkg_envelope *e, dkg_error *err)
{
    uint64_t capacity = e->shape.slice * e->shape.slices; /* < 2^53 */
    bool stream = e->flags & DKG_FLAG_STREAM;
    if (!dkg_kind_ok(m->kind, m->nifti_version) || geom[2] > 1 || geom[3] > 1 || !dkg_is_zero(geom + 24, 8))
        return dkg_fail(err, DKG_ENVELOPE, "the geometry entry holds kind %u, version %u, byte order %u, gzip %u or a non-zero reserve",
                        m->kind, m->nifti_version, geom[2], geom[3]);
    if (m->bpv == 0 || dkg_type_bytes(m->datatype) != m->bpv || (!stream && m->datatype != e->datatype))
        return dkg_fail(err, DKG_ENVELOPE, "sealed datatype %u of %u bytes does not agree with the envelope's %u", m->datatype, m->bpv,
                        e->datatype);
    if (stream ? m->data_bytes == 0 || m->data_bytes > capacity : m->data_bytes != capacity)
        return dkg_fail(err, DKG_ENVELOPE, "%llu bytes of source data do not agree with the %llu of the slices",
                        (unsigned long long)m->data_bytes, (unsigned long long)capacity);
    if (m->kind == DKG_KIND_FILE && (!stream || geom[2] || geom[3] || m->datatype != 2 || m->head.size || m->tail.size))
        return dkg_fail(err, DKG_ENVELOPE, "a file that is sealed whole has a layout, header or tail of a NIfTI volume");
    size_t before = m->kind == DKG_KIND_PAIR ? m->image_head.size : m->head.size;
    if (m->data_offset != before)
        return dkg_fail(err, DKG_ENVELOPE, "data offset %llu does not agree with the %zu bytes before the voxels",
                        (unsigned long long)m->data_offset, before);
    if (!dkg_metadata_name_ok(m->name)) return dkg_fail(err, DKG_ENVELOPE, "the sealed file name holds a folder or a control character");
    return DKG_OK;
}

dkg_status dkg_metadata_parse(dkg_bytes list, const dkg_envelope *envelope, dkg_metadata *out, dkg_error *err)
{
    dkg_bytes entry[KNOWN_END];
    memset(out, 0, sizeof *out);
    dkg_status status = read_list(list, entry, err);
    if (status != DKG_OK) return status;
    uint8_t kind = entry[GEOM].size ? entry[GEOM].at[0] : 0;
    if ((status = check_present(entry, envelope->mode, kind, err)) != DKG_OK) return status;
    const uint8_t *geom = entry[GEOM].at;
    dkg_metadata m = {.kind = kind, .nifti_version = geom[1], .big_endian = geom[2] != 0, .gzipped = geom[3] != 0,
                      .datatype = dkg_load16(geom + 4), .bpv = dkg_load16(geom + 6),
                      .data_offset = dkg_load64(geom + 8), .data_bytes = dkg_load64(geom + 16),
                      .head = entry[HEAD], .image_head = entry[IMGHEAD], .tail = entry[TAIL],
                      .name = entry[NAME], .note = entry[NOTE],
                      .hash = entry[HASH].at, .model = entry[MODEL].at, .keyfile = entry[KEYID].at};
    if ((status = check_geometry(geom, &m, envelope, err)) != DKG_OK) return status;
    *out = m;
    return DKG_OK;
}

enum { AD_BYTES = 40 };
static void associated_data(uint8_t ad[AD_BYTES], const uint8_t hd[32])
{
    memcpy(ad, "DKG1META", 8);
    memcpy(ad + 8, hd, 32);
}

void dkg_metadata_seal(uint8_t *sealed, size_t size, dkg_mode mode, const uint8_t key[32], const uint8_t hd[32])
{
    size_t plain = size - DKG_TAG_BYTES;
    if (mode == DKG_MODE_PAPER) {
        DKG_B2(sealed + plain, DKG_TAG_BYTES, NULL, {sealed, plain});
        return;
    }
    uint8_t ad[AD_BYTES], nonce[24];
    associated_data(ad, hd);
    dkg_nonce(nonce, 0, DKG_NONCE_METADATA);
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(sealed, sealed + plain, NULL, sealed, plain, ad, AD_BYTES, NULL, nonce, key);
}

dkg_status dkg_metadata_open(const dkg_envelope *e, const uint8_t key[32], uint8_t *out, dkg_error *err)
{
    const uint8_t *sealed = e->sealed.at;
    size_t plain = e->sealed.size - DKG_TAG_BYTES;
    if (e->mode == DKG_MODE_PAPER) {
        uint8_t sum[DKG_TAG_BYTES];
        DKG_B2(sum, sizeof sum, NULL, {sealed, plain});
        if (memcmp(sum, sealed + plain, sizeof sum) != 0)
            return dkg_fail(err, DKG_ENVELOPE, "the checksum of the metadata is wrong");
        memcpy(out, sealed, plain);
        return DKG_OK;
    }
    uint8_t hd[32], ad[AD_BYTES], nonce[24];
    dkg_core_digest(e->bytes, hd);
    associated_data(ad, hd);
    dkg_nonce(nonce, 0, DKG_NONCE_METADATA);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(out, NULL, sealed, plain, sealed + plain, ad, AD_BYTES, nonce, key))
        return dkg_fail(err, DKG_ENVELOPE, "the sealed metadata do not authenticate");
    return DKG_OK;
}
