/* Volumes of a writer who has the keys and breaks the rules: every sum and MAC is right, and the reader still refuses
 * (volume-format sections 5 and 11). */
#include <stdlib.h>
#include <string.h>

#include "cipher/sealed.h"
#include "cipher/slices.h"
#include "support.h"
#include "volume.h"

enum { SLICES = 3 };

typedef void (*edit_list)(uint8_t *list, size_t size);

/* Seals and authenticates a carrier again after `edit` changed the metadata list, and `edit_data` the masked plaintext. */
static void forge(dkg_carrier *c, edit_list edit, edit_list edit_data)
{
    const dkg_keyfile *const keyfiles[] = {volume_keyfile()};
    dkg_keys keys = {.identities = volume_identity(), .identity_count = 1, .keyfiles = keyfiles, .keyfile_count = 1};
    dkg_stored stored = stored_of(c);
    dkg_sealed *s = NULL;
    ck_ok(dkg_locate(&stored, NULL, &s, err));
    ck_ok(dkg_unlock(s, &keys, true, NULL, err));
    const dkg_envelope *old = dkg_sealed_envelope(s);
    const dkg_schedule *k = &s->secrets->keys;
    size_t size = (size_t)old->size, list = old->sealed.size - DKG_TAG_BYTES, cipher = (size_t)old->shape.slice * old->shape.slices;
    uint8_t *e = malloc(size), *data = malloc(cipher), hd[32], damaged[SLICES];
    ck_assert(e && data);
    memcpy(e, old->bytes, size);
    dkg_envelope now;
    ck_ok(dkg_envelope_parse((dkg_bytes){e, size}, &now, err));
    uint8_t *sealed = e + (now.sealed.at - e), *table = e + (now.table - e);
    memcpy(sealed, s->list, list);
    if (edit) edit(sealed, list);
    dkg_core_digest(e, hd);
    dkg_metadata_seal(sealed, list + DKG_TAG_BYTES, now.mode, k->meta, hd);
    dkg_slices slices = dkg_slices_of(&now, k->aead);
    ck_assert_uint_eq(dkg_slices_open(&slices, 0, slices.count, s->cipher, table, data, damaged, 1), 0);
    if (edit_data) edit_data(data, cipher);
    for (uint32_t z = 0; z < slices.count; z++) dkg_slice_seal(&slices, z, data + z * slices.size, table);
    if (now.mode != DKG_MODE_PAPER) {
        dkg_envelope_core_mac(&now, k->mac, e + DKG_AT_CORE_MAC);
        dkg_envelope_slots_mac(&now, k->slots, e + DKG_AT_SLOTS_MAC);
    }
    dkg_envelope_checksum(e, size, e + DKG_AT_CHECKSUM);
    dkg_sealed_free(s);
    memcpy(c->voxels, data, cipher);
    memcpy(c->voxels + cipher, e, size);
    memcpy(c->voxels + c->voxel_bytes - DKG_TRAILER_BYTES - size, e, size);
    free(e);
    free(data);
}

static void refused(dkg_mode mode, bool stream, uint8_t kind, edit_list edit, edit_list edit_data, dkg_status status, const char *part)
{
    dkg_source *source = source_make(4, 2, 10, 10, SLICES, 3);
    if (kind == 2) {
        source->kind = 2;
        source->image_head = (dkg_bytes){source->head.at, 16};
        source->data_offset = 16;
    }
    source->name = "name.nii";
    dkg_encrypt_options o = options_make(mode);
    o.stream = stream;
    dkg_carrier *c = encrypt_with(source, &o);
    dkg_stored stored = stored_of(c);
    forge(c, NULL, NULL); /* the tool itself is sound */
    opened r = open_stored(&stored);
    ck_assert_msg(opened_equals(&r, source) && !r.info.repaired, "%s", r.err.text);
    opened_free(&r);
    forge(c, edit, edit_data);
    r = open_stored(&stored);
    ck_assert_msg(r.status == status && strstr(r.err.text, part), "wanted %s, got %s: %s", part, dkg_status_name(r.status), r.err.text);
    ck_assert(!r.plain);
    opened_free(&r);
    dkg_carrier_free(c);
    source_free(source);
}

/* The entry of a type: its 8-byte head. */
static uint8_t *entry(uint8_t *list, uint16_t type)
{
    while (dkg_load16(list) && dkg_load16(list) != type) list += 8 + dkg_load32(list + 4);
    ck_assert_uint_eq(dkg_load16(list), type);
    return list;
}

static void drop(uint8_t *list, size_t size, uint16_t type)
{
    uint8_t *at = entry(list, type), *end = list + size;
    size_t n = 8 + dkg_load32(at + 4);
    memmove(at, at + n, (size_t)(end - at) - n);
    memset(end - n, 0, n);
}

#define EDIT(name, body) static void name(uint8_t *list, size_t size) { (void)size; body; }
EDIT(wrong_kind, entry(list, 1)[8] = 3)
EDIT(wrong_version, entry(list, 1)[9] = 0)
EDIT(wrong_order, entry(list, 1)[10] = 2)
EDIT(wrong_gzip, entry(list, 1)[11] = 2)
EDIT(wrong_type, entry(list, 1)[12] = 8)
EDIT(wrong_bpv, entry(list, 1)[14] = 4)
EDIT(wrong_offset, entry(list, 1)[16] ^= 1)
EDIT(wrong_bytes, entry(list, 1)[24] ^= 1)
EDIT(too_many_bytes, dkg_store64(entry(list, 1) + 24, 1u << 20))
EDIT(no_bytes, dkg_store64(entry(list, 1) + 24, 0))
EDIT(reserved_geom, entry(list, 1)[8 + 31] = 1)
EDIT(reserved_field, entry(list, 2)[2] = 1)
EDIT(too_long, dkg_store32(entry(list, 5) + 4, 4096))
EDIT(endless, dkg_store32(entry(list, 5) + 4, 0xFFFFFFFFu))
EDIT(padding, list[size - 1] = 1)
EDIT(unknown_critical, dkg_store16(entry(list, 5), 0x8005))
EDIT(falling, dkg_store16(entry(list, 5), 3))
EDIT(repeated, dkg_store16(entry(list, 5), 4))
EDIT(no_hash, drop(list, size, 3))
EDIT(no_head, drop(list, size, 2))
EDIT(no_model, drop(list, size, 4))
EDIT(no_key_id, drop(list, size, 9))
EDIT(short_hash, dkg_store32(entry(list, 3) + 4, 31); memmove(entry(list, 3) + 39, entry(list, 3) + 40, (size_t)(list + size - (entry(list, 3) + 40))))
EDIT(wrong_hash, entry(list, 3)[8] ^= 1)
EDIT(wrong_model, entry(list, 4)[8] ^= 1)
EDIT(name_with_folder, entry(list, 5)[8 + 2] = '/')
EDIT(name_with_backslash, entry(list, 5)[8 + 2] = '\\')
EDIT(name_with_newline, entry(list, 5)[8 + 2] = '\n')
EDIT(image_head_as_key_id, dkg_store16(entry(list, 8), 9))
EDIT(name_as_image_head, dkg_store16(entry(list, 5), 8))
EDIT(keyid_of_another, entry(list, 9)[8] ^= 1)
EDIT(hash_in_paper, dkg_store16(entry(list, 4), 3))
EDIT(name_as_model, dkg_store16(entry(list, 5), 4))
EDIT(change_data, list[0] ^= 1)
EDIT(change_padding, list[size - 1] ^= 1)
EDIT(nothing_at_all, memset(list, 0, size))

START_TEST(metadata_rules)
{
    static const struct { edit_list edit; const char *part; bool stream; uint8_t kind; } rules[] = {
        {wrong_kind, "kind 3", 0, 1},           {wrong_version, "version 0", 0, 1},      {wrong_order, "byte order 2", 0, 1},
        {wrong_gzip, "gzip 2", 0, 1},           {wrong_type, "datatype 8 of 2", 0, 1},   {wrong_bpv, "datatype 4 of 4", 0, 1},
        {wrong_offset, "data offset 353", 0, 1}, {wrong_offset, "data offset 17", 0, 2}, {wrong_bytes, "601 bytes of source", 0, 1},
        {too_many_bytes, "1048576 bytes", 1, 1}, {no_bytes, "0 bytes of source", 1, 1},  {reserved_geom, "non-zero reserve", 0, 1},
        {reserved_field, "reserved field of metadata entry 2", 0, 1}, {too_long, "entry 5 of 4096 bytes is cut short", 0, 1},
        {endless, "entry 5 of 4294967295 bytes is cut short", 0, 1}, {padding, "not all zero", 0, 1},
        {unknown_critical, "entry 32773 is not supported", 0, 1},    {falling, "entry 3 follows entry 4", 0, 1},
        {repeated, "entry 4 follows entry 4", 0, 1}, {no_hash, "entry 3 is missing", 0, 1}, {no_head, "entry 2 is missing", 0, 1}, {no_model, "entry 4 is missing", 0, 1}, {short_hash, "entry 3 has 31 bytes", 0, 1},
        {name_with_folder, "folder", 0, 1},     {name_with_backslash, "folder", 0, 1},   {name_with_newline, "control", 0, 1},
        {image_head_as_key_id, "entry 8 is missing", 0, 2}, {name_as_image_head, "entry 8 is not allowed", 0, 1},
        {wrong_hash, "digest of the whole", 0, 1}, {nothing_at_all, "entry 1 is missing", 0, 1}};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        refused(DKG_MODE_HYBRID, rules[i].stream, rules[i].kind, rules[i].edit, NULL, DKG_ENVELOPE, rules[i].part);
}
END_TEST

START_TEST(modes_have_their_own_entries)
{
    refused(DKG_MODE_AEAD, false, 1, no_hash, NULL, DKG_ENVELOPE, "entry 3 is missing");
    refused(DKG_MODE_AEAD, false, 1, name_as_model, NULL, DKG_ENVELOPE, "entry 4 is not allowed");
    refused(DKG_MODE_PAPER, false, 1, no_key_id, NULL, DKG_ENVELOPE, "entry 9 is missing");
    refused(DKG_MODE_PAPER, false, 1, hash_in_paper, NULL, DKG_ENVELOPE, "entry 3 is not allowed");
    refused(DKG_MODE_PAPER, false, 1, keyid_of_another, NULL, DKG_NO_KEY, "key file");
    refused(DKG_MODE_HYBRID, false, 1, wrong_model, NULL, DKG_GENERATOR, "made with model");
}
END_TEST

START_TEST(data_rules)
{
    refused(DKG_MODE_HYBRID, false, 1, NULL, change_data, DKG_ENVELOPE, "digest of the whole");
    refused(DKG_MODE_AEAD, false, 1, NULL, change_data, DKG_ENVELOPE, "digest of the whole");
    refused(DKG_MODE_HYBRID, true, 1, NULL, change_padding, DKG_ENVELOPE, "padding after the 600 bytes");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("forged");
    TCase *c = tcase_create("forged");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, metadata_rules);
    tcase_add_test(c, modes_have_their_own_entries);
    tcase_add_test(c, data_rules);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
