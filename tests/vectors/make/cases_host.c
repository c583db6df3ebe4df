/* Carriers that other programs rewrote: turned, relabelled, rescaled; and files that are no carriers any more, or never were. */
#include <string.h>
#include <zlib.h>

#include "bench.h"

static void rewritten(bench *b)
{
    static const struct { const char *name, *shows; host h; } ways[] = {
        {"planes_reversed_opens", "the order of planes reversed, as for a left-handed affine", {.flip = {false, false, true}}},
        {"rows_and_columns_reversed_opens", "both in-plane axes flipped", {.flip = {true, true, false}}},
        {"axes_permuted_opens", "stored order z, x, y", {.axis = {2, 0, 1}}},
        {"axes_permuted_and_flipped_opens", "stored order y, z, x with two flips", {.axis = {1, 2, 0}, .flip = {true, false, true}}},
        {"signed_label_opens", "uint16 relabelled as int16", {.datatype = 4}},
        {"int32_copy_opens", "uint16 copied to int32", {.datatype = 8}},
        {"int64_copy_opens", "uint16 copied to int64", {.datatype = 1024}},
        {"float32_copy_opens", "uint16 copied to float32", {.datatype = 16}},
        {"float64_copy_opens", "uint16 copied to float64", {.datatype = 64}},
        {"big_endian_copy_opens", "big-endian header and voxels", {.big_endian = true}},
        {"big_endian_float32_copy_opens", "big-endian float32", {.big_endian = true, .datatype = 16}},
        {"offset_encoding_opens", "int16 with scl_inter 32768", {.datatype = 4, .slope = 1, .inter = 32768, .encode = true}},
        {"scaled_encoding_opens", "float32 with scl_slope 0.5", {.datatype = 16, .slope = 0.5, .encode = true}},
        {"wrong_slope_in_header_opens", "scl_slope 2, voxels as they were", {.slope = 2}},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        draft *d = BEGIN(ways[i].name, ways[i].shows, BARE);
        (void)file(d);
        host_rewrite(d, &ways[i].h);
        END(d, .exit = 0);
    }
    draft *d = BEGIN("int8_label_of_uint8_carrier_opens", "uint8 relabelled as int8", BARE, .datatype = 2);
    (void)file(d);
    host_rewrite(d, &(host){.datatype = 256});
    END(d, .exit = 0);
    d = BEGIN("rows_equal_planes_permuted_opens", "as many rows as planes, y and z exchanged", .mode = DKG_MODE_AEAD, .nx = 120, .ny = 5,
              .slices = 1, .datatype = 2);
    (void)file(d);
    host_rewrite(d, &(host){.axis = {0, 2, 1}});
    END(d, .exit = 0);
    d = BEGIN("rewritten_and_damaged_names_the_slice", "planes reversed, one bit of slice 1 flipped", BARE);
    voxels(d)[d->shape.slice + 8] ^= 4;
    (void)file(d);
    host_rewrite(d, &(host){.flip = {false, false, true}});
    END(d, .exit = 5, .damaged = "1");
    d = BEGIN("rewritten_and_trailer_damaged_is_repaired", "copies are searched for in turned voxels", BARE);
    voxels(d)[at_trailer(d) + 1] ^= 4;
    (void)file(d);
    host_rewrite(d, &(host){.axis = {1, 0, 2}, .flip = {true, false, false}});
    END(d, .exit = 0, .warning = true);
    d = BEGIN("lost_voxel_names_its_slice", "a float32 copy with a NaN in slice 2", BARE);
    (void)file(d);
    host_rewrite(d, &(host){.datatype = 16});
    memcpy(d->file.bytes + d->voxels_at + 4 * (2 * 48 + 7), "\0\0\xc0\x7f", 4);
    END(d, .exit = 5, .damaged = "2");
    d = BEGIN("voxel_off_by_a_half_names_its_slice", "a float32 copy with a value between two integers", BARE);
    (void)file(d);
    host_rewrite(d, &(host){.datatype = 16});
    memcpy(d->file.bytes + d->voxels_at + 4 * 3, "\0\0\xc0\x3f", 4);
    END(d, .exit = 5, .damaged = "0");
}

/* A gzip member of stored blocks: the same bytes with every zlib. */
static void gzip(draft *d)
{
    dkg_buffer out = {0};
    uint8_t n[8];
    static const uint8_t head[10] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255};
    must(d->file.size < 65536);
    dkg_append(&out, head, sizeof head);
    dkg_append(&out, "\x01", 1);
    dkg_store16(n, (uint16_t)d->file.size);
    dkg_store16(n + 2, (uint16_t)~d->file.size);
    dkg_append(&out, n, 4);
    dkg_append(&out, d->file.bytes, d->file.size);
    dkg_store32(n, (uint32_t)crc32(0, d->file.bytes, (unsigned)d->file.size));
    dkg_store32(n + 4, (uint32_t)d->file.size);
    dkg_append(&out, n, 8);
    dkg_buffer_free(&d->file);
    d->file = out;
}

static void compressed(bench *b)
{
    draft *d = BEGIN("gzipped_carrier_opens", "a carrier in a gzip member", BARE);
    (void)file(d);
    gzip(d);
    END(d, .exit = 0, .suffix = ".nii.gz");
    d = BEGIN("gzip_crc_wrong_is_foreign", "the gzip member's CRC", BARE);
    (void)file(d);
    gzip(d);
    d->file.bytes[d->file.size - 8] ^= 1;
    END(d, .exit = 7, .suffix = ".nii.gz");
}

static void foreign(bench *b)
{
    static const struct { const char *name, *shows; host h; } ways[] = {
        {"cropped_columns_are_foreign", "one column is gone", {.crop = {1, 0, 0}}},
        {"cropped_rows_are_foreign", "one row is gone", {.crop = {0, 1, 0}}},
        {"halved_values_are_foreign", "every value divided by two", {.divide = 2}},
        {"rgb_label_is_foreign", "no numeric scalar type", {.datatype = 128}},
        {"two_volumes_are_foreign", "dim[4] is 2", {.dim4 = 2}},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        draft *d = BEGIN(ways[i].name, ways[i].shows, BARE);
        (void)file(d);
        host_rewrite(d, &ways[i].h);
        END(d, .exit = 7);
    }
    draft *d = BEGIN("plain_volume_is_foreign", "a volume that was never encrypted", BARE);
    (void)file(d);
    for (size_t i = d->voxels_at; i < d->file.size; i++) d->file.bytes[i] = (uint8_t)i;
    END(d, .exit = 7);
    bench_add(b, "empty_file_is_foreign", "no bytes at all", (const uint8_t *)"", 0, &(expect){.exit = 7, .keys = ALICE});
    bench_add(b, "text_file_is_foreign", "no NIfTI file", (const uint8_t *)"not an image\n", 13, &(expect){.exit = 7, .keys = ALICE});
}

void cases_host(bench *b)
{
    rewritten(b);
    compressed(b);
    foreign(b);
}
