/* Volumes that open: every group of datatypes, mode, layout, kind of source and kind of key. */
#include <string.h>

#include "bench.h"

static void datatypes(bench *b)
{
    static const struct { const char *name, *shows; uint16_t code; } types[] = {
        {"hybrid_uint8_opens", "uint8: one plane of uint8 per slice", 2},
        {"hybrid_int8_opens", "int8: one plane of uint8 per slice", 256},
        {"hybrid_int16_opens", "int16: one plane of uint16 per slice", 4},
        {"hybrid_uint16_opens", "uint16: one plane of uint16 per slice", 512},
        {"hybrid_rgb24_opens", "RGB24: three planes of uint8 per slice", 128},
        {"hybrid_rgba32_opens", "RGBA32: two planes of uint16 per slice", 2304},
        {"hybrid_int32_opens", "int32: two planes of uint16 per slice", 8},
        {"hybrid_uint32_opens", "uint32: two planes of uint16 per slice", 768},
        {"hybrid_float32_opens", "float32 of random bits, NaN payloads included: two planes of uint16 per slice", 16},
        {"hybrid_int64_opens", "int64: four planes of uint16 per slice", 1024},
        {"hybrid_uint64_opens", "uint64: four planes of uint16 per slice", 1280},
        {"hybrid_float64_opens", "float64: four planes of uint16 per slice", 64},
        {"hybrid_complex64_opens", "complex64: four planes of uint16 per slice", 32},
        {"hybrid_float128_opens", "float128: eight planes of uint16 per slice", 1536},
        {"hybrid_complex128_opens", "complex128: eight planes of uint16 per slice", 1792},
        {"hybrid_complex256_opens", "complex256: sixteen planes of uint16 per slice", 2048},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        END(BEGIN(types[i].name, types[i].shows, .datatype = types[i].code, .slices = 2), .exit = 0);
    END(BEGIN("hybrid_int16_in_uint8_carrier_opens", "a writer may force one carrier byte per voxel: int16 in two planes of uint8",
              .forced_uint8 = true), .exit = 0);
    END(BEGIN("hybrid_float32_in_uint8_carrier_opens", "float32 in four planes of uint8", .datatype = 16, .slices = 2,
              .forced_uint8 = true), .exit = 0);
}

static void modes_and_layouts(bench *b)
{
    END(BEGIN("aead_int16_opens", "mode 2, without a generator: gcheck is zero", .mode = DKG_MODE_AEAD), .exit = 0);
    END(BEGIN("paper_int16_opens", "mode 0x7F, asked for: XOR with the generator's key alone", .mode = DKG_MODE_PAPER), .exit = 0);
    END(BEGIN("paper_fixed_image_opens", "mode 0x7F with flag bit 2: every slice has the same key", .mode = DKG_MODE_PAPER,
              .fixed_image = true), .exit = 0);
    END(BEGIN("hybrid_stream_layout_opens", "stream layout: shape and type only in the sealed metadata", .stream = true), .exit = 0);
    draft *d = BEGIN("stream_layout_of_small_slices_opens", "stream layout: nx, ny and S are free, zeros follow the data", .stream = true);
    draft_reshape(d, 11, 7, 5);
    END(d, .exit = 0);
    END(BEGIN("paper_stream_layout_opens", "stream layout in paper mode", .mode = DKG_MODE_PAPER, .stream = true), .exit = 0);
    END(BEGIN("one_slice_opens", "a 2-D image is one slice", .slices = 1), .exit = 0);
    END(BEGIN("one_row_opens", "a 1-D file is one row", .nx = 97, .ny = 1, .slices = 1), .exit = 0);
    END(BEGIN("one_voxel_planes_open", "planes of one voxel", .mode = DKG_MODE_AEAD, .nx = 1, .ny = 1, .slices = 2, .datatype = 4), .exit = 0);
    END(BEGIN("rows_equal_planes_opens", "as many rows as planes: the trailer alone cannot tell y from z", .mode = DKG_MODE_AEAD,
              .nx = 120, .ny = 5, .slices = 1, .datatype = 2), .exit = 0);
    END(BEGIN("last_block_of_76_rows_opens", "a block of more than 64 rows: H = 4 * ceil(L / 3072)", .nx = 64, .ny = 57, .slices = 1,
              .datatype = 1792), .exit = 0);
    END(BEGIN("two_generator_blocks_open", "a slice longer than one generator block: 256 rows and 64 rows", .nx = 64, .ny = 97,
              .slices = 1, .datatype = 2048), .exit = 0);
    END(BEGIN("nifti2_carrier_opens", "a carrier with a NIfTI-2 header", .nifti2 = true), .exit = 0);
}

static void sources(bench *b)
{
    END(BEGIN("pair_source_opens", "a .hdr/.img pair with bytes before the voxels (IMGHEAD)", .pair = true), .exit = 0);
    END(BEGIN("pair_source_with_tail_opens", "a pair with bytes after the voxels", .pair = true, .tail = true), .exit = 0);
    END(BEGIN("source_tail_opens", "bytes after the voxels (TAIL)", .tail = true), .exit = 0);
    END(BEGIN("big_endian_source_opens", "a big-endian source: bytes stay in file order", .big_endian = true), .exit = 0);
    END(BEGIN("nifti2_source_opens", "a NIfTI-2 source", .nifti2_source = true), .exit = 0);
    END(BEGIN("gzipped_source_opens", "a source that was gzipped", .gzipped = true), .exit = 0);
    END(BEGIN("name_and_note_open", "metadata with NAME and NOTE", .source_name = "brain.nii", .note = "a note for people"), .exit = 0);
}

static void keys(bench *b)
{
    draft *d;
    END(BEGIN("second_recipient_opens", "two X25519 slots, opened by the second", .bob = true), .exit = 0, .keys = BOB);
    END(BEGIN("all_slot_kinds_open", "X25519, key-file and passphrase slot and a signature", .bob = true, .keyfile = true,
              .passphrase = true, .signed_ = true), .exit = 0);
    END(BEGIN("keyfile_slot_opens", "opened by the key file", .keyfile = true), .exit = 0, .keys = KEY_ONE);
    END(BEGIN("passphrase_slot_opens", "opened by the passphrase, at the least cost writers use", .passphrase = true), .exit = 0,
        .keys = NO_KEYS, .passphrase = PASSPHRASE);
    END(BEGIN("key_factor_opens", "the key file as second factor: kf32 and I0", .factor = true), .exit = 0);
    END(BEGIN("key_factor_without_generator_opens", "the second factor in mode 2", .mode = DKG_MODE_AEAD, .factor = true), .exit = 0);
    d = BEGIN("key_factor_and_passphrase_open", "the second factor with a passphrase slot", .factor = true);
    slots_clear(d);
    slot_add_passphrase(d, PASSPHRASE, 1, 8);
    END(d, .exit = 0, .keys = KEY_ONE, .passphrase = PASSPHRASE);
    END(BEGIN("signature_of_wanted_signer_opens", "a signature by the signer asked for", .signed_ = true), .exit = 0, .signers = SIGNER);
    END(BEGIN("signature_unasked_opens", "a valid signature nobody asked for", .signed_ = true), .exit = 0);
    d = BEGIN("passphrase_after_wrong_passphrase_slot_opens", "the second passphrase slot fits", PLAIN);
    slots_clear(d);
    slot_add_passphrase(d, "another passphrase", 1, 8);
    slot_add_passphrase(d, PASSPHRASE, 1, 8);
    END(d, .exit = 0, .keys = NO_KEYS, .passphrase = PASSPHRASE);
    d = BEGIN("rekeyed_volume_opens", "epoch 1 with a new recipient over the same core", PLAIN);
    slots_clear(d);
    slot_add_x25519(d, &b->bob);
    core(d)[DKG_AT_EPOCH] = 1;
    END(d, .exit = 0, .keys = BOB);
    d = BEGIN("highest_epoch_opens", "an epoch of 2^64 - 1", PLAIN);
    memset(core(d) + DKG_AT_EPOCH, 0xFF, 8);
    END(d, .exit = 0);
    d = BEGIN("higher_minor_version_opens", "a higher minor version is read", PLAIN);
    core(d)[10] = 7;
    END(d, .exit = 0);
}

void cases_open(bench *b)
{
    datatypes(b);
    modes_and_layouts(b);
    sources(b);
    keys(b);
}
