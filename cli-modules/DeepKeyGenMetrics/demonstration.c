#include "DeepKeyGenMetrics/demonstration.h"

#include "common/engines.h"
#include "common/models.h"
#include "report/shown.h"

#include <sodium.h>
#include <stdlib.h>

static void initial_images(const uint8_t *seed, size_t count, uint8_t *images)
{
    static const uint8_t zeros[32] = {0};
    static const char purpose[] = "demonstration key images";
    uint8_t key[32], nonce[crypto_stream_xchacha20_NONCEBYTES] = {0};
    (void)crypto_generichash(key, sizeof key, (const uint8_t *)purpose, sizeof purpose - 1, seed ? seed : zeros, 32);
    for (size_t i = 0; i < count; i++) {
        dkg_store64(nonce, i);
        (void)crypto_stream_xchacha20(images + i * DKG_KEY_BYTES, DKG_KEY_BYTES, nonce, key);
    }
}

static dkg_status measure(dkg_record *r, const dkg_demonstration *d, const uint8_t *keys, dkg_error *err)
{
    dkg_subject key = *d->like, stream = *d->like;
    size_t plane = (size_t)stream.shape.nx * stream.shape.ny * stream.shape.sample_bytes;
    key.name = "key";
    key.shape = (dkg_shape){.nx = 3 * DKG_KEY_WIDTH, .ny = DKG_KEY_ROWS, .planes = d->count, .sample_bytes = 1, .bits = 8, .channels = 3};
    key.samples = keys;
    dkg_status status = dkg_record_subject(r, &key, NULL, err);
    stream.name = "generator";
    stream.samples = keys;
    stream.figures = false;
    stream.shape.planes = d->count * DKG_KEY_BYTES / plane;
    stream.shape.bits = (uint8_t)(8 * stream.shape.sample_bytes);
    if (status == DKG_OK && stream.shape.planes > 0) status = dkg_record_subject(r, &stream, NULL, err);
    if (status == DKG_OK) dkg_record_keys(r, keys, d->count);
    return status;
}

dkg_status dkg_measure_demonstration(dkg_record *r, const dkg_demonstration *d, dkg_host *host, dkg_error *err)
{
    dkg_model *model = NULL;
    dkg_engines engines = {0};
    dkg_error why = {0};
    uint8_t *images = NULL, *keys = NULL;
    const dkg_log *log = dkg_host_log(host);
    bool own = d->sealed && dkg_sealed_public(d->sealed)->mode != DKG_MODE_AEAD;
    dkg_status status = own ? dkg_models_for_reading(d->sealed, d->model_file, NULL, 0, &model, &why)
                            : dkg_models_for_writing(d->model_file, NULL, &model, &why);
    if (status != DKG_OK && !d->model_file) {
        dkg_warn(log, "no key images are measured: %s", why.text);
        dkg_record_warn(r, "no key images were measured: %s", why.text);
        return DKG_OK;
    }
    if (status != DKG_OK) return dkg_fail(err, status, "%s", why.text);
    images = dkg_calloc(d->count, DKG_KEY_BYTES);
    keys = dkg_calloc(d->count, DKG_KEY_BYTES);
    status = images && keys ? dkg_engines_open(model, d->device, d->like->threads, false, log, &engines, err)
                            : dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu key images", d->count);
    if (status == DKG_OK) {
        double start = dkg_record_clock();
        initial_images(d->like->seed, d->count, images);
        status = engines.keys->generate(engines.keys, images, DKG_KEY_ROWS, DKG_KEY_WIDTH, d->count, keys, err);
        dkg_record_time(r, "one key image", engines.keys->device, (dkg_record_clock() - start) / (double)d->count, DKG_KEY_BYTES);
    }
    if (status == DKG_OK) status = measure(r, d, keys, err);
    if (status == DKG_OK) {
        dkg_record_engine(r, engines.keys, model);
        dkg_result_text(host, "deviceUsed", engines.keys->device);
    }
    dkg_engines_close(&engines);
    dkg_model_free(model);
    free(images);
    free(keys);
    return status;
}
