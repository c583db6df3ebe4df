/* Volumes that are derived, not copied: one slice or time point of a source, a new volume, a source without its texts. */
#include "internal.h"

#include <nifti2_io.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Integers and one float into a header of the source's byte order. */
static void put(uint8_t *field, uint64_t value, size_t bytes, bool big_endian)
{
    for (size_t i = 0; i < bytes; i++) field[big_endian ? bytes - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

static void put_float(uint8_t *field, float value, bool big_endian)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put(field, bits, sizeof bits, big_endian);
}

enum { MOST_HEAD = DKG_NIFTI2_SIZE + 4 };

static void set_shape(uint8_t *head, const dkg_nifti_header *h, uint32_t rank)
{
    bool v1 = h->version == 1, big = h->big_endian;
    size_t dims = v1 ? offsetof(nifti_1_header, dim) : offsetof(nifti_2_header, dim), width = v1 ? 2 : 8;
    put(head + dims, rank, width, big);
    for (uint32_t d = 1; d < 8; d++) put(head + dims + d * width, d <= rank ? h->dim[d] : 1, width, big);
    if (v1) {
        memcpy(head + offsetof(nifti_1_header, magic), "n+1", 4);
        put_float(head + offsetof(nifti_1_header, vox_offset), DKG_NIFTI1_SIZE + 4, big);
    } else {
        memcpy(head + offsetof(nifti_2_header, magic), "n+2\0\r\n\032\n", 8);
        put(head + offsetof(nifti_2_header, vox_offset), DKG_NIFTI2_SIZE + 4, 8, big);
    }
}

dkg_status dkg_volume_write_part(const char *path, unsigned flags, dkg_bytes head, const dkg_nifti_header *header, uint32_t rank,
                                 dkg_bytes data, dkg_error *err)
{
    uint8_t own[MOST_HEAD] = {0};
    size_t size = header->version == 1 ? DKG_NIFTI1_SIZE : DKG_NIFTI2_SIZE;
    uint64_t want = header->bpv;
    for (uint32_t d = 1; d <= rank; d++)
        if (d > 7 || !dkg_mul(want, header->dim[d], &want)) return dkg_fail(err, DKG_INTERNAL, "a part of rank %u", (unsigned)rank);
    if (head.size < size || want != data.size)
        return dkg_fail(err, DKG_INTERNAL, "a part of rank %u takes %llu bytes, not %zu", (unsigned)rank, (unsigned long long)want, data.size);
    memcpy(own, head.at, size);
    set_shape(own, header, rank);
    return dkg_volume_write(path, flags, false, (dkg_bytes){own, size + 4}, (dkg_bytes){NULL, 0}, data, (dkg_bytes){NULL, 0}, err);
}

dkg_status dkg_volume_write_new(const char *path, unsigned flags, uint16_t datatype, uint32_t rank, const uint64_t *dim, dkg_bytes data,
                                dkg_error *err)
{
    uint8_t head[DKG_NIFTI1_SIZE + 4] = {0};
    int bytes, swap;
    nifti_datatype_sizes(datatype, &bytes, &swap);
    if (bytes <= 0) return dkg_fail(err, DKG_INTERNAL, "%s: datatype %u is none of NIfTI", path, (unsigned)datatype);
    dkg_nifti_header h = {.version = 1, .datatype = datatype, .bpv = (uint16_t)bytes, .rank = rank};
    for (uint32_t d = 1; d <= rank && d < 8; d++) {
        h.dim[d] = dim[d - 1];
        put_float(head + offsetof(nifti_1_header, pixdim) + 4 * d, 1, false);
        if (h.dim[d] < 1 || h.dim[d] > 32767)
            return dkg_fail(err, DKG_POLICY, "%s: dimension %u is %llu, NIfTI-1 holds 1..32767", path, (unsigned)d, (unsigned long long)h.dim[d]);
    }
    put(head, DKG_NIFTI1_SIZE, 4, false);
    put(head + offsetof(nifti_1_header, datatype), datatype, 2, false);
    put(head + offsetof(nifti_1_header, bitpix), 8u * h.bpv, 2, false);
    put_float(head + offsetof(nifti_1_header, pixdim), 1, false);
    put_float(head + offsetof(nifti_1_header, scl_slope), 1, false);
    head[offsetof(nifti_1_header, regular)] = 'r';
    return dkg_volume_write_part(path, flags, (dkg_bytes){head, sizeof head}, &h, rank, data, err);
}

static void clear(uint8_t *head, size_t offset, size_t size) { memset(head + offset, 0, size); }

void dkg_volume_strip_text(dkg_volume *v)
{
    /* head and image_head lie in memory that the volume owns; owned[0] begins with head, owned[1] with image_head */
    uint8_t *head = v->owned[0];
    size_t fixed = v->header.version == 1 ? DKG_NIFTI1_SIZE : DKG_NIFTI2_SIZE;
    if (v->header.version == 1) {
        clear(head, offsetof(nifti_1_header, db_name), sizeof ((nifti_1_header *)0)->db_name);
        clear(head, offsetof(nifti_1_header, descrip), sizeof ((nifti_1_header *)0)->descrip);
        clear(head, offsetof(nifti_1_header, aux_file), sizeof ((nifti_1_header *)0)->aux_file);
        clear(head, offsetof(nifti_1_header, intent_name), sizeof ((nifti_1_header *)0)->intent_name);
    } else {
        clear(head, offsetof(nifti_2_header, descrip), sizeof ((nifti_2_header *)0)->descrip);
        clear(head, offsetof(nifti_2_header, aux_file), sizeof ((nifti_2_header *)0)->aux_file);
        clear(head, offsetof(nifti_2_header, intent_name), sizeof ((nifti_2_header *)0)->intent_name);
    }
    memset(head + fixed, 0, v->head.size - fixed); /* extension flag, extensions, gap: the voxels stay where they are */
    if (v->image_head.size) memset(v->owned[1], 0, v->image_head.size);
    v->tail = (dkg_bytes){NULL, 0};
    v->header.has_text = false;
}
