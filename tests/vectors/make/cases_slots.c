/* Slots: who opens a volume and who does not, what the list may look like, signatures, the cost of passphrases. */
#include <string.h>

#include "bench.h"

static const uint8_t filler[256];

static void no_key_fits(bench *b)
{
    END(BEGIN("other_identity_finds_no_key", "an identity nobody encrypted for", BARE), .exit = 3, .keys = BOB);
    END(BEGIN("no_identity_finds_no_key", "a reader without keys", BARE), .exit = 3, .keys = NO_KEYS);
    END(BEGIN("other_keyfile_finds_no_key", "a key file the volume was not made for", BARE, .keyfile = true), .exit = 3, .keys = KEY_TWO);
    END(BEGIN("key_factor_missing_finds_no_key", "the slot opens, the second factor is not there", BARE, .factor = true), .exit = 3, .keys = ALICE);
    END(BEGIN("key_factor_wrong_finds_no_key", "the slot opens, the second factor is another key file", BARE, .factor = true), .exit = 3,
        .keys = ALICE | KEY_TWO);
    END(BEGIN("key_factor_alone_finds_no_key", "the second factor opens nothing alone", BARE, .factor = true), .exit = 3, .keys = KEY_ONE);
    END(BEGIN("paper_with_other_keyfile_finds_no_key", "KEYID names another key file", .mode = DKG_MODE_PAPER), .exit = 3, .keys = KEY_TWO);
    draft *d = BEGIN("wrong_passphrase_finds_no_key", "the passphrase of someone else", BARE);
    slots_clear(d);
    slot_add_passphrase(d, PASSPHRASE, 1, 8);
    END(d, .exit = 3, .keys = NO_KEYS, .passphrase = "a guess");
    d = BEGIN("empty_list_of_slots_finds_no_key", "256 zeros: a list without slots", BARE);
    slots_clear(d);
    slot_add(d, 0, 0, filler, 0);
    END(d, .exit = 3);
    d = BEGIN("signature_without_slot_finds_no_key", "a signature opens nothing", BARE, .signed_ = true);
    memmove(d->slots.bytes, d->slots.bytes + 100, d->slots.size -= 100);
    END(d, .exit = 3);
    d = BEGIN("reserved_slot_type_4_finds_no_key", "X-Wing is reserved: skipped, and nothing else is there", BARE);
    slots_clear(d);
    slot_add(d, 4, 96, filler, 96);
    END(d, .exit = 3);
}

static void boxes(bench *b)
{
    draft *d = BEGIN("x25519_slot_of_other_salt_finds_no_key", "the mark beside FK is that of another volume", BARE);
    uint8_t salt[32];
    memcpy(salt, d->head + DKG_AT_SALT, 32);
    d->head[DKG_AT_SALT] ^= 1;
    slots_clear(d);
    slot_add_x25519(d, &b->alice);
    memcpy(d->head + DKG_AT_SALT, salt, 32);
    END(d, .exit = 3);
    d = BEGIN("slot_with_other_file_key_finds_no_key", "the slot is genuine, its FK is not the volume's", BARE);
    d->fk[0] ^= 1;
    slots_clear(d);
    slot_add_x25519(d, &b->alice);
    d->fk[0] ^= 1;
    END(d, .exit = 3);
    d = BEGIN("wrong_slot_before_right_one_opens", "a slot with another FK is passed over", BARE);
    d->fk[0] ^= 1;
    slots_clear(d);
    slot_add_x25519(d, &b->alice);
    d->fk[0] ^= 1;
    slot_add_x25519(d, &b->alice);
    END(d, .exit = 0);
    static const struct { const char *name, *shows; bool keyfile; size_t at; } bytes[] = {
        {"passphrase_slot_psalt_altered_finds_no_key", "the salt of Argon2id", false, 0},
        {"passphrase_slot_passes_altered_finds_no_key", "3 passes where 1 was used", false, 16},
        {"passphrase_slot_check_altered_finds_no_key", "check is compared before the box is opened", false, 24},
        {"passphrase_slot_box_altered_finds_no_key", "the box of FK", false, 56},
        {"keyfile_slot_mark_altered_finds_no_key", "kid8 is that of another key file", true, 0},
        {"keyfile_slot_nonce_altered_finds_no_key", "the nonce of the box", true, 8},
        {"keyfile_slot_box_altered_finds_no_key", "the box of FK", true, 79},
    };
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        d = BEGIN(bytes[i].name, bytes[i].shows, BARE);
        slots_clear(d);
        if (bytes[i].keyfile)
            slot_add_keyfile(d, b->one);
        else
            slot_add_passphrase(d, PASSPHRASE, 1, 8);
        d->slots.bytes[4 + bytes[i].at] ^= 2;
        END(d, .exit = 3, .keys = KEY_ONE, .passphrase = PASSPHRASE);
    }
}

static void lists(bench *b)
{
    static const struct { const char *name, *shows; uint16_t type, stated, size; int exit; } slots[] = {
        {"slot_length_95_is_refused", "an X25519 slot of 95 bytes", 1, 95, 95, 4},
        {"slot_length_97_is_refused", "an X25519 slot of 97 bytes", 1, 97, 97, 4},
        {"passphrase_slot_length_103_is_refused", "a passphrase slot of 103 bytes", 2, 103, 103, 4},
        {"keyfile_slot_length_81_is_refused", "a key-file slot of 81 bytes", 3, 81, 81, 4},
        {"signature_length_95_is_refused", "a signature of 95 bytes", 0x10, 95, 95, 4},
        {"unknown_slot_type_5_is_skipped", "an unknown type without bit 15", 5, 10, 10, 0},
        {"unknown_slot_type_32767_is_skipped", "the last type that may be skipped", 0x7FFF, 0, 0, 0},
        {"unknown_slot_type_32768_is_refused", "an unknown type with bit 15", 0x8000, 0, 0, 4},
        {"slot_cut_short_is_refused", "a skipped slot longer than the region", 5, 153, 152, 4},
        {"slots_without_padding_open", "the slots fill SL exactly", 5, 152, 152, 0},
        {"slot_after_end_mark_is_refused", "type 0 ends the list, its length must be zero", 0, 1, 0, 4},
    };
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        draft *d = BEGIN(slots[i].name, slots[i].shows, BARE);
        slot_add(d, slots[i].type, slots[i].stated, filler, slots[i].size);
        END(d, .exit = slots[i].exit);
    }
    draft *d = BEGIN("slots_padding_nonzero_is_refused", "the last byte of the slots region", BARE);
    d->slots_end = 1;
    END(d, .exit = 4);
    d = BEGIN("slot_head_cut_short_is_refused", "three bytes left, too few for a slot, and not zero", BARE);
    slot_add(d, 5, 149, filler, 149);
    d->slots_end = 1;
    END(d, .exit = 4);
}

static void signatures(bench *b)
{
    draft *d = BEGIN("signature_invalid_is_refused", "a signature that does not verify", BARE, .signed_ = true);
    d->keep_signature = true;
    (void)env(d);
    env(d)[d->slots_at + 100 + 4 + 32] ^= 1;
    draft_slots_mac(d);
    END(d, .exit = 4);
    d = BEGIN("signature_under_other_public_key_is_refused", "the signer's key is replaced", BARE, .signed_ = true);
    memcpy(env(d) + d->slots_at + 100 + 4, b->other_signing + 32, 32);
    draft_slots_mac(d);
    END(d, .exit = 4);
    d = BEGIN("two_signatures_are_refused", "more than one signature", BARE, .signed_ = true);
    slot_add(d, 0x10, 96, d->slots.bytes + 104, 96);
    END(d, .exit = 4);
    END(BEGIN("signature_of_other_signer_is_refused_by_policy", "signed, but not by the signer asked for", BARE, .signed_ = true), .exit = 9,
        .signers = OTHER_SIGNER);
    END(BEGIN("signature_missing_is_refused_by_policy", "a signer is asked for and nobody signed", BARE), .exit = 9, .signers = SIGNER);
    END(BEGIN("signature_of_one_of_two_signers_opens", "any of the signers asked for", BARE, .signed_ = true), .exit = 0,
        .signers = SIGNER | OTHER_SIGNER);
}

static void costs(bench *b)
{
    static const struct { const char *name, *shows; uint32_t passes, kib; bool any; int exit; } costs[] = {
        {"argon2_passes_11_is_refused_by_policy", "more passes than readers accept", 11, 8, false, 9},
        {"argon2_passes_0_is_refused_by_policy", "no passes", 0, 8, false, 9},
        {"argon2_passes_10_opens", "the most passes readers accept", 10, 8, false, 0},
        {"argon2_kib_7_is_refused_by_policy", "less memory than Argon2 can do with", 1, 7, false, 9},
        {"argon2_kib_beyond_limit_is_refused_by_policy", "one KiB more than readers accept", 1, 2097153, false, 9},
        {"argon2_kib_of_4_tib_is_refused_by_policy", "a cost that would exhaust the machine", 1, 0xFFFFFFFF, false, 9},
        {"argon2_passes_11_opens_when_told", "any cost was allowed", 11, 8, true, 0},
    };
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        draft *d = BEGIN(costs[i].name, costs[i].shows, BARE);
        slots_clear(d);
        slot_add_passphrase(d, PASSPHRASE, costs[i].passes, costs[i].kib);
        END(d, .exit = costs[i].exit, .keys = NO_KEYS, .passphrase = PASSPHRASE, .any_cost = costs[i].any);
    }
    draft *d = BEGIN("x25519_opens_beside_costly_passphrase", "type 1 is tried first, the costly slot never", BARE);
    slot_add_passphrase(d, PASSPHRASE, 11, 8);
    END(d, .exit = 0, .passphrase = PASSPHRASE);
    d = BEGIN("eighth_passphrase_slot_opens", "eight passphrase slots are tried", BARE);
    slots_clear(d);
    for (int i = 0; i < 7; i++) slot_add_passphrase(d, "another", 1, 8);
    slot_add_passphrase(d, PASSPHRASE, 1, 8);
    END(d, .exit = 0, .keys = NO_KEYS, .passphrase = PASSPHRASE);
    d = BEGIN("ninth_passphrase_slot_finds_no_key", "at most eight passphrase slots are tried", BARE);
    slots_clear(d);
    for (int i = 0; i < 8; i++) slot_add_passphrase(d, "another", 1, 8);
    slot_add_passphrase(d, PASSPHRASE, 1, 8);
    END(d, .exit = 3, .keys = NO_KEYS, .passphrase = PASSPHRASE);
    END(BEGIN("paper_unasked_is_refused_by_policy", "mode 0x7F must be asked for", .mode = DKG_MODE_PAPER), .exit = 9, .paper_unasked = true);
}

void cases_slots(bench *b)
{
    no_key_fits(b);
    boxes(b);
    lists(b);
    signatures(b);
    costs(b);
}
