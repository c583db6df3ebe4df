/* The slab: two copies, fill and trailer; what is repaired, from which copy, and what is lost. */
#include <string.h>

#include "bench.h"

/* XORs one byte at `at` of the placed voxels. */
static void flip(draft *d, size_t at) { voxels(d)[at] ^= 0x10; }

static void copies(bench *b)
{
    static const struct { const char *part; size_t at; } parts[] = {
        {"magic", 0}, {"nx", 16}, {"salt", 60}, {"reserve", 150}, {"checksum", 255}, {"slots", 300}, {"metadata", 600}, {"table", 1130},
    };
    char name[96];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(name, sizeof name, "copy_%c_damaged_in_%s_is_repaired", i % 2 ? 'b' : 'a', parts[i].part);
        draft *d = BEGIN(name, "one copy of the envelope is enough", BARE);
        (void)voxels(d);
        flip(d, (i % 2 ? at_copy_b(d) : at_copy_a(d)) + parts[i].at);
        END(d, .exit = 0, .warning = true);
    }
    draft *d = BEGIN("copy_a_damaged_is_refused_when_strict", "a repaired volume, read strictly", BARE);
    (void)voxels(d);
    flip(d, at_copy_a(d));
    END(d, .exit = 10, .warning = true, .strict = true);
    END(BEGIN("untouched_volume_opens_when_strict", "nothing to repair", BARE), .exit = 0, .strict = true);
    d = BEGIN("both_copies_damaged_is_refused", "no intact copy, no extension", BARE);
    (void)voxels(d);
    flip(d, at_copy_a(d) + 40);
    flip(d, at_copy_b(d) + 50);
    END(d, .exit = 4);
    d = BEGIN("both_copies_damaged_is_repaired_from_extension", "the copy in the header extension", BARE, .extension = true);
    (void)voxels(d);
    flip(d, at_copy_a(d) + 40);
    flip(d, at_copy_b(d) + 50);
    END(d, .exit = 0, .warning = true);
    d = BEGIN("checksum_wrong_in_both_copies_is_refused", "the keyless sum picks no copy", BARE);
    d->keep_checksum = true;
    env(d)[DKG_AT_CHECKSUM + 3] ^= 1;
    END(d, .exit = 4);
    d = BEGIN("fill_nonzero_is_repaired", "a byte between the copies", BARE);
    (void)voxels(d);
    flip(d, at_copy_a(d) + d->env.size);
    END(d, .exit = 0, .warning = true);
    d = BEGIN("fill_nonzero_is_refused_when_strict", "a byte between the copies, read strictly", BARE);
    (void)voxels(d);
    flip(d, at_copy_b(d) - 1);
    END(d, .exit = 10, .warning = true, .strict = true);
    d = BEGIN("first_key_plane_zeroed_is_repaired", "a plane of copy A", BARE);
    memset(voxels(d) + at_copy_a(d), 0, (size_t)d->shape.plane);
    END(d, .exit = 0, .warning = true);
    d = BEGIN("last_key_plane_zeroed_is_repaired", "trailer and end of copy B", BARE);
    memset(voxels(d) + d->carrier->voxel_bytes - d->shape.plane, 0, (size_t)d->shape.plane);
    END(d, .exit = 0, .warning = true);
    d = BEGIN("slab_zeroed_is_repaired_from_extension", "no trailer, no copy, but the extension", BARE, .extension = true);
    memset(voxels(d) + at_copy_a(d), 0, d->carrier->voxel_bytes - at_copy_a(d));
    END(d, .exit = 0, .warning = true);
    d = BEGIN("slab_zeroed_is_foreign", "no trailer, no copy, no extension", BARE);
    memset(voxels(d) + at_copy_a(d), 0, d->carrier->voxel_bytes - at_copy_a(d));
    END(d, .exit = 7);
}

typedef struct poke {
    const char *name, *shows;
    size_t at, bytes;
    uint64_t value;
    int exit;
} poke;

/* Trailers with a right sum: one that disagrees with its place does not fit, and the copies are searched for. */
static void trailers(bench *b)
{
    static const poke pokes[] = {
        {"trailer_magic_wrong_is_repaired", "DKG1TRLR", 0, 1, 'X', 0},
        {"trailer_major_2_is_repaired", "an unknown version", 8, 2, 2, 0},
        {"trailer_flags_nonzero_is_repaired", "flags are zero", 10, 2, 1, 0},
        {"trailer_cb_1_is_repaired", "cb disagrees with the voxels", 12, 1, 1, 0},
        {"trailer_reserved_byte_13_nonzero_is_repaired", "reserved", 13, 1, 1, 0},
        {"trailer_reserved_byte_15_nonzero_is_repaired", "reserved", 15, 1, 1, 0},
        {"trailer_envelope_length_far_off_is_repaired", "E does not lead to K", 16, 8, 1 << 20, 0},
        {"trailer_envelope_length_near_is_refused", "E leads to K, but no copy has this length", 16, 8, 1152, 4},
        {"trailer_nx_wrong_is_repaired", "nx disagrees with the volume", 24, 4, 9, 0},
        {"trailer_ny_wrong_is_repaired", "ny disagrees with the volume", 28, 4, 7, 0},
        {"trailer_planes_wrong_is_repaired", "planes disagree with the volume", 32, 8, 29, 0},
        {"trailer_key_planes_wrong_is_repaired", "K is not the formula's", 40, 4, 24, 0},
        {"trailer_reserved_byte_44_nonzero_is_repaired", "reserved", 44, 1, 1, 0},
        {"trailer_reserved_byte_47_nonzero_is_repaired", "reserved", 47, 1, 1, 0},
    };
    for (size_t i = 0; i < sizeof pokes / sizeof *pokes; i++) {
        draft *d = BEGIN(pokes[i].name, pokes[i].shows, BARE);
        uint8_t *t = voxels(d) + at_trailer(d);
        for (size_t k = 0; k < pokes[i].bytes; k++) t[pokes[i].at + k] = (uint8_t)(pokes[i].value >> (8 * k));
        trailer_sum(d);
        END(d, .exit = pokes[i].exit, .warning = pokes[i].exit == 0);
    }
    draft *d = BEGIN("trailer_checksum_wrong_is_repaired", "the trailer's own sum", BARE);
    (void)voxels(d);
    flip(d, at_trailer(d) + 63);
    END(d, .exit = 0, .warning = true);
    d = BEGIN("trailer_damaged_is_refused_when_strict", "the trailer's own sum, read strictly", BARE);
    (void)voxels(d);
    flip(d, at_trailer(d) + 20);
    END(d, .exit = 10, .warning = true, .strict = true);
    d = BEGIN("trailer_and_copy_a_damaged_is_repaired", "copy B is searched for and found", BARE);
    (void)voxels(d);
    flip(d, at_trailer(d));
    flip(d, at_copy_a(d) + 300);
    END(d, .exit = 0, .warning = true);
}

/* An envelope of a rekeyed volume over the carrier of the first: both are genuine, only the copies differ. */
static draft *old_slab_put_back(bench *b, const char *name, const char *shows, bool new_is_copy_a)
{
    draft *d = BEGIN(name, shows, BARE);
    (void)voxels(d);
    size_t size = d->env.size;
    uint8_t *old = malloc(size);
    must(old);
    memcpy(old, d->env.bytes, size);
    d->stage = 0;
    slots_clear(d);
    slot_add_x25519(d, &b->bob);
    core(d)[DKG_AT_EPOCH] = 1;
    (void)voxels(d);
    must(d->env.size == size);
    memcpy(voxels(d) + (new_is_copy_a ? at_copy_b(d) : at_copy_a(d)), old, size);
    free(old);
    return d;
}

static void epochs(bench *b)
{
    END(old_slab_put_back(b, "higher_epoch_in_copy_b_is_tried_first", "copy A is of epoch 0, copy B of epoch 1", false), .exit = 0,
        .warning = true, .keys = BOB);
    END(old_slab_put_back(b, "higher_epoch_in_copy_a_is_tried_first", "copy A is of epoch 1, copy B of epoch 0", true), .exit = 0,
        .warning = true, .keys = BOB);
    END(old_slab_put_back(b, "lower_epoch_opens_when_the_higher_does_not", "only the slots of epoch 0 open", false), .exit = 0,
        .warning = true);
    END(old_slab_put_back(b, "differing_copies_are_refused_when_strict", "both copies intact, but not the same", false), .exit = 10,
        .warning = true, .strict = true, .keys = BOB);
    END(old_slab_put_back(b, "differing_copies_find_no_key", "neither copy opens", false), .exit = 3, .warning = true, .keys = KEY_TWO);
}

static void cuts(bench *b)
{
    draft *d = BEGIN("file_cut_inside_the_trailer_is_repaired", "the last 40 bytes of the file are gone", BARE);
    (void)file(d);
    d->file.size -= 40;
    END(d, .exit = 0, .warning = true);
    d = BEGIN("file_cut_after_copy_a_is_repaired", "copy B and trailer are gone", BARE);
    (void)file(d);
    d->file.size = d->voxels_at + at_copy_a(d) + d->env.size;
    END(d, .exit = 0, .warning = true);
    d = BEGIN("file_cut_inside_copy_a_is_foreign", "no copy is whole", BARE);
    (void)file(d);
    d->file.size = d->voxels_at + at_copy_a(d) + d->env.size - 17; /* the last 16 bytes are zero anyway */
    END(d, .exit = 7);
    d = BEGIN("last_plane_dropped_is_repaired", "a plane less, and the header knows", BARE);
    (void)file(d);
    host_rewrite(d, &(host){.crop = {0, 0, 1}});
    END(d, .exit = 0, .warning = true);
    d = BEGIN("bytes_after_the_voxels_do_not_matter", "a file that goes on after its voxels", BARE);
    (void)file(d);
    dkg_append(&d->file, "more", 4);
    END(d, .exit = 0);
}

static size_t at_envelope_text(draft *d)
{
    static const char mark[] = "\"envelope\":\"";
    for (size_t i = 0; i + sizeof mark < d->file.size; i++)
        if (memcmp(d->file.bytes + i, mark, sizeof mark - 1) == 0) return i + sizeof mark - 1;
    const bool extension_holds_an_envelope = false;
    must(extension_holds_an_envelope);
    return 0;
}

static void extensions(bench *b)
{
    END(BEGIN("extension_present_opens", "a carrier with its header extension", BARE, .extension = true), .exit = 0);
    draft *d = BEGIN("extension_damaged_does_not_matter", "the voxels are intact, the extension is not looked at", BARE, .extension = true);
    (void)file(d);
    d->file.bytes[at_envelope_text(d) + 700] ^= 2;
    END(d, .exit = 0);
    d = BEGIN("extension_stale_does_not_matter", "the extension is of another volume, the voxels are intact", BARE, .extension = true);
    draft *other = BEGIN("another volume", "", BARE, .extension = true);
    (void)file(d);
    (void)file(other);
    memcpy(d->file.bytes, other->file.bytes, d->voxels_at);
    draft_free(other);
    END(d, .exit = 0);
    d = BEGIN("extension_damaged_does_not_help", "no intact copy anywhere", BARE, .extension = true);
    memset(voxels(d) + at_copy_a(d), 0, d->carrier->voxel_bytes - at_copy_a(d) - 64);
    (void)file(d);
    d->file.bytes[at_envelope_text(d) + 700] ^= 2;
    END(d, .exit = 4);
    d = BEGIN("extension_of_other_volume_names_all_slices", "slab gone, extension of another volume of the same shape and keys",
              BARE, .extension = true);
    other = BEGIN("another volume of the same shape", "", BARE, .extension = true);
    memset(voxels(d) + at_copy_a(d), 0, d->carrier->voxel_bytes - at_copy_a(d));
    (void)file(d);
    (void)file(other);
    memcpy(d->file.bytes, other->file.bytes, d->voxels_at);
    draft_free(other);
    END(d, .exit = 5, .warning = true, .damaged = "0 1 2");
}

void cases_slab(bench *b)
{
    copies(b);
    trailers(b);
    epochs(b);
    cuts(b);
    extensions(b);
}
