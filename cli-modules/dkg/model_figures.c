#include "dkg/model_figures.h"

#include "DeepKeyGenKey/make.h"
#include "common/engines.h"
#include "common/keyfigures.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void dkg_show_weights(const dkg_model *model, dkg_host *host)
{
    enum { WINOGRAD_MAX = 131104 }; /* generator.md, section 2 */
    size_t count = 0, zeros = 0, direct = 0;
    double sum = 0;
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        const dkg_layer *l = dkg_model_layer(model, i);
        count += l->weight_count;
        for (size_t k = 0; k < l->weight_count; k++) {
            zeros += l->weights[k] == 0;
            sum += abs(l->weights[k]);
        }
        for (uint32_t o = 0; o < l->out; o++) direct += l->kernel == 3 && l->stride == 1 && dkg_layer_weight_sum(l, o) > WINOGRAD_MAX;
    }
    dkg_result_integer(host, "weights", (int64_t)count);
    dkg_result_number(host, "weightZeros", (double)zeros / (double)count);
    dkg_result_number(host, "weightMean", sum / (double)count);
    dkg_result_integer(host, "directChannels", (int64_t)direct);
}

/* Image i: a public stream, the same for everybody. */
static void public_image(uint64_t i, uint8_t *image)
{
    static const uint8_t key[crypto_stream_xchacha20_KEYBYTES] = "dkg model";
    uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES] = {0};
    dkg_store64(nonce, i);
    (void)crypto_stream_xchacha20(image, DKG_KEY_BYTES, nonce, key);
}

static dkg_status make_keys(const dkg_model *model, size_t count, const char *device, unsigned threads, dkg_host *host, uint8_t *keys,
                            dkg_error *err)
{
    dkg_engines engines = {0};
    uint8_t *image = dkg_calloc(DKG_KEY_BYTES, 1);
    dkg_status status = image ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for an initial image");
    if (status == DKG_OK) status = dkg_engines_open(model, device, threads, false, dkg_host_log(host), &engines, err);
    for (size_t i = 0; i < count && status == DKG_OK; i++) {
        status = dkg_progress(dkg_host_log(host), "making keys", (double)i / (double)count, err);
        public_image(i, image);
        if (status == DKG_OK)
            status = engines.keys->generate(engines.keys, image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, keys + i * DKG_KEY_BYTES, err);
    }
    dkg_engines_close(&engines);
    free(image);
    return status;
}

dkg_status dkg_show_model_keys(const dkg_model *model, size_t count, const char *device, unsigned threads, dkg_host *host, dkg_error *err)
{
    dkg_key_figures figures;
    uint8_t *keys = dkg_calloc(count, DKG_KEY_BYTES);
    dkg_status status = keys ? make_keys(model, count, device, threads, host, keys, err) : dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu keys", count);
    if (status == DKG_OK) status = dkg_key_figures_of(keys, count, threads, &figures, err);
    if (status == DKG_OK) {
        dkg_result_number(host, "entropy", figures.entropy);
        dkg_result_number(host, "chiSquareMax", figures.chi_square);
        dkg_result_number(host, "correlationMax", figures.correlation);
        dkg_result_text(host, "selfTest", figures.good ? "pass" : "fail");
    }
    free(keys);
    return status;
}

/* ---- two models ----------------------------------------------------------------------------------------------------------------- */
static void compare_weights(const dkg_model *one, const dkg_model *other, dkg_host *host)
{
    double n = 0, equal = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        const dkg_layer *l = dkg_model_layer(one, i), *m = dkg_model_layer(other, i);
        for (size_t k = 0; k < l->weight_count; k++) {
            const double x = l->weights[k], y = m->weights[k];
            n++;
            equal += l->weights[k] == m->weights[k];
            a += x;
            b += y;
            aa += x * x;
            bb += y * y;
            ab += x * y;
        }
    }
    dkg_result_number(host, "weightsEqual", equal / n);
    dkg_result_number(host, "weightCorrelation", (ab - a * b / n) / sqrt((aa - a * a / n) * (bb - b * b / n)));
}

static void compare_keys(const uint8_t *a, const uint8_t *b, size_t n, dkg_host *host)
{
    size_t bytes = 0, bits = 0, distance = 0;
    for (size_t i = 0; i < n; i++) {
        bytes += a[i] != b[i];
        distance += (size_t)abs(a[i] - b[i]);
        for (unsigned x = (unsigned)(a[i] ^ b[i]); x; x &= x - 1) bits++;
    }
    dkg_result_number(host, "bytesDiffering", (double)bytes / (double)n);
    dkg_result_number(host, "bitsDiffering", (double)bits / (8.0 * (double)n));
    dkg_result_number(host, "uaci", (double)distance / (255.0 * (double)n));
}

dkg_status dkg_compare_models(const dkg_model *one, const dkg_model *other, size_t count, const char *device, unsigned threads,
                              dkg_host *host, dkg_error *err)
{
    dkg_status status = DKG_OK;
    uint8_t *keys = NULL;
    dkg_hex_result(host, "modelDigest", dkg_model_digest(one), DKG_DIGEST_BYTES);
    dkg_hex_result(host, "otherDigest", dkg_model_digest(other), DKG_DIGEST_BYTES);
    dkg_result_boolean(host, "same", memcmp(dkg_model_digest(one), dkg_model_digest(other), DKG_DIGEST_BYTES) == 0);
    if (dkg_model_channels(one) == dkg_model_channels(other)) compare_weights(one, other, host);
    if (count == 0) return DKG_OK;
    keys = dkg_calloc(2 * (uint64_t)count, DKG_KEY_BYTES);
    if (!keys) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu keys", 2 * count);
    status = make_keys(one, count, device, threads, host, keys, err);
    if (status == DKG_OK) status = make_keys(other, count, device, threads, host, keys + count * DKG_KEY_BYTES, err);
    if (status == DKG_OK) compare_keys(keys, keys + count * DKG_KEY_BYTES, count * DKG_KEY_BYTES, host);
    free(keys);
    return status;
}
