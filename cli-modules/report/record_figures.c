/* What figures need: per-slice curves, histograms, neighbours, pictures. */
#include "report/record.h"

#include <math.h>
#include <png.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* The object of array `name` with this subject and part, made if need be. */
static json_t *of_subject(dkg_record *r, const char *name, const char *subject, const char *part)
{
    json_t *array = dkg_record_array(r, name), *item;
    size_t i;
    json_array_foreach(array, i, item) {
        const char *s = json_string_value(json_object_get(item, "subject")), *p = json_string_value(json_object_get(item, "part"));
        if (s && p && strcmp(s, subject) == 0 && strcmp(p, part) == 0) return item;
    }
    item = dkg_record_item(r, name);
    dkg_record_text(r, item, "subject", subject);
    dkg_record_text(r, item, "part", part);
    return item;
}

static void push(dkg_record *r, json_t *object, const char *name, double value)
{
    json_t *array = json_object_get(object, name);
    if (object && !array && json_object_set_new(object, name, array = json_array()) != 0) array = NULL;
    json_t *number = !isfinite(value) ? json_null() : value == rint(value) && fabs(value) < 1e15 ? json_integer((json_int_t)value) : json_real(value);
    if (!array || json_array_append_new(array, number) != 0) r->failed = true;
    if (!array) json_decref(number);
}

void dkg_record_slice(dkg_record *r, const char *subject, const dkg_slice_metrics *m)
{
    json_t *item = of_subject(r, "slices", subject, m->part);
    dkg_record_integer(r, item, "bits", m->bits);
    dkg_record_integer(r, item, "n", m->n);
    push(r, item, "entropy", m->entropy);
    push(r, item, "chiSquare", m->chi_square);
    push(r, item, "chiSquareP", m->chi_square_p);
    push(r, item, "horizontal", m->horizontal);
    push(r, item, "vertical", m->vertical);
    push(r, item, "diagonal", m->diagonal);
    push(r, item, "horizontalP", m->horizontal_p);
    push(r, item, "verticalP", m->vertical_p);
    push(r, item, "diagonalP", m->diagonal_p);
}

void dkg_record_histogram(dkg_record *r, const char *subject, const char *part, const uint64_t *count, size_t values)
{
    uint64_t total = 0, group = values > 256 ? values / 256 : 1;
    double bins = (double)(values / group);
    json_t *item = dkg_record_item(r, "histograms");
    for (size_t i = 0; i < values; i++) total += count[i];
    double mean = (double)total / bins, spread = dkg_normal_quantile(0.9995) * sqrt(mean * (1 - 1 / bins));
    dkg_record_text(r, item, "subject", subject);
    dkg_record_text(r, item, "part", part);
    dkg_record_integer(r, item, "values", values);
    dkg_record_number(r, item, "low", mean - spread);
    dkg_record_number(r, item, "high", mean + spread);
    for (size_t i = 0; i < values; i += group) {
        uint64_t sum = 0;
        for (size_t k = i; k < i + group && k < values; k++) sum += count[k];
        push(r, item, "count", (double)sum);
    }
}

static double sample(const uint8_t *plane, const dkg_shape *s, uint64_t i)
{
    return s->sample_bytes == 2 ? dkg_load16(plane + 2 * i) : plane[i];
}

void dkg_record_scatter(dkg_record *r, const char *subject, const uint8_t *plane, const dkg_shape *s, const dkg_metric_list *rows)
{
    enum { POINTS = 3000 };
    static const struct {
        const char *direction, *metric;
        uint32_t dx, dy;
    } of[3] = {{"horizontal", "correlationHorizontal", 1, 0}, {"vertical", "correlationVertical", 0, 1}, {"diagonal", "correlationDiagonal", 1, 1}};
    for (size_t k = 0; k < 3; k++) {
        uint32_t right = of[k].dx * s->channels;
        if (s->nx <= right || s->ny <= of[k].dy) continue;
        uint64_t columns = s->nx - right, pairs = columns * (s->ny - of[k].dy), points = pairs < POINTS ? pairs : POINTS;
        const dkg_metric *m = dkg_metric_find(rows, of[k].metric, NULL, -1);
        json_t *item = dkg_record_item(r, "scatter");
        dkg_record_text(r, item, "subject", subject);
        dkg_record_text(r, item, "direction", of[k].direction);
        dkg_record_integer(r, item, "bits", s->bits);
        dkg_record_number(r, item, "r", m ? m->value : (double)NAN);
        for (uint64_t i = 0; i < points; i++) {
            uint64_t pair = pairs / points * i + pairs % points * i / points, x = pair % columns, y = pair / columns;
            push(r, item, "x", sample(plane, s, y * s->nx + x));
            push(r, item, "y", sample(plane, s, (y + of[k].dy) * s->nx + x + right));
        }
    }
}

void dkg_record_picture(dkg_record *r, const char *figure, const char *subject, const char *caption, const char *alt,
                        const uint8_t *pixels, uint32_t width, uint32_t height, unsigned channels)
{
    png_image image = {.version = PNG_IMAGE_VERSION, .width = width, .height = height,
                       .format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY};
    png_alloc_size_t size = 0;
    uint8_t *png = NULL;
    char *text = NULL;
    if (png_image_write_to_memory(&image, NULL, &size, 0, pixels, 0, NULL) && (png = dkg_calloc(size, 1)) != NULL &&
        png_image_write_to_memory(&image, png, &size, 0, pixels, 0, NULL) &&
        (text = dkg_calloc(sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL), 1)) != NULL) {
        json_t *item = dkg_record_item(r, "pictures");
        (void)sodium_bin2base64(text, sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL), png, size,
                                sodium_base64_VARIANT_ORIGINAL);
        dkg_record_text(r, item, "figure", figure);
        dkg_record_text(r, item, "subject", subject);
        dkg_record_text(r, item, "caption", caption);
        dkg_record_text(r, item, "alt", alt);
        dkg_record_integer(r, item, "width", width);
        dkg_record_integer(r, item, "height", height);
        dkg_record_text(r, item, "png", text);
    } else {
        r->failed = true;
    }
    free(text);
    free(png);
}
