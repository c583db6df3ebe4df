/* image.c - pictures of any size become grey bytes of a bounded size. */
#include <stdlib.h>
#include <string.h>

#include "dkg/training.h"

enum { LONGEST = 4 }; /* longest side, in short ones: memory stays bounded whatever the picture is */

/* The part of one axis that is used, and how many pixels it becomes. */
typedef struct axis {
    uint64_t first, used; /* of the source */
    uint32_t out;
} axis;

static axis plan(uint64_t length, uint64_t shorter, uint32_t side)
{
    axis a = {0, length, 0};
    const uint64_t longest = LONGEST * (shorter > side ? shorter : (uint64_t)side);
    if (length > longest) {
        a.first = (length - longest) / 2;
        a.used = longest;
    }
    const double factor = shorter > side ? (double)shorter / side : 1;
    a.out = (uint32_t)((double)a.used / factor + 0.5);
    return a;
}

static float clamp(float v) { return v > 0 ? v < 255 ? v : 255 : 0; } /* NaN: 0 */

/* Mean of the source pixels that fall on output pixel (x, y). */
static uint8_t mean(const float *grey, uint64_t width, const axis *h, const axis *v, uint32_t x, uint32_t y)
{
    uint64_t x0 = h->first + h->used * x / h->out, x1 = h->first + h->used * (x + 1) / h->out;
    uint64_t y0 = v->first + v->used * y / v->out, y1 = v->first + v->used * (y + 1) / v->out;
    double sum = 0;
    for (uint64_t j = y0; j < y1; j++)
        for (uint64_t i = x0; i < x1; i++) sum += (double)clamp(grey[j * width + i]);
    return (uint8_t)(sum / (double)((x1 - x0) * (y1 - y0)) + 0.5);
}

static bool constant(const uint8_t *bytes, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (bytes[i] != bytes[0]) return false;
    return true;
}

dkg_status dkg_train_image_make(const float *grey, uint64_t width, uint64_t height, uint32_t side, uint32_t crop, dkg_train_image *out,
                                dkg_error *err)
{
    *out = (dkg_train_image){0, 0, NULL};
    const uint64_t shorter = width < height ? width : height;
    if (shorter < crop || side < crop)
        return dkg_fail(err, DKG_SOURCE, "%llux%llu pixels, smaller than the crop of %ux%u", (unsigned long long)width,
                        (unsigned long long)height, crop, crop);
    const axis h = plan(width, shorter, side), v = plan(height, shorter, side);
    const size_t n = (size_t)h.out * v.out;
    uint8_t *pixels = malloc(n);
    if (!pixels) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an image of %ux%u pixels", h.out, v.out);
    for (uint32_t y = 0; y < v.out; y++)
        for (uint32_t x = 0; x < h.out; x++) pixels[(size_t)y * h.out + x] = mean(grey, width, &h, &v, x, y);
    if (constant(pixels, n)) {
        free(pixels);
        return dkg_fail(err, DKG_SOURCE, "all pixels are alike");
    }
    *out = (dkg_train_image){h.out, v.out, pixels};
    return DKG_OK;
}
