#include "DeepKeyGenKey/show.h"

#include "common/engines.h"
#include "common/keychain.h"
#include "common/models.h"
#include "common/tables.h"
#include "dkg/metrics.h"
#include "dkg/nifti.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { RGB24 = 128 };

/* Initial image i of a demonstration: I0 of the key file under a stream of a random secret that is then forgotten. */
static void demonstration_image(const dkg_keyfile *key, const uint8_t secret[32], uint64_t i, uint8_t *image)
{
    uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES] = {0};
    dkg_keyfile_initial_image(key, image);
    dkg_store64(nonce, i);
    (void)crypto_stream_xchacha20_xor(image, image, DKG_KEY_BYTES, nonce, secret);
}

static dkg_status describe(const dkg_key_job *job, const uint8_t *keys, size_t count, dkg_host *host, dkg_error *err)
{
    dkg_buffer rows = {0};
    dkg_plane_metrics all;
    double worst = 0, nearest_of_all = 1;
    dkg_append_text(&rows, "i,entropy,chiSquare,correlationHorizontal,correlationVertical,correlationDiagonal,distanceMin\n");
    for (size_t i = 0; i < count; i++) {
        const uint8_t *key = keys + i * DKG_KEY_BYTES;
        dkg_key_test t = dkg_test_key(key, DKG_KEY_ROWS, DKG_KEY_WIDTH);
        dkg_plane_metrics m;
        double nearest = 1; /* share of different bits to the most similar other key */
        dkg_status status = dkg_measure_planes(key, DKG_KEY_WIDTH * 3, DKG_KEY_ROWS, 1, 1, 1, &m, err);
        if (status != DKG_OK) {
            dkg_buffer_free(&rows);
            return status;
        }
        for (size_t k = 0; k < count; k++)
            if (k != i)
                nearest = fmin(nearest, (double)dkg_hamming(key, keys + k * DKG_KEY_BYTES, DKG_KEY_BYTES) / (8.0 * DKG_KEY_BYTES));
        nearest_of_all = fmin(nearest_of_all, nearest);
        worst = fmax(worst, fmax(fabs(t.horizontal), fmax(fabs(t.vertical), fabs(t.diagonal))));
        dkg_append_text(&rows, "%zu,%.6f,%.2f,%.6f,%.6f,%.6f,%.6f\n", i, m.entropy, t.chi_square, t.horizontal, t.vertical, t.diagonal,
                        count > 1 ? nearest : 1.0);
    }
    dkg_status status = dkg_measure_planes(keys, DKG_KEY_WIDTH * 3, DKG_KEY_ROWS, count, 1, 1, &all, err);
    if (status == DKG_OK && job->keyTable)
        status = dkg_table_write(job->keyTable, DKG_OUTPUT_REPLACE, &rows,
                                 "i,int\nentropy,double\nchiSquare,double\ncorrelationHorizontal,double\ncorrelationVertical,double\n"
                                 "correlationDiagonal,double\ndistanceMin,double\n", err);
    dkg_buffer_free(&rows);
    if (status != DKG_OK) return status;
    dkg_result_number(host, "entropy", all.entropy);
    dkg_result_number(host, "correlationMax", worst);
    if (count > 1) dkg_result_number(host, "distanceMin", nearest_of_all);
    return DKG_OK;
}

dkg_status dkg_show_keys(const dkg_key_job *job, dkg_host *host, dkg_error *err)
{
    const dkg_log *log = dkg_host_log(host);
    size_t count = (size_t)job->previewCount;
    dkg_keychain chain = dkg_keychain_open(host, -1);
    dkg_model *model = NULL;
    dkg_engines engines = {0};
    uint8_t secret[32], *image = dkg_secret_alloc(DKG_KEY_BYTES), *keys = dkg_calloc(count, DKG_KEY_BYTES);
    dkg_status status = image && keys ? dkg_keychain_keyfile(&chain, job->keyFile, err) : dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu keys", count);
    if (status == DKG_OK) status = dkg_models_for_writing(job->modelFile, chain.keyfile, &model, err);
    if (status == DKG_OK) status = dkg_engines_open(model, job->device, (unsigned)job->threads, false, log, &engines, err);
    if (status != DKG_OK) goto done;
    dkg_engines_estimate(&engines, count * DKG_KEY_ROWS, log);
    dkg_random(secret, sizeof secret);
    for (size_t i = 0; i < count && status == DKG_OK; i++) {
        status = dkg_progress(log, "making keys", (double)i / (double)count, err);
        demonstration_image(chain.keyfile, secret, i, image);
        if (status == DKG_OK)
            status = engines.keys->generate(engines.keys, image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, keys + i * DKG_KEY_BYTES, err);
    }
    if (status == DKG_OK && job->previewVolume) {
        uint64_t dim[3] = {DKG_KEY_WIDTH, DKG_KEY_ROWS, count};
        status = dkg_volume_write_new(job->previewVolume, DKG_OUTPUT_REPLACE, RGB24, 3, dim, (dkg_bytes){keys, count * DKG_KEY_BYTES}, err);
    }
    if (status == DKG_OK) status = describe(job, keys, count, host, err);
    if (status == DKG_OK) dkg_result_text(host, "deviceUsed", engines.keys->device);
done:
    sodium_memzero(secret, sizeof secret);
    dkg_secret_free(image);
    free(keys);
    dkg_engines_close(&engines);
    dkg_model_free(model);
    dkg_keychain_close(&chain);
    return status;
}
