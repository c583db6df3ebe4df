/* The envelope's fields. Refused fields are sealed over: keys, slices and MACs follow from the core as it stands, so that only
 * the field itself is wrong. What an outsider can do, changing bytes and making the keyless checksum again, comes last. */
#include <string.h>

#include "bench.h"

typedef struct poke {
    const char *name, *shows;
    size_t at, bytes;
    uint64_t value;
    int exit;
} poke;

static void write_number(uint8_t *at, size_t bytes, uint64_t value)
{
    for (size_t i = 0; i < bytes; i++) at[i] = (uint8_t)(value >> (8 * i));
}

static void core_fields(bench *b)
{
    static const poke pokes[] = {
        {"major_version_2_is_refused", "unknown major version", 8, 2, 2, 4},
        {"major_version_0_is_refused", "major version 0", 8, 2, 0, 4},
        {"mode_0_is_refused", "unknown mode", 12, 1, 0, 4},
        {"mode_3_is_refused", "unknown mode", 12, 1, 3, 4},
        {"aead_algorithm_2_is_refused", "reserved AEAD", 13, 1, 2, 4},
        {"kdf_algorithm_2_is_refused", "reserved key derivation", 14, 1, 2, 4},
        {"core_cb_1_against_trailer_is_refused", "carrier bytes of core and trailer differ", 15, 1, 1, 4},
        {"core_cb_3_is_refused", "three carrier bytes per voxel", 15, 1, 3, 4},
        {"core_nx_against_trailer_is_refused", "nx of core and trailer differ", 16, 4, 9, 4},
        {"core_ny_against_trailer_is_refused", "ny of core and trailer differ", 20, 4, 7, 4},
        {"core_slices_against_trailer_is_refused", "S of the core does not lead to the trailer's planes", 24, 4, 4, 4},
        {"core_slices_0_is_refused", "no slices", 24, 4, 0, 4},
        {"core_slices_that_wrap_are_refused", "32 * S is right only modulo 2^32", 24, 4, 3 + (UINT64_C(1) << 27), 4},
        {"datatype_1_is_refused", "binary voxels", 28, 2, 1, 4},
        {"datatype_0_outside_stream_layout_is_refused", "datatype 0 without the stream flag", 28, 2, 0, 4},
        {"bpv_against_datatype_is_refused", "int16 of one byte", 30, 2, 1, 4},
        {"bpv_that_cb_does_not_divide_is_refused", "three bytes per voxel in carrier voxels of two", 30, 2, 3, 4},
        {"sealed_length_beyond_limit_is_refused", "M above 2^26", 36, 4, (1 << 26) + 528, 4},
        {"flag_bit_3_is_refused", "an unknown flag", 40, 4, 8, 4},
        {"flag_bit_31_is_refused", "an unknown flag", 40, 4, UINT64_C(1) << 31, 4},
        {"reserved_core_byte_44_nonzero_is_refused", "reserved", 44, 1, 1, 4},
        {"reserved_core_byte_45_nonzero_is_refused", "reserved", 45, 1, 1, 4},
        {"reserved_core_byte_46_nonzero_is_refused", "reserved", 46, 1, 1, 4},
        {"reserved_core_byte_47_nonzero_is_refused", "reserved", 47, 1, 128, 4},
        {"reserved_mutable_byte_144_nonzero_is_refused", "reserved", 144, 1, 1, 4},
        {"reserved_mutable_byte_159_nonzero_is_refused", "reserved", 159, 1, 128, 4},
        {"envelope_length_too_small_is_refused", "E of the envelope and of the trailer differ", 128, 4, 1120, 4},
        {"slots_length_against_envelope_is_refused", "the parts do not add up to E", 132, 4, 512, 4},
    };
    for (size_t i = 0; i < sizeof pokes / sizeof *pokes; i++) {
        draft *d = BEGIN(pokes[i].name, pokes[i].shows, BARE);
        write_number(core(d) + pokes[i].at, pokes[i].bytes, pokes[i].value);
        END(d, .exit = pokes[i].exit);
    }
}

static void core_of_modes(bench *b)
{
    static const struct { poke p; dkg_mode mode; bool stream; } pokes[] = {
        {{"aead_algorithm_0_in_hybrid_is_refused", "no AEAD in hybrid mode", 13, 1, 0, 4}, DKG_MODE_HYBRID, false},
        {{"kdf_algorithm_0_in_hybrid_is_refused", "no key derivation in hybrid mode", 14, 1, 0, 4}, DKG_MODE_HYBRID, false},
        {{"generator_block_of_other_size_is_refused", "a block is 196608 bytes", 32, 4, 196607, 4}, DKG_MODE_HYBRID, false},
        {{"generator_block_0_in_hybrid_is_refused", "no block in hybrid mode", 32, 4, 0, 4}, DKG_MODE_HYBRID, false},
        {{"fixed_image_flag_in_hybrid_is_refused", "flag bit 2 belongs to paper mode", 40, 4, 4, 4}, DKG_MODE_HYBRID, false},
        {{"fingerprint_of_no_model_finds_no_model", "the salted mark of another model", 80, 1, 0x55, 6}, DKG_MODE_HYBRID, false},
        {{"generator_block_in_aead_is_refused", "a block in mode 2", 32, 4, 196608, 4}, DKG_MODE_AEAD, false},
        {{"fingerprint_in_aead_is_refused", "mode 2 names no model", 95, 1, 1, 4}, DKG_MODE_AEAD, false},
        {{"fixed_image_flag_in_aead_is_refused", "flag bit 2 belongs to paper mode", 40, 4, 4, 4}, DKG_MODE_AEAD, false},
        {{"datatype_in_stream_layout_is_refused", "the core's datatype is 0 in stream layout", 28, 2, 2, 4}, DKG_MODE_AEAD, true},
        {{"aead_algorithm_1_in_paper_is_refused", "paper mode has no AEAD", 13, 1, 1, 4}, DKG_MODE_PAPER, false},
        {{"kdf_algorithm_1_in_paper_is_refused", "paper mode has no key derivation", 14, 1, 1, 4}, DKG_MODE_PAPER, false},
        {{"key_factor_flag_in_paper_is_refused", "flag bit 0 has no meaning in paper mode", 40, 4, 1, 4}, DKG_MODE_PAPER, false},
        {{"commitment_in_paper_is_refused", "the commitment is zero in paper mode", 96, 1, 1, 4}, DKG_MODE_PAPER, false},
        {{"core_mac_in_paper_is_refused", "core_mac is zero in paper mode", 160, 1, 1, 4}, DKG_MODE_PAPER, false},
        {{"slots_mac_in_paper_is_refused", "slots_mac is zero in paper mode", 223, 1, 1, 4}, DKG_MODE_PAPER, false},
    };
    for (size_t i = 0; i < sizeof pokes / sizeof *pokes; i++) {
        const poke *p = &pokes[i].p;
        draft *d = BEGIN(p->name, p->shows, .mode = pokes[i].mode, .stream = pokes[i].stream);
        write_number(core(d) + p->at, p->bytes, p->value);
        END(d, .exit = p->exit);
    }
    draft *d = BEGIN("slots_in_paper_are_refused", "SL is 0 in paper mode", .mode = DKG_MODE_PAPER);
    memcpy(d->fk, b->alice.scalar, 32);
    slot_add_x25519(d, &b->alice);
    END(d, .exit = 4);
}

static void lengths(bench *b)
{
    draft *d = BEGIN("slots_length_264_is_refused", "SL is no multiple of 256, all else agrees", BARE);
    slot_add(d, 5, 4, "skip", 4);
    d->slots_step = 24;
    END(d, .exit = 4);
    d = BEGIN("slots_length_0_is_refused", "a volume without slots", BARE);
    slots_clear(d);
    END(d, .exit = 4);
    d = BEGIN("slots_length_beyond_limit_is_refused", "SL is 65792", .mode = DKG_MODE_AEAD, .nx = 64, .ny = 64, .slices = 1, .datatype = 2);
    static const uint8_t filler[65000];
    slot_add(d, 5, sizeof filler, filler, sizeof filler);
    slot_add(d, 5, 500, filler, 500);
    END(d, .exit = 4);
    d = BEGIN("sealed_length_no_step_of_512_is_refused", "M is 16 + 520", BARE);
    d->list_step = 520;
    END(d, .exit = 4);
    d = BEGIN("sealed_length_16_is_refused", "M has room for no entry", BARE);
    while (d->entry_count) entry_drop(d, d->entries[0].type);
    END(d, .exit = 4);
    d = BEGIN("part_lengths_that_wrap_are_refused", "SL and M add up to E only modulo 2^32", BARE);
    write_number(core(d) + DKG_AT_SEALED_SIZE, 4, 1040);
    write_number(core(d) + DKG_AT_SLOTS_SIZE, 4, 0xFFFFFF00);
    END(d, .exit = 4);
}

static void macs(bench *b)
{
    draft *d = BEGIN("commitment_of_other_key_finds_no_key", "the slot opens, the commitment does not fit", BARE);
    d->keep_commitment = true;
    core(d)[DKG_AT_COMMITMENT] ^= 1;
    END(d, .exit = 3);
    d = BEGIN("core_mac_wrong_is_refused", "core_mac, with slots_mac over it as it is", BARE);
    env(d)[DKG_AT_CORE_MAC + 31] ^= 0x80;
    draft_slots_mac(d);
    END(d, .exit = 4);
    d = BEGIN("slots_mac_wrong_is_refused", "slots_mac", BARE);
    env(d)[DKG_AT_SLOTS_MAC] ^= 1;
    END(d, .exit = 4);
    d = BEGIN("metadata_seal_wrong_is_refused", "the metadata's tag, with MACs over it as it is", BARE);
    env(d)[d->table_at - 1] ^= 1;
    draft_core_mac(d);
    draft_slots_mac(d);
    END(d, .exit = 4);
    d = BEGIN("paper_metadata_checksum_wrong_is_refused", "the keyless sum of the metadata", .mode = DKG_MODE_PAPER);
    env(d)[d->table_at - 1] ^= 1;
    END(d, .exit = 4);
}

/* An outsider changes one byte and makes the checksum of both copies again. */
static void forged(bench *b)
{
    static const struct { const char *name, *shows; int part; size_t at; int exit; } at[] = {
        {"salt_altered_and_checksum_forged_finds_no_key", "no slot fits another salt", 0, 48, 3},
        {"commitment_altered_and_checksum_forged_finds_no_key", "the commitment itself", 0, 127, 3},
        {"minor_altered_and_checksum_forged_finds_no_key", "the commitment covers it", 0, 10, 3},
        {"key_factor_flag_set_and_checksum_forged_finds_no_key", "a second factor the volume does not have", 0, 40, 3},
        {"epoch_altered_and_checksum_forged_is_refused", "slots_mac covers the epoch", 0, 136, 4},
        {"core_mac_altered_and_checksum_forged_is_refused", "core_mac itself", 0, 160, 4},
        {"slots_mac_altered_and_checksum_forged_is_refused", "slots_mac itself", 0, 192, 4},
        {"only_slot_altered_and_checksum_forged_finds_no_key", "the slot's box does not open", 1, 40, 3},
        {"other_slot_altered_and_checksum_forged_is_refused", "slots_mac covers slots of others", 1, 140, 4},
        {"sealed_altered_and_checksum_forged_is_refused", "core_mac covers the metadata", 2, 5, 4},
        {"tag_altered_and_checksum_forged_is_refused", "core_mac covers the table", 3, 0, 4},
        {"gcheck_altered_and_checksum_forged_is_refused", "core_mac covers the table", 3, 95, 4},
    };
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        draft *d = BEGIN(at[i].name, at[i].shows, BARE, .bob = at[i].at == 140);
        uint8_t *e = env(d);
        const uint64_t part[] = {0, d->slots_at, d->sealed_at, d->table_at};
        e[part[at[i].part] + at[i].at] ^= 1;
        END(d, .exit = at[i].exit);
    }
    draft *d = BEGIN("magic_altered_and_checksum_forged_is_refused", "no copy begins with DKG1ENV", BARE);
    env(d)[6] ^= 1;
    END(d, .exit = 4);
    d = BEGIN("fingerprint_altered_and_checksum_forged_finds_no_key", "the commitment covers it", PLAIN);
    env(d)[DKG_AT_FINGERPRINT] ^= 1;
    END(d, .exit = 3);
    d = BEGIN("mode_downgraded_and_checksum_forged_finds_no_key", "hybrid relabelled as AEAD only: the commitment covers the mode", PLAIN);
    env(d)[DKG_AT_MODE] = 2;
    memset(env(d) + DKG_AT_BLOCK, 0, 4);
    memset(env(d) + DKG_AT_FINGERPRINT, 0, 16);
    for (size_t z = 0; z < 3; z++) memset(env(d) + d->table_at + z * DKG_ENTRY_BYTES + 16, 0, 16);
    END(d, .exit = 3);
    d = BEGIN("datatype_relabelled_and_checksum_forged_finds_no_key", "int16 relabelled as uint16: the commitment covers it", BARE);
    write_number(env(d) + DKG_AT_DATATYPE, 2, 512);
    END(d, .exit = 3);
}

void cases_envelope(bench *b)
{
    core_fields(b);
    core_of_modes(b);
    lengths(b);
    macs(b);
    forged(b);
}
