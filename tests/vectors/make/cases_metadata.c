/* The sealed metadata: order, lengths, what must and must not be there. All of it is sealed with the right keys. */
#include <string.h>

#include "bench.h"

enum { GEOM = 1, HEAD, HASH, MODEL, NAME, NOTE, TAIL, IMGHEAD, KEYID };

static void lists(bench *b)
{
    draft *d = BEGIN("metadata_in_falling_order_are_refused", "HEAD before GEOM", BARE);
    entry first = d->entries[0];
    d->entries[0] = d->entries[1];
    d->entries[1] = first;
    END(d, .exit = 4);
    d = BEGIN("metadata_entry_twice_is_refused", "NOTE twice", BARE, .note = "once");
    entry_put(d, (size_t)(entry_of(d, NOTE) - d->entries) + 1, NOTE, "twice", 5);
    END(d, .exit = 4);
    d = BEGIN("metadata_unknown_type_is_skipped", "type 10 is not known", BARE);
    entry_put(d, d->entry_count, 10, "of the future", 13);
    END(d, .exit = 0);
    d = BEGIN("metadata_unknown_type_32767_is_skipped", "the last type that may be skipped", BARE);
    entry_put(d, d->entry_count, 0x7FFF, "", 0);
    END(d, .exit = 0);
    d = BEGIN("metadata_unknown_type_32768_is_refused", "bit 15 of an unknown type", BARE);
    entry_put(d, d->entry_count, 0x8000, "", 0);
    END(d, .exit = 4);
    d = BEGIN("metadata_reserved_field_nonzero_is_refused", "the u16 after the type", BARE);
    entry_of(d, HEAD)->reserved = 1;
    END(d, .exit = 4);
    d = BEGIN("metadata_length_beyond_end_is_refused", "the last entry is longer than the list", BARE);
    entry_of(d, HASH)->stated = 0xFFFFFFF0;
    END(d, .exit = 4);
    d = BEGIN("metadata_padding_nonzero_is_refused", "the last byte of the padding", BARE);
    d->list_end = 1;
    END(d, .exit = 4);
    d = BEGIN("metadata_entry_after_end_mark_is_refused", "a type 0 ends the list, zeros must follow", BARE);
    entry_put(d, d->entry_count, 0, "after the end", 13);
    END(d, .exit = 4);
    d = BEGIN("metadata_without_padding_open", "the entries fill M - 16 exactly", BARE);
    uint32_t used = 0;
    for (size_t i = 0; i < d->entry_count; i++) used += 8 + d->entries[i].size;
    static const uint8_t text[512] = {'f', 'i', 'l', 'l'};
    entry_put(d, d->entry_count, NOTE, text, 512 - used % 512 - 8);
    END(d, .exit = 0);
}

static void presence(bench *b)
{
    static const struct { const char *name, *shows; uint16_t type; dkg_mode mode; bool pair; } missing[] = {
        {"geom_missing_is_refused", "no GEOM", GEOM, DKG_MODE_AEAD, false},
        {"head_missing_is_refused", "no HEAD", HEAD, DKG_MODE_AEAD, false},
        {"hash_missing_is_refused", "no HASH in mode 1", HASH, DKG_MODE_HYBRID, false},
        {"hash_missing_in_aead_is_refused", "no HASH in mode 2", HASH, DKG_MODE_AEAD, false},
        {"model_missing_is_refused", "no MODEL in mode 1", MODEL, DKG_MODE_HYBRID, false},
        {"model_missing_in_paper_is_refused", "no MODEL in paper mode", MODEL, DKG_MODE_PAPER, false},
        {"keyid_missing_in_paper_is_refused", "no KEYID in paper mode", KEYID, DKG_MODE_PAPER, false},
        {"imghead_missing_is_refused", "a pair without IMGHEAD", IMGHEAD, DKG_MODE_AEAD, true},
    };
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        draft *d = BEGIN(missing[i].name, missing[i].shows, .mode = missing[i].mode, .pair = missing[i].pair);
        entry_drop(d, missing[i].type);
        END(d, .exit = 4);
    }
    static const struct { const char *name, *shows; uint16_t type; uint32_t size; dkg_mode mode; } extra[] = {
        {"hash_in_paper_is_refused", "a hash of the plaintext beside its XOR", HASH, 32, DKG_MODE_PAPER},
        {"model_in_aead_is_refused", "MODEL in mode 2", MODEL, 32, DKG_MODE_AEAD},
        {"keyid_in_aead_is_refused", "KEYID outside paper mode", KEYID, 16, DKG_MODE_AEAD},
        {"imghead_of_single_file_is_refused", "IMGHEAD of a source that is one file", IMGHEAD, 0, DKG_MODE_AEAD},
    };
    for (size_t i = 0; i < sizeof extra / sizeof *extra; i++) {
        static const uint8_t body[32];
        draft *d = BEGIN(extra[i].name, extra[i].shows, .mode = extra[i].mode);
        size_t at = 0;
        while (at < d->entry_count && d->entries[at].type < extra[i].type) at++;
        entry_put(d, at, extra[i].type, body, extra[i].size);
        END(d, .exit = 4);
    }
    draft *d = BEGIN("empty_imghead_opens", "a pair without bytes before the voxels", BARE, .pair = true);
    d->source->image_head.size = 0; /* the digest of what may come out follows */
    entry *e = entry_of(d, IMGHEAD);
    e->size = e->stated = 0;
    memset(entry_of(d, GEOM)->body + 8, 0, 8);
    entries_set_hash(d);
    END(d, .exit = 0);
}

static void entry_lengths(bench *b)
{
    static const struct { const char *name; uint16_t type; int change; dkg_mode mode; } wrong[] = {
        {"geom_of_31_bytes_is_refused", GEOM, -1, DKG_MODE_AEAD},   {"geom_of_33_bytes_is_refused", GEOM, 1, DKG_MODE_AEAD},
        {"geom_of_0_bytes_is_refused", GEOM, -32, DKG_MODE_AEAD},   {"hash_of_31_bytes_is_refused", HASH, -1, DKG_MODE_AEAD},
        {"model_of_33_bytes_is_refused", MODEL, 1, DKG_MODE_HYBRID},  {"keyid_of_15_bytes_is_refused", KEYID, -1, DKG_MODE_PAPER},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        draft *d = BEGIN(wrong[i].name, "an entry of the wrong length", .mode = wrong[i].mode);
        entry *e = entry_of(d, wrong[i].type);
        e->body = realloc(e->body, e->size + 2);
        must(e->body);
        e->body[e->size] = 0;
        e->stated = e->size = (uint32_t)((int)e->size + wrong[i].change);
        END(d, .exit = 4);
    }
}

static void geometry(bench *b)
{
    static const struct { const char *name, *shows; size_t at; uint8_t value; } wrong[] = {
        {"geom_kind_0_is_refused", "neither file nor pair", 0, 0},
        {"geom_kind_3_is_refused", "neither file nor pair", 0, 3},
        {"geom_nifti_version_3_is_refused", "NIfTI-3", 1, 3},
        {"geom_byte_order_2_is_refused", "neither little nor big endian", 2, 2},
        {"geom_gzip_2_is_refused", "neither gzipped nor not", 3, 2},
        {"geom_datatype_against_core_is_refused", "sealed datatype uint16, core int16", 5, 2},
        {"geom_bpv_against_core_is_refused", "sealed int16 of 4 bytes", 6, 4},
        {"geom_data_offset_against_head_is_refused", "data offset is not the length of HEAD", 8, 1},
        {"geom_data_bytes_too_few_is_refused", "N below S * L", 16, 1},
        {"geom_data_bytes_beyond_slices_is_refused", "N above S * L by 2^56", 23, 1},
        {"geom_reserved_byte_24_nonzero_is_refused", "reserved", 24, 1},
        {"geom_reserved_byte_31_nonzero_is_refused", "reserved", 31, 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        draft *d = BEGIN(wrong[i].name, wrong[i].shows, BARE);
        entry_of(d, GEOM)->body[wrong[i].at] = wrong[i].value;
        END(d, .exit = 4);
    }
    draft *d = BEGIN("stream_data_bytes_beyond_slices_is_refused", "stream layout: N above S * L", BARE, .stream = true);
    dkg_store64(entry_of(d, GEOM)->body + 16, d->shape.slice * d->shape.slices + 1);
    END(d, .exit = 4);
    d = BEGIN("stream_data_bytes_0_is_refused", "stream layout without data", BARE, .stream = true);
    dkg_store64(entry_of(d, GEOM)->body + 16, 0);
    END(d, .exit = 4);
    d = BEGIN("stream_datatype_1_is_refused", "stream layout of binary voxels", BARE, .stream = true);
    dkg_store16(entry_of(d, GEOM)->body + 4, 1);
    END(d, .exit = 4);
    d = BEGIN("name_with_folder_is_refused", "a name that leads out of its folder", BARE);
    entry_put(d, d->entry_count, NAME, "../brain.nii", 12);
    END(d, .exit = 4);
}

static void digests(bench *b)
{
    draft *d = BEGIN("hash_of_other_source_is_refused", "all slices are genuine, the whole is not what HASH says", BARE);
    entry_of(d, HASH)->body[31] ^= 1;
    END(d, .exit = 4);
    d = BEGIN("hash_is_not_checked_for_one_slice", "one slice alone cannot be held against HASH", BARE);
    entry_of(d, HASH)->body[31] ^= 1;
    END(d, .exit = 0, .slice = 2);
    d = BEGIN("stream_padding_nonzero_is_refused", "bytes after the data decrypt to something else than zeros", BARE, .stream = true);
    d->data[d->shape.slice * d->shape.slices - 1] = 1;
    END(d, .exit = 4);
    d = BEGIN("model_digest_against_fingerprint_is_refused", "the fingerprint fits, MODEL does not", PLAIN);
    entry_of(d, MODEL)->body[0] ^= 1;
    END(d, .exit = 6);
}

void cases_metadata(bench *b)
{
    lists(b);
    presence(b);
    entry_lengths(b);
    geometry(b);
    digests(b);
}
