#include "report/shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 192, CORNER = 80, PER_ROW = 8, CROP = 128, KEYS_SHOWN = 8 };

dkg_picture_volume dkg_picture_of_planes(const dkg_shape *s, const uint8_t *samples)
{
    return (dkg_picture_volume){.dim = {s->nx, s->ny, s->planes},
                                .step = (uint64_t)s->nx * s->ny * s->sample_bytes,
                                .datatype = s->sample_bytes == 1 ? 2 : 512,
                                .bpv = s->sample_bytes,
                                .voxels = samples,
                                .spacing = {1, 1, 1}};
}

void dkg_record_slices(dkg_record *r, const char *subject, const dkg_picture_volume *v)
{
    static const struct {
        const char *name;
        int across, down;
    } of[3] = {{"axial", 0, 1}, {"coronal", 0, 2}, {"sagittal", 1, 2}};
    uint8_t *pixels = malloc(SIDE * SIDE);
    if (!pixels) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        char caption[80], alt[160];
        memset(pixels, 32, SIDE * SIDE);
        dkg_picture_slice(v, of[i].across, of[i].down, SIDE, pixels, SIDE);
        (void)snprintf(caption, sizeof caption, "%.40s, %s", subject, of[i].name);
        (void)snprintf(alt, sizeof alt, "%s slice through the middle of the %.40s volume", of[i].name, subject);
        dkg_record_picture(r, "F1", subject, caption, alt, pixels, SIDE, SIDE, 1);
    }
    free(pixels);
}

void dkg_record_bit_planes(dkg_record *r, const char *subject, const uint8_t *plane, const dkg_shape *s)
{
    uint32_t rows = (s->bits + PER_ROW - 1u) / PER_ROW, width = PER_ROW * (CORNER + 4), height = rows * (CORNER + 4);
    uint8_t *pixels = dkg_calloc(height, width);
    char caption[80], alt[160];
    if (!pixels) {
        r->failed = true;
        return;
    }
    memset(pixels, 128, (size_t)width * height);
    for (uint32_t k = 0; k < s->bits; k++) {
        uint32_t left = k % PER_ROW * (CORNER + 4) + 2, top = k / PER_ROW * (CORNER + 4) + 2, bit = s->bits - 1u - k;
        for (uint32_t y = 0; y < CORNER && y < s->ny; y++)
            for (uint32_t x = 0; x < CORNER && x < s->nx; x++) {
                size_t at = ((size_t)y * s->nx + x) * s->sample_bytes;
                unsigned v = s->sample_bytes == 2 ? dkg_load16(plane + at) : plane[at];
                pixels[(size_t)(top + y) * width + left + x] = v >> bit & 1 ? 255 : 0;
            }
    }
    (void)snprintf(caption, sizeof caption, "%.40s, bits %u to 0", subject, s->bits - 1u);
    (void)snprintf(alt, sizeof alt, "The %u bit planes of a corner of the middle slice, %.40s, black and white", s->bits, subject);
    dkg_record_picture(r, "F5", subject, caption, alt, pixels, width, height, 1);
    free(pixels);
}

void dkg_record_keys(dkg_record *r, const uint8_t *keys, size_t count)
{
    json_t *object = dkg_record_object(r, "keys"), *matrix = json_array();
    uint8_t *pixels = malloc((size_t)3 * CROP * CROP);
    double least = 100;
    if (!pixels) r->failed = true;
    for (size_t i = 0; pixels && i < count && i < KEYS_SHOWN; i++) {
        char caption[80], alt[120];
        size_t from = (DKG_KEY_ROWS - CROP) / 2;
        for (size_t y = 0; y < CROP; y++)
            memcpy(pixels + y * CROP * 3, keys + i * DKG_KEY_BYTES + ((from + y) * DKG_KEY_WIDTH + from) * 3, CROP * 3);
        (void)snprintf(caption, sizeof caption, "key %zu, middle %d x %d", i + 1, CROP, CROP);
        (void)snprintf(alt, sizeof alt, "Middle of key image %zu of a demonstration: coloured noise", i + 1);
        dkg_record_picture(r, "F6", "key", caption, alt, pixels, CROP, CROP, 3);
    }
    for (size_t i = 0; i < count; i++) {
        json_t *row = json_array();
        for (size_t k = 0; k < count; k++) {
            double percent = 100.0 * (double)dkg_hamming(keys + i * DKG_KEY_BYTES, keys + k * DKG_KEY_BYTES, DKG_KEY_BYTES) / (8.0 * DKG_KEY_BYTES);
            if (k != i && percent < least) least = percent;
            if (json_array_append_new(row, json_real(percent)) != 0) r->failed = true;
        }
        if (json_array_append_new(matrix, row) != 0) r->failed = true;
    }
    dkg_record_integer(r, object, "count", count);
    if (count > 1) dkg_record_number(r, object, "distanceMin", least);
    dkg_record_set(r, object, "distances", matrix);
    free(pixels);
}
