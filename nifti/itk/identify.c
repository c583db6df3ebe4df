/* Which format a file has, and whether all of it lies in that file. */
#include "internal.h"
#include "dkg/itk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { HEAD_BYTES = 64 << 10 }; /* text headers are a few hundred bytes; what comes later is not looked at */

const char *dkg_image_format_name(dkg_image_format format)
{
    static const char *const names[] = {"other", "NRRD", "MetaImage", "PNG", "TIFF", "JPEG 2000", "DICOM", "DICOM series"};
    return (size_t)format < sizeof names / sizeof names[0] ? names[format] : names[0];
}

/* The value of a line that begins with `key`, blanks around it left out; at NULL: no such line before `end`. */
static dkg_bytes value_of(const char *head, size_t size, const char *key)
{
    size_t n = strlen(key);
    for (const char *line = head, *end = head + size; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        if ((size_t)(stop - line) > n && strncasecmp(line, key, n) == 0) {
            const char *from = line + n, *to = stop;
            while (from < to && (*from == ' ' || *from == '=' || *from == ':' || *from == '\t')) from++;
            while (to > from && (to[-1] == '\r' || to[-1] == ' ' || to[-1] == '\t')) to--;
            return (dkg_bytes){(const uint8_t *)from, (size_t)(to - from)};
        }
        line = stop + 1;
    }
    return (dkg_bytes){NULL, 0};
}

/* The header of NRRD ends at the first empty line. */
static bool nrrd_is_detached(const char *head, size_t size)
{
    for (size_t i = 0; i + 1 < size; i++)
        if (head[i] == '\n' && (head[i + 1] == '\n' || (i + 2 < size && head[i + 1] == '\r' && head[i + 2] == '\n'))) size = i;
    return value_of(head, size, "data file").at || value_of(head, size, "datafile").at;
}

static bool meta_is_detached(const char *head, size_t size)
{
    dkg_bytes place = value_of(head, size, "ElementDataFile");
    return place.size != 5 || strncasecmp((const char *)place.at, "LOCAL", 5) != 0;
}

static bool begins(const uint8_t *head, size_t size, const char *magic, size_t n) { return size >= n && memcmp(head, magic, n) == 0; }

static dkg_image_format format_of(const char *path, const uint8_t *h, size_t size)
{
    bool gzip;
    if (dkg_name_of(path, &gzip) != DKG_NAME_OTHER) return DKG_IMAGE_OTHER; /* the voxels of an .img begin with any bytes */
    if (begins(h, size, "NRRD", 4)) return DKG_IMAGE_NRRD;
    if (begins(h, size, "\x89PNG\r\n\x1a\n", 8)) return DKG_IMAGE_PNG;
    if (begins(h, size, "II*\0", 4) || begins(h, size, "MM\0*", 4) || begins(h, size, "II+\0", 4) || begins(h, size, "MM\0+", 4))
        return DKG_IMAGE_TIFF;
    if (begins(h, size, "\0\0\0\x0cjP  \r\n\x87\n", 12) || begins(h, size, "\xff\x4f\xff\x51", 4)) return DKG_IMAGE_JPEG2000;
    if (size >= 132 && memcmp(h + 128, "DICM", 4) == 0) return DKG_IMAGE_DICOM;
    if ((dkg_ends_in(path, ".mha") || dkg_ends_in(path, ".mhd")) && value_of((const char *)h, size, "ElementDataFile").at) return DKG_IMAGE_META;
    return DKG_IMAGE_OTHER;
}

dkg_status dkg_image_identify(const char *path, dkg_image_format *format, bool *detached, dkg_error *err)
{
    struct stat st;
    uint8_t head[HEAD_BYTES];
    *format = DKG_IMAGE_OTHER;
    *detached = false;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        *format = DKG_IMAGE_DICOM_FOLDER;
        *detached = true;
        return DKG_OK;
    }
    FILE *f = fopen(path, "rb");
    if (!f) return dkg_fail(err, DKG_IO, "%s: %s", path, strerror(errno));
    size_t size = fread(head, 1, sizeof head, f);
    bool bad = ferror(f);
    (void)fclose(f);
    if (bad) return dkg_fail(err, DKG_IO, "%s: cannot be read", path);
    *format = format_of(path, head, size);
    if (*format == DKG_IMAGE_NRRD) *detached = nrrd_is_detached((const char *)head, size);
    if (*format == DKG_IMAGE_META) *detached = meta_is_detached((const char *)head, size);
    return DKG_OK;
}
