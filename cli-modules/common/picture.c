#include "common/picture.h"

#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 240, GAP = 8 };

double dkg_picture_voxel(const dkg_picture_volume *v, uint64_t x, uint64_t y, uint64_t z)
{
    uint8_t b[8] = {0};
    const uint8_t *p = v->voxels + z * v->step + (y * v->dim[0] + x) * v->bpv;
    size_t n = v->bpv < 8 ? v->bpv : 8;
    if (v->datatype == 32 || v->datatype == 2304) n = 4; /* real part; RGBA as four bytes */
    bool colour = v->datatype == 128 || v->datatype == 2304;
    for (size_t i = 0; i < n; i++) b[i] = p[v->big_endian && !colour ? n - 1 - i : i];
    float f;
    double d;
    switch (v->datatype) {
    case 2: return b[0];
    case 256: return (int8_t)b[0];
    case 4: return (int16_t)dkg_load16(b);
    case 512: return dkg_load16(b);
    case 8: return (int32_t)dkg_load32(b);
    case 768: return dkg_load32(b);
    case 1024: return (double)(int64_t)dkg_load64(b);
    case 1280: return (double)dkg_load64(b);
    case 16: case 32:
        memcpy(&f, &(uint32_t){dkg_load32(b)}, sizeof f);
        return isfinite(f) ? (double)f : 0;
    case 64:
        memcpy(&d, &(uint64_t){dkg_load64(b)}, sizeof d);
        return isfinite(d) ? d : 0;
    case 128: case 2304: return (b[0] + b[1] + b[2]) / 3.0;
    default: return 0;
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void dkg_picture_window(const dkg_picture_volume *v, double *low, double *high)
{
    enum { SAMPLES = 4096 };
    double s[SAMPLES];
    uint64_t n = v->dim[0] * v->dim[1] * v->dim[2];
    for (uint64_t i = 0; i < SAMPLES; i++) {
        uint64_t at = n / SAMPLES * i + n % SAMPLES * i / SAMPLES;
        s[i] = dkg_picture_voxel(v, at % v->dim[0], at / v->dim[0] % v->dim[1], at / v->dim[0] / v->dim[1]);
    }
    qsort(s, SAMPLES, sizeof s[0], by_value);
    *low = s[SAMPLES / 100];
    *high = s[SAMPLES - 1 - SAMPLES / 100];
    if (!(*high > *low)) *high = *low + 1;
}

/* The first row is at the bottom, as expected of volumes whose axes point to anterior and superior. */
void dkg_picture_slice(const dkg_picture_volume *v, int across, int down, size_t side, uint8_t *out, size_t row_bytes)
{
    uint64_t at[3] = {v->dim[0] / 2, v->dim[1] / 2, v->dim[2] / 2};
    double mm[3], low, high, s = (double)side;
    dkg_picture_window(v, &low, &high);
    for (int i = 0; i < 3; i++) mm[i] = isfinite(v->spacing[i]) && v->spacing[i] > 0 ? v->spacing[i] : 1;
    double width = mm[across] * (double)v->dim[across], height = mm[down] * (double)v->dim[down];
    double scale = (width > height ? width : height) / s;
    for (size_t row = 0; row < side; row++)
        for (size_t col = 0; col < side; col++) {
            double x = (((double)col + 0.5 - s / 2) * scale + width / 2) / mm[across];
            double y = ((s / 2 - (double)row - 0.5) * scale + height / 2) / mm[down];
            if (x < 0 || y < 0 || x >= (double)v->dim[across] || y >= (double)v->dim[down]) continue;
            at[across] = (uint64_t)x;
            at[down] = (uint64_t)y;
            double g = 255 * (dkg_picture_voxel(v, at[0], at[1], at[2]) - low) / (high - low);
            out[row * row_bytes + col] = (uint8_t)(g < 0 ? 0 : g > 255 ? 255 : g);
        }
}

dkg_status dkg_picture_write(const char *path, unsigned flags, const dkg_picture_volume *volumes, size_t count, dkg_error *err)
{
    static const int axes[3][2] = {{0, 1}, {0, 2}, {1, 2}};
    size_t width = count * SIDE + (count + 1) * GAP, height = 3 * SIDE + 4 * GAP;
    dkg_status status = DKG_OK;
    png_image image = {.version = PNG_IMAGE_VERSION, .width = (png_uint_32)width, .height = (png_uint_32)height,
                       .format = PNG_FORMAT_GRAY};
    png_alloc_size_t size = 0;
    uint8_t *pixels = dkg_calloc(height, width), *png = NULL;
    if (!pixels) return dkg_fail(err, DKG_NO_MEMORY, "%s: no memory for a picture", path);
    memset(pixels, 32, height * width);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < 3; k++)
            dkg_picture_slice(&volumes[i], axes[k][0], axes[k][1], SIDE,
                              pixels + (GAP + k * (SIDE + GAP)) * width + GAP + i * (SIDE + GAP), width);
    if (!png_image_write_to_memory(&image, NULL, &size, 0, pixels, 0, NULL) || !(png = dkg_calloc(size, 1)) ||
        !png_image_write_to_memory(&image, png, &size, 0, pixels, 0, NULL))
        status = dkg_fail(err, DKG_INTERNAL, "%s: libpng: %s", path, image.message);
    else
        status = dkg_file_write(path, flags, png, size, err);
    free(png);
    free(pixels);
    return status;
}
