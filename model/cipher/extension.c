/* cipher/extension.c - one line of JSON that carries the envelope outside the voxels (docs/volume-format.md, section 9). */
#include "cipher/extension.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

char *dkg_extension_write(const dkg_envelope *e, uint64_t planes, size_t *size)
{
    char id[2 * DKG_SALT_BYTES + 1];
    dkg_buffer b = {0};
    *size = 0;
    sodium_bin2hex(id, sizeof id, e->salt, DKG_SALT_BYTES);
    dkg_append_text(&b, "{\"format\":\"DKG1\",\"version\":\"1.0\",\"mode\":\"%s\",\"volume\":\"%s\",\"epoch\":%" PRIu64,
                    dkg_mode_name(e->mode), id, e->epoch);
    dkg_append_text(&b, ",\"slices\":%" PRIu32 ",\"planes\":%" PRIu64 ",\"key_planes\":%" PRIu64, e->shape.slices, planes,
                    dkg_key_planes(e->size, e->shape.plane));
    dkg_append_text(&b, ",\"note\":\"encrypted volume, not an image\"");
    if (e->size <= DKG_EXTENSION_ENVELOPE_MAX) {
        size_t room = sodium_base64_ENCODED_LEN((size_t)e->size, sodium_base64_VARIANT_ORIGINAL); /* with NUL */
        char *base64 = malloc(room);
        if (base64) {
            sodium_bin2base64(base64, room, e->bytes, (size_t)e->size, sodium_base64_VARIANT_ORIGINAL);
            dkg_append_text(&b, ",\"envelope\":\"");
            dkg_append(&b, base64, room - 1);
            dkg_append_text(&b, "\"");
        }
        b.failed |= !base64;
        free(base64);
    }
    dkg_append_text(&b, "}");
    dkg_append(&b, "", 1);
    if (b.failed) {
        dkg_buffer_free(&b);
        return NULL;
    }
    *size = b.size - 1;
    return (char *)b.bytes;
}

uint8_t *dkg_extension_envelope(dkg_bytes text, size_t *size)
{
    uint8_t *bytes = NULL;
    *size = 0;
    while (text.size && text.at[text.size - 1] == 0) text.size--; /* hosts pad with zeros */
    if (text.size == 0) return NULL;
    json_t *root = json_loadb((const char *)text.at, text.size, JSON_REJECT_DUPLICATES, NULL);
    const char *format = json_string_value(json_object_get(root, "format"));
    json_t *member = json_object_get(root, "envelope");
    size_t length = json_string_length(member);
    if (format && strcmp(format, "DKG1") == 0 && length) {
        size_t most = length / 4 * 3 + 3;
        bytes = malloc(most);
        if (bytes && sodium_base642bin(bytes, most, json_string_value(member), length, NULL, size, NULL,
                                       sodium_base64_VARIANT_ORIGINAL) != 0) {
            free(bytes);
            bytes = NULL;
            *size = 0;
        }
    }
    json_decref(root);
    return bytes;
}
