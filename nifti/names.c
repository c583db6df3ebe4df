/* Names of NIfTI files, and sentences that begin with one. */
#include "internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Length of the name without .gz. */
static size_t plain_length(const char *path, bool *gzip)
{
    size_t n = strlen(path);
    *gzip = n >= 3 && strcasecmp(path + n - 3, ".gz") == 0;
    return *gzip ? n - 3 : n;
}

dkg_name_kind dkg_name_of(const char *path, bool *gzip)
{
    size_t n = plain_length(path, gzip);
    if (n < 4) return DKG_NAME_OTHER;
    if (strncasecmp(path + n - 4, ".nii", 4) == 0) return DKG_NAME_NII;
    if (strncasecmp(path + n - 4, ".hdr", 4) == 0) return DKG_NAME_HDR;
    if (strncasecmp(path + n - 4, ".img", 4) == 0) return DKG_NAME_IMG;
    return DKG_NAME_OTHER;
}

bool dkg_ends_in(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcasecmp(path + n - m, ending) == 0;
}

char *dkg_name_partner(const char *path, bool gzip)
{
    bool was_gzip;
    size_t n = plain_length(path, &was_gzip);
    bool upper = isupper((unsigned char)path[n - 3]) != 0;
    const char *kind = dkg_name_of(path, &was_gzip) == DKG_NAME_HDR ? (upper ? "IMG" : "img") : (upper ? "HDR" : "hdr");
    const char *ending = !gzip ? "" : was_gzip ? path + n : upper ? ".GZ" : ".gz";
    size_t room = n + sizeof ".gz";
    char *partner = malloc(room);
    if (partner) (void)snprintf(partner, room, "%.*s%s%s", (int)(n - 3), path, kind, ending);
    return partner;
}

char *dkg_image_name(const char *path)
{
    bool gzip;
    return dkg_name_of(path, &gzip) == DKG_NAME_HDR ? dkg_name_partner(path, gzip) : NULL;
}

dkg_status dkg_fail_in(dkg_error *err, dkg_status status, const char *path)
{
    if (err) {
        const dkg_error old = *err;
        (void)dkg_fail(err, status, "%s: %s", path, old.text);
        memcpy(err->hint, old.hint, sizeof err->hint);
    }
    return status;
}
