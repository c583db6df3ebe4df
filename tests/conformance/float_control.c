/* The control: the network of a published vector in floats. usage: float_control VECTORS c|opencl FILE
 * FILE receives the keys of both heads, fold and tanh, one after another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "float_control.h"

/* The vector of seed 1, n = 16, head fold, 64 x 64 pixels. */
static dkg_status find_vector(const char *path, published *out, dkg_error *err)
{
    json_t *file;
    size_t count;
    bool found = false;
    dkg_status status = published_open(path, &file, &count, err);
    for (size_t i = 0; i < count && status == DKG_OK && !found; i++) {
        status = published_read(file, i, out, err);
        found = status == DKG_OK && out->seed == 1 && out->n == 16 && !out->tanh && out->height == 64 && out->width == 64;
        if (!found) published_free(out);
    }
    json_decref(file);
    out->vector = NULL;
    return status == DKG_OK && !found ? dkg_fail(err, DKG_USAGE, "%s lacks the vector", path) : status;
}

/* Residual blocks keep their input in a buffer of its own while two layers pass. */
static dkg_status run(float_device *d, const published *p, uint8_t *keys, dkg_error *err)
{
    const size_t pixels = (size_t)p->height * p->width;
    float *image = dkg_calloc(3 * (uint64_t)pixels, sizeof *image);
    if (!image) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an image");
    for (size_t i = 0; i < 3 * pixels; i++) image[i % 3 * pixels + i / 3] = (float)(2 * p->image[i] - 255);
    dkg_status status = d->load(d, image, 3 * pixels, err);
    int at = 0, height = (int)p->height, width = (int)p->width;
    for (size_t i = 0; i < DKG_LAYERS && status == DKG_OK; i++) {
        const bool residual = i >= 3 && i < 15, closes = residual && i % 2 == 0;
        const int to = (at + 1) % FLOAT_BUFFERS;
        const int shortcut = closes ? (at + FLOAT_BUFFERS - 1) % FLOAT_BUFFERS : FLOAT_NO_BUFFER;
        uint32_t shape[3];
        dkg_layer_shape(p->model, i, p->height, p->width, shape);
        status = d->layer(d, dkg_model_layer(p->model, i), height, width, at, to, shortcut, i + 1 == DKG_LAYERS, err);
        height = (int)shape[1];
        width = (int)shape[2];
        at = to;
    }
    if (status == DKG_OK) status = d->keys(d, at, (int)pixels, keys, err);
    free(image);
    return status;
}

int main(int argc, char **argv)
{
    published p = {0};
    float_device *device = NULL;
    dkg_error err = {0};
    uint8_t *keys = NULL;
    int code = 1;
    if (argc != 4) {
        fprintf(stderr, "usage: float_control VECTORS c|opencl FILE\n");
        return 2;
    }
    dkg_status status = dkg_start(&err);
    if (status == DKG_OK) status = find_vector(argv[1], &p, &err);
    const size_t pixels = (size_t)p.height * p.width, values = pixels * p.n; /* the first and last tensors are the largest */
    if (status == DKG_OK) status = strcmp(argv[2], "c") == 0 ? float_c(values, &device, &err) : float_opencl(values, &device, &err);
    keys = dkg_calloc(pixels, 6);
    if (status == DKG_OK && keys) status = run(device, &p, keys, &err);
    FILE *file = status == DKG_OK && keys ? fopen(argv[3], "wb") : NULL;
    if (file) {
        code = fwrite(keys, 6, pixels, file) != pixels;
        code |= fclose(file) != 0;
    } else {
        fprintf(stderr, "%s\n", status != DKG_OK ? err.text : argv[3]);
    }
    if (device) device->destroy(device);
    free(keys);
    published_free(&p);
    return code;
}
