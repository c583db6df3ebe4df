#include "DeepKeyGenTrain/images.h"

#include "DeepKeyGenTrain/names.h"
#include "common/picture.h"
#include "common/volumes.h"
#include "dkg/itk.h"
#include "dkg/nifti.h"

#include <png.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 256,               /* shorter side of an image in memory, or the crop when that is more */
    ENCRYPTED_SIDE = 1024,    /* of an encrypted one, which cannot be made smaller, only cut */
    FILES_MAX = 1024,
    SLICES_MAX = 1024,        /* of all files together, though at least one of each */
    PNG_PIXELS_MAX = 1 << 26,
    PNG_BYTES_MAX = 1 << 28,
    RGB24 = 128,
    CHOICE = 100              /* of dkg_train_draw(); lower numbers belong to the loop */
};

/* ---- one file -------------------------------------------------------------------------------------------------------------------- */
typedef struct picture {
    dkg_volume *volume; /* one of the two owns the voxels */
    uint8_t *pixels;
    dkg_picture_volume view;
} picture;

static void picture_free(picture *p)
{
    dkg_volume_free(p->volume);
    free(p->pixels);
    *p = (picture){0};
}

/* Where ITK is not at hand. */
static dkg_status read_png(const char *path, picture *out, dkg_error *err)
{
    uint8_t *bytes;
    size_t size;
    dkg_status status = dkg_file_read(path, PNG_BYTES_MAX, &bytes, &size, err);
    if (status != DKG_OK) return status;
    png_image image = {.version = PNG_IMAGE_VERSION};
    const bool begun = png_image_begin_read_from_memory(&image, bytes, size) != 0;
    if (begun && (uint64_t)image.width * image.height > PNG_PIXELS_MAX) {
        status = dkg_fail(err, DKG_SOURCE, "%ux%u pixels, at most %d are read", image.width, image.height, PNG_PIXELS_MAX);
    } else if (begun) {
        image.format = PNG_FORMAT_RGB;
        out->pixels = dkg_calloc((uint64_t)image.width * image.height, 3);
        if (!out->pixels) status = dkg_fail(err, DKG_NO_MEMORY, "no memory for %ux%u pixels", image.width, image.height);
        else (void)png_image_finish_read(&image, &(png_color){0, 0, 0}, out->pixels, 0, NULL);
    }
    if (status == DKG_OK && (!begun || PNG_IMAGE_FAILED(image))) status = dkg_fail(err, DKG_SOURCE, "libpng: %s", image.message);
    out->view = (dkg_picture_volume){.dim = {image.width, image.height, 1}, .step = (uint64_t)3 * image.width * image.height,
                                     .datatype = RGB24, .bpv = 3, .voxels = out->pixels, .spacing = {1, 1, 1}};
    png_image_free(&image);
    free(bytes);
    return status;
}

/* Every slice of every time point, one after another. */
static void view_volume(picture *p)
{
    const dkg_nifti_header *h = &p->volume->header;
    p->view = dkg_picture_of_volume(h, p->volume->data.at);
    p->view.dim[2] = h->voxels / (h->dim[1] * h->dim[2]);
}

static dkg_status read_other(const char *path, dkg_image_format format, picture *out, dkg_error *err)
{
    dkg_image *image = NULL;
    dkg_status status = dkg_image_read(path, 0, &image, err);
    if (status == DKG_UNSUPPORTED && format == DKG_IMAGE_PNG) return read_png(path, out, err);
    if (status == DKG_OK) status = dkg_image_to_volume(image, &out->volume, err);
    dkg_image_free(image);
    return status;
}

static dkg_status read_picture(const char *path, picture *out, dkg_error *err)
{
    dkg_image_format format;
    bool detached;
    *out = (picture){0};
    dkg_status status = dkg_image_identify(path, &format, &detached, err);
    if (status != DKG_OK) return status;
    status = format == DKG_IMAGE_OTHER ? dkg_volume_read(path, 0, &out->volume, err) : read_other(path, format, out, err);
    if (status == DKG_OK && out->volume) view_volume(out);
    if (status != DKG_OK) picture_free(out);
    return status;
}

/* ---- slices ------------------------------------------------------------------------------------------------------------------------ */
/* Slice z in grey, 0 to 255 between the volume's 1st and 99th percentile. */
static void grey_slice(const dkg_picture_volume *v, uint64_t z, double low, double high, float *grey)
{
    for (uint64_t y = 0; y < v->dim[1]; y++)
        for (uint64_t x = 0; x < v->dim[0]; x++)
            *grey++ = (float)(255 * (dkg_picture_voxel(v, x, y, z) - low) / (high - low));
}

/* Part of an encrypted slice, its bytes as they are: colours as planes below one another, of wider numbers the lowest byte. */
static void encrypted_slice(const dkg_picture_volume *v, uint64_t z, uint64_t width, uint64_t height, float *grey)
{
    const uint64_t planes = v->datatype == RGB24 ? 3 : 1;
    for (uint64_t y = 0; y < planes * height; y++)
        for (uint64_t x = 0; x < width; x++) {
            const uint8_t *voxel = v->voxels + z * v->step + ((y % height) * v->dim[0] + x) * v->bpv;
            *grey++ = planes == 3 ? voxel[y / height] : voxel[v->big_endian ? v->bpv - 1 : 0];
        }
}

typedef struct reader {
    uint32_t crop;
    bool encrypted;
    size_t slices_each;
    dkg_image_set set;
    size_t capacity;
    crypto_generichash_state hash;
} reader;

static dkg_status keep(reader *r, const dkg_train_image *image, dkg_error *err)
{
    uint8_t size[8];
    if (r->set.count == r->capacity) {
        const size_t capacity = r->capacity ? 2 * r->capacity : 64;
        dkg_train_image *items = realloc(r->set.items, capacity * sizeof *items);
        if (!items) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu images", capacity);
        r->set.items = items;
        r->capacity = capacity;
    }
    r->set.items[r->set.count++] = *image;
    dkg_store32(size, image->width);
    dkg_store32(size + 4, image->height);
    crypto_generichash_update(&r->hash, size, sizeof size);
    crypto_generichash_update(&r->hash, image->pixels, (size_t)image->width * image->height);
    return DKG_OK;
}

/* Keeps the usable ones among at most slices_each slices, spread evenly; DKG_SOURCE with the last reason when there is none. */
static dkg_status take_slices(reader *r, const dkg_picture_volume *v, dkg_error *err)
{
    const uint64_t slices = v->dim[2], wanted = slices < r->slices_each ? slices : r->slices_each;
    const uint64_t width = r->encrypted && v->dim[0] > ENCRYPTED_SIDE ? ENCRYPTED_SIDE : v->dim[0];
    const uint64_t height = r->encrypted && v->dim[1] > ENCRYPTED_SIDE ? ENCRYPTED_SIDE : v->dim[1];
    const uint64_t rows = r->encrypted && v->datatype == RGB24 ? 3 * height : height;
    const uint32_t side = r->encrypted ? ENCRYPTED_SIDE : r->crop > SIDE ? r->crop : SIDE;
    const size_t before = r->set.count;
    double low = 0, high = 1;
    float *grey = dkg_calloc(width * rows, sizeof *grey);
    dkg_status status = DKG_OK;
    if (!grey) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a slice of %llux%llu pixels", (unsigned long long)width, (unsigned long long)rows);
    if (!r->encrypted) dkg_picture_window(v, &low, &high);
    for (uint64_t i = 0; i < wanted && (status == DKG_OK || status == DKG_SOURCE); i++) {
        const uint64_t z = (2 * i + 1) * slices / (2 * wanted);
        dkg_train_image image;
        if (r->encrypted) encrypted_slice(v, z, width, height, grey);
        else grey_slice(v, z, low, high, grey);
        status = dkg_train_image_make(grey, width, rows, side, r->crop, &image, err);
        if (status != DKG_OK) continue;
        status = keep(r, &image, err);
        if (status != DKG_OK) free(image.pixels);
    }
    free(grey);
    return status == DKG_SOURCE && r->set.count > before ? DKG_OK : status;
}

/* ---- all files --------------------------------------------------------------------------------------------------------------------- */
/* Of too many names, FILES_MAX drawn by the seed remain, in their order. */
static void choose(dkg_names *names, const uint8_t seed[32], const dkg_log *log)
{
    if (names->count <= FILES_MAX) return;
    dkg_warn(log, "%d of %zu files are used, drawn at random", FILES_MAX, names->count);
    size_t kept = 0;
    for (size_t i = 0; i < names->count; i++) { /* each set of FILES_MAX is equally likely */
        const size_t left = names->count - i, wanted = FILES_MAX - kept;
        if (dkg_train_draw(seed, i, CHOICE) % left < wanted) names->items[kept++] = names->items[i];
        else free(names->items[i]);
    }
    names->count = kept;
}

static dkg_status read_all(reader *r, const dkg_names *names, const dkg_log *log, dkg_error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        picture p;
        dkg_error why = {0};
        dkg_status status = dkg_progress(log, "reading images", 0, err);
        if (status != DKG_OK) return status;
        status = read_picture(names->items[i], &p, &why);
        if (status == DKG_OK) status = take_slices(r, &p.view, &why);
        picture_free(&p);
        if (status == DKG_NO_MEMORY) return dkg_fail(err, status, "%s: %s", names->items[i], why.text);
        if (status == DKG_OK) {
            r->set.files++;
        } else {
            r->set.skipped++;
            const bool named = strncmp(why.text, names->items[i], strlen(names->items[i])) == 0;
            dkg_warn(log, "%s%s%s; passed over", named ? "" : names->items[i], named ? "" : ": ", why.text);
        }
    }
    return DKG_OK;
}

dkg_status dkg_image_set_read(const char *place, uint32_t crop, bool encrypted, const uint8_t seed[DKG_TRAIN_SEED_BYTES],
                              const dkg_log *log, dkg_image_set *out, dkg_error *err)
{
    dkg_names names;
    reader r = {.crop = crop, .encrypted = encrypted};
    *out = r.set;
    dkg_status status = dkg_names_find(place, &names, err);
    if (status != DKG_OK) return status;
    choose(&names, seed, log);
    r.slices_each = SLICES_MAX / names.count > 0 ? SLICES_MAX / names.count : 1;
    crypto_generichash_init(&r.hash, NULL, 0, DKG_DIGEST_BYTES);
    status = read_all(&r, &names, log, err);
    crypto_generichash_final(&r.hash, r.set.digest, DKG_DIGEST_BYTES);
    if (status == DKG_OK && r.set.count == 0) {
        status = dkg_fail(err, DKG_SOURCE, "%s: none of %zu files can be used to train", place, names.count);
        (void)dkg_fail_hint(err, status, "the warnings say why; an image must be at least %ux%u pixels and not all alike", crop, crop);
    }
    if (status == DKG_OK) *out = r.set;
    else dkg_image_set_free(&r.set);
    dkg_names_free(&names);
    return status;
}

void dkg_image_set_free(dkg_image_set *set)
{
    for (size_t i = 0; i < set->count; i++) free(set->items[i].pixels);
    free(set->items);
    *set = (dkg_image_set){0};
}
