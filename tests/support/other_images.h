/* Images of other formats made byte by byte, without the code under test. */
#ifndef DKG_TEST_OTHER_IMAGES_H
#define DKG_TEST_OTHER_IMAGES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support.h"

/* JPEG 2000 code stream, reversible wavelet, made with OpenJPEG: 64 x 64 x uint16, voxel (x, y) is 64 x + 16 y. */
static const char jpeg2000_hex[] =
    "ff4fff5100290000000000400000004000000000000000000000004000000040000000000000000000010f0101ff52000c00000001000504040001ff"
    "5c00134080888890888890888890888890888890ff640025000143726561746564206279204f70656e4a5045472076657273696f6e20312e322e30ff"
    "90000a00000000008f0001ff93dff88058078157584006ee9053191fc07f009007de080d02062d0b3d851fc03f207801f78300221a085d6dd06d037f"
    "dd5233b7c01f9054007d812036a199ae63a362e5a59b3da6345b10dc5c3a14c00fbc2e001f48b05fa7c788a00db07906612f9dac294100c318060c85"
    "18c007d80d0007cc1c8b6201aba903e18d62a77fd87fffd9";

static inline void write_hex(const char *path, const char *hex)
{
    size_t n = strlen(hex) / 2;
    uint8_t bytes[1024];
    ck_assert_uint_le(n, sizeof bytes);
    for (size_t i = 0; i < n; i++) {
        unsigned byte;
        ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (uint8_t)byte;
    }
    ck_ok(dkg_file_write(path, 0, bytes, n, err));
}

/* A text header and what follows it. */
static inline void write_text_and(const char *path, const char *text, const void *bytes, size_t n)
{
    dkg_buffer b = {0};
    dkg_append(&b, text, strlen(text));
    if (n) dkg_append(&b, bytes, n);
    ck_assert(!b.failed);
    ck_ok(dkg_file_write(path, DKG_OUTPUT_REPLACE, b.bytes, b.size, err));
    dkg_buffer_free(&b);
}

/* ---- DICOM, explicit little-endian (PS3.5, section 7.1.2) ---- */
static inline void dicom_element(dkg_buffer *b, unsigned group, unsigned element, const char *vr, const void *value, size_t n)
{
    uint8_t head[12] = {0};
    bool wide = strcmp(vr, "OB") == 0 || strcmp(vr, "OW") == 0;
    size_t even = n + (n & 1);
    dkg_store16(head, (uint16_t)group);
    dkg_store16(head + 2, (uint16_t)element);
    memcpy(head + 4, vr, 2);
    if (wide)
        dkg_store32(head + 8, (uint32_t)even);
    else
        dkg_store16(head + 6, (uint16_t)even);
    dkg_append(b, head, wide ? 12 : 8);
    dkg_append(b, value, n);
    if (n & 1) dkg_append(b, strcmp(vr, "UI") == 0 || wide ? "\0" : " ", 1);
}

static inline void dicom_text(dkg_buffer *b, unsigned group, unsigned element, const char *vr, const char *text)
{
    dicom_element(b, group, element, vr, text, strlen(text));
}

static inline void dicom_short(dkg_buffer *b, unsigned group, unsigned element, unsigned value)
{
    uint8_t bytes[2];
    dkg_store16(bytes, (uint16_t)value);
    dicom_element(b, group, element, "US", bytes, 2);
}

/* One axial MR slice, 4 x 3 int16 at (10, 20, z) mm of LPS, pixels 2 mm (rows) and 0.5 mm (columns) apart. */
static inline void write_dicom(const char *path, int series, int instance, double z, const int16_t voxels[12])
{
    static const char mr[] = "1.2.840.10008.5.1.4.1.1.4";
    char uid[64], position[64], text[16];
    dkg_buffer meta = {0}, b = {0};
    uint8_t length[4], preamble[128] = {0};
    snprintf(uid, sizeof uid, "1.2.826.0.1.3680043.2.1.%d.%d", series, instance);
    dicom_element(&meta, 2, 1, "OB", "\0\1", 2);
    dicom_text(&meta, 2, 2, "UI", mr);
    dicom_text(&meta, 2, 3, "UI", uid);
    dicom_text(&meta, 2, 0x10, "UI", "1.2.840.10008.1.2.1");
    dkg_append(&b, preamble, sizeof preamble);
    dkg_append(&b, "DICM", 4);
    dkg_store32(length, (uint32_t)meta.size);
    dicom_element(&b, 2, 0, "UL", length, 4);
    dkg_append(&b, meta.bytes, meta.size);
    dkg_buffer_free(&meta);
    dicom_text(&b, 8, 0x16, "UI", mr);
    dicom_text(&b, 8, 0x18, "UI", uid);
    dicom_text(&b, 8, 0x60, "CS", "MR");
    dicom_text(&b, 0x10, 0x10, "PN", "Nobody^Synthetic");
    dicom_text(&b, 0x20, 0xd, "UI", "1.2.826.0.1.3680043.2.1");
    snprintf(uid, sizeof uid, "1.2.826.0.1.3680043.2.1.%d", series);
    dicom_text(&b, 0x20, 0xe, "UI", uid);
    snprintf(text, sizeof text, "%d", instance);
    dicom_text(&b, 0x20, 0x13, "IS", text);
    snprintf(position, sizeof position, "10\\20\\%g", z);
    dicom_text(&b, 0x20, 0x32, "DS", position);
    dicom_text(&b, 0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0");
    dicom_short(&b, 0x28, 2, 1);
    dicom_text(&b, 0x28, 4, "CS", "MONOCHROME2");
    dicom_short(&b, 0x28, 0x10, 3);
    dicom_short(&b, 0x28, 0x11, 4);
    dicom_text(&b, 0x28, 0x30, "DS", "2\\0.5");
    dicom_short(&b, 0x28, 0x100, 16);
    dicom_short(&b, 0x28, 0x101, 16);
    dicom_short(&b, 0x28, 0x102, 15);
    dicom_short(&b, 0x28, 0x103, 1);
    dicom_element(&b, 0x7fe0, 0x10, "OW", voxels, 24);
    ck_assert(!b.failed);
    ck_ok(dkg_file_write(path, 0, b.bytes, b.size, err));
    dkg_buffer_free(&b);
}

#endif
