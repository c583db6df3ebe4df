/* tuning.c - reads and writes the result of tuning. */
#include "tuning.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "program.h"

#define FORMAT "deepkeygen tuning 1"

/* The file is called by a digest of device and driver, and says it inside too: a copied or renamed one is not taken. */
typedef struct place {
    char name[48], digest[65];
} place;

static place place_of(const dkg_cl *cl, cl_device_id device)
{
    const char *text = FORMAT;
    const size_t size = sizeof FORMAT;
    dkg_program_id id;
    place p;
    dkg_program_identify(cl, device, &text, &size, 1, &id);
    sodium_bin2hex(p.digest, sizeof p.digest, id.digest, sizeof id.digest);
    snprintf(p.name, sizeof p.name, "%.32s.tuning", p.digest);
    return p;
}

static bool is_power_of_two(unsigned n) { return n && (n & (n - 1)) == 0; }

bool dkg_profile_is_valid(const dkg_profile *p)
{
    return (p->lanes == 4 || p->lanes == 8) && is_power_of_two(p->vectors) && p->lanes * p->vectors <= 16 && p->pixels >= 1 &&
           p->pixels <= DKG_PIXELS_MAX && (p->channels == 4 || p->channels == 8 || p->channels == 16) && p->span >= 1 &&
           p->span <= 4096 && p->chunk >= 1 && p->chunk <= 65536 && p->slots >= 1 && p->slots <= 2 &&
           is_power_of_two(p->group) && p->group <= 1024;
}

bool dkg_tuning_read(const dkg_cl *cl, cl_device_id device, const dkg_log *log, dkg_profile *profile)
{
    const place p = place_of(cl, device);
    uint8_t *bytes;
    size_t size;
    if (!dkg_cache_read(p.name, &bytes, &size)) return false;
    const char *format = "", *digest = "", *label;
    int lanes, vectors, pixels, channels, span, chunk, mad24, madd16, in_float, slots, group;
    json_t *root = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, NULL);
    free(bytes);
    bool good = root && json_unpack(root, "{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:b, s:b, s:b, s:i, s:i !}", "format", &format,
                                    "device", &label, "digest", &digest, "lanes", &lanes, "vectors", &vectors, "pixels", &pixels,
                                    "channels", &channels, "span", &span, "chunk", &chunk, "mad24", &mad24, "madd16", &madd16,
                                    "in_float", &in_float, "slots", &slots, "group", &group) == 0;
    good = good && strcmp(format, FORMAT) == 0 && strcmp(digest, p.digest) == 0;
    if (good) {
        /* What was negative becomes too large. */
        const dkg_profile read = {.name = "tuned",
                                  .lanes = (unsigned)lanes,
                                  .vectors = (unsigned)vectors,
                                  .pixels = (unsigned)pixels,
                                  .channels = (unsigned)channels,
                                  .span = (unsigned)span,
                                  .chunk = (unsigned)chunk,
                                  .mad24 = mad24,
                                  .madd16 = madd16,
                                  .in_float = in_float,
                                  .slots = (unsigned)slots,
                                  .group = (unsigned)group};
        good = dkg_profile_is_valid(&read);
        if (good) *profile = read;
    }
    if (!good) {
        char path[DKG_CACHE_PATH];
        dkg_warn(log, "%s: not a result of dkg tune for this device, ignored",
                 dkg_cache_path(p.name, false, path) ? path : p.name);
    }
    json_decref(root);
    return good;
}

bool dkg_tuning_write(const dkg_cl *cl, cl_device_id device, const dkg_profile *t, char *path, size_t size)
{
    const place p = place_of(cl, device);
    char label[200] = "", whole[DKG_CACHE_PATH];
    (void)cl->clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof label - 1, label, NULL);
    json_t *root = json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:b, s:b, s:b, s:i, s:i}", "format", FORMAT, "device",
                             label, "digest", p.digest, "lanes", (int)t->lanes, "vectors", (int)t->vectors, "pixels", (int)t->pixels,
                             "channels", (int)t->channels, "span", (int)t->span, "chunk", (int)t->chunk, "mad24", (int)t->mad24,
                             "madd16", (int)t->madd16, "in_float", (int)t->in_float, "slots", (int)t->slots, "group", (int)t->group);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    const bool written = text && dkg_cache_write(p.name, text, strlen(text)) && dkg_cache_path(p.name, false, whole);
    snprintf(path, size, "%s", written ? whole : "");
    free(text);
    json_decref(root);
    return written;
}

void dkg_tuning_forget(const dkg_cl *cl, cl_device_id device) { dkg_cache_remove(place_of(cl, device).name); }
