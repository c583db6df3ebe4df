/* Images in and out: what can be checked without ITK is checked here, the rest is asked of the child. */
#include "internal.h"
#include "itk/child.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

dkg_status dkg_image_read(const char *path, uint64_t max, dkg_image **out, dkg_error *err)
{
    dkg_image_format format;
    bool detached;
    *out = NULL;
    dkg_status status = dkg_image_identify(path, &format, &detached, err);
    if (status != DKG_OK) return status;
    if (format == DKG_IMAGE_OTHER)
        return dkg_fail(err, DKG_SOURCE, "%s: not an image in NRRD, MetaImage, PNG, TIFF, JPEG 2000 or DICOM format", path);
    dkg_image *image = calloc(1, sizeof *image);
    if (!image) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", path);
    dkg_itk_call call = {.format = format, .path = path, .max = max ? max : dkg_memory_limit()};
    status = dkg_itk_run(&call, image, err);
    if (status != DKG_OK) {
        free(image);
        return dkg_fail_in(err, status, path);
    }
    *out = image;
    return DKG_OK;
}

void dkg_image_free(dkg_image *image)
{
    if (!image) return;
    free(image->owned);
    free(image);
}

static dkg_image_format format_to_write(const char *path, const char **ending)
{
    static const struct { const char *ending; dkg_image_format format; } known[] = {
        {".nrrd", DKG_IMAGE_NRRD}, {".mha", DKG_IMAGE_META}, {".tif", DKG_IMAGE_TIFF}, {".tiff", DKG_IMAGE_TIFF}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!dkg_ends_in(path, known[i].ending)) continue;
        *ending = known[i].ending;
        return known[i].format;
    }
    *ending = NULL;
    return DKG_IMAGE_OTHER;
}

/* Writers of ITK drop the shear of axes that are not at right angles without a word. */
static bool right_angles(const dkg_image *image)
{
    uint32_t n = image->rank < 3 ? image->rank : 3;
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t b = a; b < n; b++) {
            double dot = 0, aa = 0, bb = 0;
            for (int row = 0; row < 3; row++) {
                dot += image->to_world[row][a] * image->to_world[row][b];
                aa += image->to_world[row][a] * image->to_world[row][a];
                bb += image->to_world[row][b] * image->to_world[row][b];
            }
            bool orthogonal = dot * dot <= 1e-6 * aa * bb;
            if (!(aa > 0) || (a != b && !orthogonal)) return false; /* also NaN */
        }
    return true;
}

static dkg_status check_image(const char *path, dkg_image_format format, const dkg_image *image, dkg_error *err)
{
    uint64_t bytes = dkg_image_bytes(image);
    if (bytes == 0 || bytes != image->voxels.size)
        return dkg_fail(err, DKG_USAGE, "%s: %zu bytes of voxels are not an image of %u axes and type %u", path, image->voxels.size,
                        (unsigned)image->rank, (unsigned)image->datatype);
    if (!right_angles(image)) return dkg_fail(err, DKG_USAGE, "%s: the axes of the image are not at right angles", path);
    bool tiff_type = image->datatype == 2 || image->datatype == 256 || image->datatype == 4 || image->datatype == 512 || image->datatype == 16;
    if (format == DKG_IMAGE_TIFF && (image->rank > 3 || !tiff_type))
        return dkg_fail(err, DKG_USAGE, "%s: TIFF holds no image of %u axes and type %u", path, (unsigned)image->rank, (unsigned)image->datatype);
    return DKG_OK;
}

/* ITK writes by name and in its own way, so it gets a folder of its own beside the target; the outcome then goes the way of
 * every output. */
static dkg_status write_aside(dkg_image_format format, const char *path, const char *ending, unsigned flags, const dkg_image *image,
                              dkg_error *err)
{
    const char *slash = strrchr(path, '/');
    size_t stem = slash ? (size_t)(slash - path) + 1 : 0, room = stem + 64;
    char *folder = malloc(room), *name = malloc(room);
    uint8_t *bytes = NULL;
    size_t size;
    bool made = false;
    dkg_status status = DKG_NO_MEMORY;
    if (!folder || !name) {
        (void)dkg_fail(err, status, "%s: out of memory", path);
        goto done;
    }
    (void)snprintf(folder, room, "%.*s.dkg-XXXXXX", (int)stem, path);
    made = mkdtemp(folder) != NULL;
    if (!made) {
        status = dkg_fail(err, DKG_IO, "%s: no folder can be made beside it: %s", path, strerror(errno));
        goto done;
    }
    (void)snprintf(name, room, "%s/image%s", folder, ending);
    dkg_itk_call call = {.format = format, .path = name, .image = image};
    status = dkg_itk_run(&call, NULL, err);
    if (status != DKG_OK) {
        (void)dkg_fail_in(err, status, path);
        goto done;
    }
    status = dkg_file_read(name, UINT64_MAX, &bytes, &size, err);
    if (status == DKG_OK) status = dkg_file_write(path, flags, bytes, size, err);
done:
    if (made) {
        (void)unlink(name);
        (void)rmdir(folder);
    }
    free(bytes);
    free(folder);
    free(name);
    return status;
}

dkg_status dkg_image_write(const char *path, unsigned flags, const dkg_image *image, dkg_error *err)
{
    const char *ending;
    dkg_image_format format = format_to_write(path, &ending);
    if (format == DKG_IMAGE_OTHER) return dkg_fail(err, DKG_USAGE, "%s: the name must end in .nrrd, .mha, .tif or .tiff", path);
    dkg_status status = check_image(path, format, image, err);
    return status == DKG_OK ? write_aside(format, path, ending, flags, image, err) : status;
}
