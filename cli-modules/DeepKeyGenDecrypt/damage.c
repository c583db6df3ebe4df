#include "DeepKeyGenDecrypt/damage.h"

#include "common/tables.h"

#include <jansson.h>
#include <stdlib.h>

/* Slice z of the carrier in the source: third axis fastest, then the rest counted as one (time for a 4-D series). */
static void indices(const dkg_damage *d, uint64_t slice, uint64_t *z, uint64_t *time)
{
    uint64_t depth = d->source ? d->source->dim[3] : d->slices;
    *z = slice % depth;
    *time = slice / depth;
}

static const char *cause = "authentication tag does not fit";

dkg_status dkg_damage_table(const char *path, unsigned flags, const dkg_damage *d, dkg_error *err)
{
    dkg_buffer rows = {0};
    dkg_append_text(&rows, "slice,time,z,offset,cause\n");
    for (uint64_t i = 0; d->damaged && i < d->slices; i++) {
        uint64_t z, time;
        if (!d->damaged[i]) continue;
        indices(d, i, &z, &time);
        dkg_append_text(&rows, "%llu,%llu,%llu,%llu,%s\n", (unsigned long long)i, (unsigned long long)time, (unsigned long long)z,
                        (unsigned long long)(d->data_offset + i * d->slice_bytes), cause);
    }
    dkg_status status = dkg_table_write(path, flags, &rows, "slice,int\ntime,int\nz,int\noffset,double\ncause,string\n", err);
    dkg_buffer_free(&rows);
    return status;
}

dkg_status dkg_damage_file(const char *path, unsigned flags, const dkg_damage *d, dkg_error *err)
{
    json_t *list = json_array();
    for (uint64_t i = 0; d->damaged && i < d->slices; i++) {
        uint64_t z, time;
        if (!d->damaged[i]) continue;
        indices(d, i, &z, &time);
        json_array_append_new(list, json_pack("{s:I, s:I, s:I, s:I, s:s}", "slice", (json_int_t)i, "time", (json_int_t)time, "z",
                                              (json_int_t)z, "offset", (json_int_t)(d->data_offset + i * d->slice_bytes), "cause", cause));
    }
    json_t *root = json_pack("{s:s, s:s, s:s, s:i, s:i, s:o}", "volume", d->volume_id, "status", dkg_status_name(d->status), "message",
                             d->sentence, "slices", (int)d->slices, "damagedSlices", (int)d->count, "damage", list);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    dkg_status status;
    if (text) {
        dkg_buffer b = {0};
        dkg_append_text(&b, "%s\n", text);
        status = b.failed ? dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", path) : dkg_file_write(path, flags, b.bytes, b.size, err);
        dkg_buffer_free(&b);
    } else {
        status = dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", path);
    }
    free(text);
    json_decref(root);
    return status;
}
