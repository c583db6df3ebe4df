/* Slices: damage, exactly named; salvage; one slice alone; and a generator that does not reproduce its keys. */
#include <string.h>

#include "bench.h"

static size_t slice(const draft *d) { return (size_t)d->shape.slice; }

static void damage(bench *b)
{
    char name[96], number[2] = "0";
    for (int z = 0; z < 3; z++) {
        number[0] = (char)('0' + z);
        snprintf(name, sizeof name, "bit_of_slice_%d_flipped_names_slice_%d", z, z);
        draft *d = BEGIN(name, "one bit of the ciphertext", PLAIN);
        voxels(d)[(size_t)z * slice(d) + 31] ^= (uint8_t)(1 << z);
        END(d, .exit = 5, .damaged = number);
        snprintf(name, sizeof name, "tag_of_slice_%d_flipped_names_slice_%d", z, z);
        d = BEGIN(name, "one bit of a tag under right MACs", PLAIN);
        d->wrong_tag = z;
        END(d, .exit = 5, .damaged = number);
    }
    draft *d = BEGIN("bit_of_aead_slice_flipped_names_it", "mode 2", .mode = DKG_MODE_AEAD);
    voxels(d)[2 * slice(d) - 1] ^= 0x80;
    END(d, .exit = 5, .damaged = "1");
    d = BEGIN("bit_of_paper_slice_flipped_names_it", "paper mode finds accidents by keyless sums", .mode = DKG_MODE_PAPER);
    voxels(d)[2 * slice(d)] ^= 1;
    END(d, .exit = 5, .damaged = "2");
    d = BEGIN("bit_of_last_plane_of_slice_flipped_names_it", "float64: a slice is four planes", .datatype = 64);
    voxels(d)[slice(d) - 1] ^= 1;
    END(d, .exit = 5, .damaged = "0");
    d = BEGIN("slices_swapped_names_both", "slices 0 and 2 changed places", BARE);
    uint8_t kept[96];
    must(slice(d) == sizeof kept);
    memcpy(kept, voxels(d), sizeof kept);
    memcpy(voxels(d), voxels(d) + 2 * sizeof kept, sizeof kept);
    memcpy(voxels(d) + 2 * sizeof kept, kept, sizeof kept);
    END(d, .exit = 5, .damaged = "0 2");
    d = BEGIN("slice_doubled_names_the_copy", "slice 1 stands where slice 2 was", BARE);
    memcpy(voxels(d) + 2 * slice(d), voxels(d) + slice(d), slice(d));
    END(d, .exit = 5, .damaged = "2");
    d = BEGIN("slice_of_other_volume_names_it", "slice 1 of another volume of the same keys", BARE);
    draft *other = BEGIN("volume of the other slice", "", BARE);
    memcpy(voxels(d) + slice(d), voxels(other) + slice(d), slice(d));
    draft_free(other);
    END(d, .exit = 5, .damaged = "1");
    d = BEGIN("all_slices_zeroed_names_all", "nothing is left of the ciphertext", BARE);
    memset(voxels(d), 0, 3 * slice(d));
    END(d, .exit = 5, .damaged = "0 1 2");
    d = BEGIN("slab_of_other_volume_names_all_slices", "ciphertext under the slab of another volume of the same keys", BARE);
    other = BEGIN("volume of the other slab", "", BARE);
    memcpy(voxels(d), voxels(other), 3 * slice(d));
    draft_free(other);
    END(d, .exit = 5, .damaged = "0 1 2");
    d = BEGIN("stream_slice_damaged_names_it", "stream layout: slices are those of the carrier", .stream = true);
    draft_reshape(d, 11, 7, 4);
    voxels(d)[77] ^= 1;
    END(d, .exit = 5, .damaged = "1");
}

static void parts(bench *b)
{
    draft *d = BEGIN("salvage_zeroes_the_damaged_slice", "whole slices come out, the damaged one is zeros", PLAIN);
    voxels(d)[slice(d)] ^= 1;
    END(d, .exit = 5, .damaged = "1", .salvage = true);
    d = BEGIN("salvage_of_paper_mode_zeroes_the_damaged_slice", "paper mode", .mode = DKG_MODE_PAPER);
    voxels(d)[0] ^= 1;
    END(d, .exit = 5, .damaged = "0", .salvage = true);
    d = BEGIN("salvage_of_aead_with_all_slices_damaged_is_zeros", "only header and zeros come out", .mode = DKG_MODE_AEAD);
    memset(voxels(d), 1, 3 * slice(d));
    END(d, .exit = 5, .damaged = "0 1 2", .salvage = true);
    END(BEGIN("salvage_of_whole_volume_opens", "salvage finds nothing to do", PLAIN), .exit = 0, .salvage = true);
    END(BEGIN("slice_2_alone_opens", "one slice of a whole volume", PLAIN), .exit = 0, .slice = 3);
    d = BEGIN("slice_1_opens_while_slice_0_is_damaged", "one slice, another is damaged", PLAIN);
    voxels(d)[5] ^= 1;
    END(d, .exit = 0, .slice = 2);
    d = BEGIN("slice_0_alone_is_damaged", "the slice asked for is the damaged one", PLAIN);
    voxels(d)[5] ^= 1;
    END(d, .exit = 5, .damaged = "0", .slice = 1);
}

static void generator(bench *b)
{
    draft *d = BEGIN("generator_bit_differs_exit_6", "gcheck of slice 1 is of another key, its tag covers it", PLAIN);
    d->wrong_gcheck = 1;
    END(d, .exit = 6);
    d = BEGIN("generator_bit_differs_in_tall_block_exit_6", "gcheck of a slice of a tall block", .nx = 64, .ny = 57, .slices = 1,
              .datatype = 1792);
    d->wrong_gcheck = 0;
    END(d, .exit = 6);
    d = BEGIN("salvage_does_not_pass_a_wrong_generator", "salvage skips no other check", PLAIN);
    d->wrong_gcheck = 2;
    END(d, .exit = 6, .salvage = true);
    d = BEGIN("gcheck_nonzero_in_aead_is_refused", "mode 2: gcheck is 16 zeros; another one, under right tag and MACs", .mode = DKG_MODE_AEAD);
    d->wrong_gcheck = 0;
    END(d, .exit = 4);
    END(BEGIN("other_model_does_not_fit", "the reader has only another model", PLAIN), .exit = 6, .model = 2);
    END(BEGIN("other_model_does_not_fit_in_paper", "paper mode, the reader has only another model", .mode = DKG_MODE_PAPER), .exit = 6,
        .model = 2);
    END(BEGIN("aead_opens_without_the_model", "mode 2 needs no model", .mode = DKG_MODE_AEAD), .exit = 0, .model = 2);
    d = BEGIN("wrong_gcheck_of_damaged_slice_names_the_slice", "tags come before the generator", PLAIN);
    d->wrong_gcheck = 1;
    voxels(d)[slice(d)] ^= 1;
    END(d, .exit = 5, .damaged = "1");
}

void cases_slices(bench *b)
{
    damage(b);
    parts(b);
    generator(b);
}
