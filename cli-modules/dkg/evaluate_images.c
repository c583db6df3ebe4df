/* E1 to E9 on stills, and E12 on volumes. */
#include "dkg/evaluation.h"

#include "common/volumes.h"
#include "report/shown.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const dkg_shape still = {.nx = 3 * DKG_KEY_WIDTH, .ny = DKG_KEY_ROWS, .planes = 1, .sample_bytes = 1, .bits = 8, .channels = 3};

static void initial_image(const dkg_evaluation *e, uint64_t i, uint8_t *image)
{
    uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES] = {0};
    dkg_store64(nonce, i);
    (void)crypto_stream_xchacha20(image, DKG_KEY_BYTES, nonce, e->secret);
}

static void distribution(dkg_evaluation *e, const dkg_metric_list *rows, bool key)
{
    dkg_series_rows(e, "E1", key ? "chi-square of the key" : "chi-square of the cipher", rows, "chiSquare");
    dkg_series_rows(e, "E2", key ? "entropy of the key (bits)" : "entropy of the cipher (bits)", rows, "entropy");
    dkg_series_rows(e, "E7", key ? "correlation of the key, horizontal" : "correlation of the cipher, horizontal", rows, "correlationHorizontal");
    dkg_series_rows(e, "E7", key ? "correlation of the key, vertical" : "correlation of the cipher, vertical", rows, "correlationVertical");
    dkg_series_rows(e, "E7", key ? "correlation of the key, diagonal" : "correlation of the cipher, diagonal", rows, "correlationDiagonal");
}

static void similarity(dkg_evaluation *e, const dkg_metric_list *rows)
{
    dkg_series_rows(e, "E3", "MSE, plain against cipher", rows, "mse");
    dkg_series_rows(e, "E3", "PSNR, plain against cipher (dB)", rows, "psnr");
    dkg_series_rows(e, "E3", "SSIM, plain against cipher", rows, "ssim");
}

static dkg_status alone(dkg_evaluation *e, const uint8_t *samples, bool key, dkg_error *err)
{
    dkg_metric_list rows = {0};
    dkg_status status = dkg_evaluate_array(e, &still, samples, &rows, err);
    if (status == DKG_OK) distribution(e, &rows, key);
    dkg_metric_list_free(&rows);
    return status;
}

static dkg_status pair(dkg_evaluation *e, dkg_pair kind, const uint8_t *a, const uint8_t *b, const char *npcr, const char *uaci, dkg_error *err)
{
    dkg_metric_list rows = {0};
    dkg_status status = dkg_evaluate_pair(e, kind, &still, a, b, &rows, err);
    if (status == DKG_OK && kind == DKG_PAIR_PLAIN_CIPHER) similarity(e, &rows);
    if (status == DKG_OK && npcr) dkg_series_rows(e, kind == DKG_PAIR_TWO_MODELS ? "E4" : "E9", npcr, &rows, "npcr");
    if (status == DKG_OK && uaci) dkg_series_rows(e, kind == DKG_PAIR_TWO_MODELS ? "E4" : "E9", uaci, &rows, "uaci");
    dkg_metric_list_free(&rows);
    return status;
}

/* Everything about image i under its key and under the next image's, which is a fresh one. */
static dkg_status one_still(dkg_evaluation *e, const uint8_t *plain, const uint8_t *key, const uint8_t *other, uint8_t *cipher, uint8_t *work,
                            dkg_error *err)
{
    for (size_t i = 0; i < DKG_KEY_BYTES; i++) cipher[i] = plain[i] ^ key[i];
    dkg_status status = alone(e, cipher, false, err);
    if (status == DKG_OK) status = alone(e, key, true, err);
    if (status == DKG_OK) status = pair(e, DKG_PAIR_PLAIN_CIPHER, plain, cipher, NULL, NULL, err);
    for (size_t i = 0; i < DKG_KEY_BYTES; i++) work[i] = plain[i] ^ other[i];
    if (status == DKG_OK) status = pair(e, DKG_PAIR_FRESH_KEY, cipher, work, "NPCR, fresh key (%)", "UACI, fresh key (%)", err);
    for (size_t i = 0; i < DKG_KEY_BYTES; i++) work[i] = cipher[i] ^ other[i];
    if (status == DKG_OK) status = pair(e, DKG_PAIR_WRONG_KEY, plain, work, "NPCR, wrong key (%)", "UACI, wrong key (%)", err);
    memcpy(work, cipher, DKG_KEY_BYTES);
    work[DKG_KEY_BYTES / 2] ^= 1; /* as if that sample of the plaintext had been another */
    if (status == DKG_OK) status = pair(e, DKG_PAIR_ONE_VOXEL, cipher, work, "NPCR, one voxel (%)", "UACI, one voxel (%)", err);
    return status;
}

/* E4: the same initial image through every model. */
static dkg_status models(dkg_evaluation *e, const uint8_t *image, const uint8_t *key, uint8_t *work, dkg_error *err)
{
    dkg_status status = DKG_OK;
    for (size_t m = 1; m < e->model_count && status == DKG_OK; m++) {
        dkg_engine *engine = NULL;
        status = dkg_cpu_engine(e->models[m], e->threads, &engine, err);
        if (status == DKG_OK) status = engine->generate(engine, image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, work, err);
        if (status == DKG_OK) status = pair(e, DKG_PAIR_TWO_MODELS, key, work, "NPCR, two models (%)", "UACI, two models (%)", err);
        dkg_engine_free(engine);
    }
    return status;
}

/* Keys 0..count (one more than images, so that the last image has a fresh other one). */
static dkg_status make_keys(dkg_evaluation *e, size_t count, uint8_t *keys, uint8_t *image, dkg_error *err)
{
    dkg_engine *engine = e->engines.keys;
    dkg_status status = DKG_OK;
    for (size_t i = 0; i <= count && status == DKG_OK; i++) {
        double start = dkg_record_clock();
        initial_image(e, i, image);
        status = engine->generate(engine, image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, keys + i * DKG_KEY_BYTES, err);
        if (status == DKG_OK && e->record.timed) dkg_series_add(e, "E5", "seconds for one key", dkg_record_clock() - start, DKG_VERDICT_NOT_APPLICABLE);
        if (status == DKG_OK) status = dkg_progress(dkg_host_log(e->host), "making keys", (double)i / (double)(count + 1), err);
    }
    return status;
}

/* E6: keys made once more, by another engine where there is one, give the images back. */
static dkg_status decrypt(dkg_evaluation *e, const uint8_t *plain, const uint8_t *cipher, size_t count, uint8_t *image, uint8_t *work, dkg_error *err)
{
    dkg_engine *engine = e->engines.check ? e->engines.check : e->engines.keys;
    size_t checked = count < 3 ? count : 3; /* the other engine may be the slow reference */
    dkg_status status = DKG_OK;
    for (size_t i = 0; i < checked && status == DKG_OK; i++) {
        initial_image(e, i, image);
        status = engine->generate(engine, image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, work, err);
        for (size_t k = 0; k < DKG_KEY_BYTES; k++) work[k] ^= cipher[i * DKG_KEY_BYTES + k];
        if (status == DKG_OK)
            dkg_series_add(e, "E6", "decryption equals the source (1: yes)", memcmp(work, plain + i * DKG_KEY_BYTES, DKG_KEY_BYTES) == 0,
                           DKG_VERDICT_NOT_APPLICABLE);
    }
    return status;
}

static dkg_status subjects(dkg_evaluation *e, const uint8_t *plain, const uint8_t *keys, const uint8_t *cipher, size_t count, dkg_error *err)
{
    dkg_subject s = {.name = "cipher", .shape = still, .samples = cipher, .alpha = e->alpha, .threads = e->threads, .figures = true};
    s.shape.planes = count;
    dkg_status status = dkg_record_subject(&e->record, &s, NULL, err);
    if (status == DKG_OK) status = dkg_record_controls(&e->record, &s, err);
    s.name = "key";
    s.samples = keys;
    if (status == DKG_OK) status = dkg_record_subject(&e->record, &s, NULL, err);
    s.name = "plain";
    s.samples = plain;
    if (status == DKG_OK && e->with_plain) status = dkg_record_subject(&e->record, &s, NULL, err);
    if (status != DKG_OK) return status;
    dkg_record_bands(&e->record, &s.shape, e->alpha);
    dkg_record_picture(&e->record, "F1", "cipher", "cipher, first image", "First image, encrypted: coloured noise", cipher, DKG_KEY_WIDTH, DKG_KEY_ROWS, 3);
    if (e->with_plain)
        dkg_record_picture(&e->record, "F1", "plain", "plain, first image", "First image before encryption", plain, DKG_KEY_WIDTH, DKG_KEY_ROWS, 3);
    dkg_record_bit_planes(&e->record, "cipher", cipher, &still);
    dkg_record_keys(&e->record, keys, count < 8 ? count : 8);
    return DKG_OK;
}

/* A control that must fail: the key of an image without any variation. */
static dkg_status flat_input(dkg_evaluation *e, uint8_t *image, uint8_t *work, dkg_error *err)
{
    dkg_metric_list rows = {0};
    dkg_subject s = {.name = "flatInput", .shape = still, .samples = work, .alpha = e->alpha, .threads = e->threads};
    memset(image, 0, DKG_KEY_BYTES);
    dkg_status status = e->engines.keys->generate(e->engines.keys, image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, work, err);
    if (status == DKG_OK) status = dkg_record_subject(&e->record, &s, &rows, err);
    if (status == DKG_OK && dkg_metrics_verdict(&rows, e->alpha) == DKG_VERDICT_CONSISTENT)
        dkg_record_warn(&e->record, "broken measurement: the key of a flat image is consistent with random");
    if (status == DKG_OK) dkg_say(e->host, "     %-70s %s", "control: key of a flat image", dkg_verdict_text(dkg_metrics_verdict(&rows, e->alpha)));
    dkg_metric_list_free(&rows);
    return status;
}

dkg_status dkg_evaluate_stills(dkg_evaluation *e, const uint8_t *plain, size_t count, dkg_error *err)
{
    uint8_t *keys = dkg_calloc(count + 1, DKG_KEY_BYTES), *cipher = dkg_calloc(count, DKG_KEY_BYTES), *work = dkg_calloc(2, DKG_KEY_BYTES), *image;
    dkg_status status = keys && cipher && work ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu images", count);
    image = work ? work + DKG_KEY_BYTES : NULL;
    if (status == DKG_OK) status = make_keys(e, count, keys, image, err);
    for (size_t i = 0; i < count && status == DKG_OK; i++) {
        const uint8_t *key = keys + i * DKG_KEY_BYTES;
        status = one_still(e, plain + i * DKG_KEY_BYTES, key, key + DKG_KEY_BYTES, cipher + i * DKG_KEY_BYTES, work, err);
        if (status == DKG_OK) status = dkg_progress(dkg_host_log(e->host), "measuring", (double)i / (double)count, err);
    }
    if (status == DKG_OK) {
        initial_image(e, 0, image);
        status = models(e, image, keys, work, err);
    }
    if (status == DKG_OK) status = decrypt(e, plain, cipher, count, image, work, err);
    if (status == DKG_OK) status = subjects(e, plain, keys, cipher, count, err);
    if (status == DKG_OK) status = flat_input(e, image, work, err);
    if (status == DKG_OK) status = dkg_evaluate_damage(e, &still, plain, keys, err);
    if (status == DKG_OK) status = dkg_evaluate_attacks(e, &still, plain, count, keys, err);
    if (status == DKG_OK) {
        dkg_source stack = {.nx = still.nx, .ny = still.ny, .slices = count, .datatype = 2, .bpv = 1, .kind = 1, .nifti_version = 1, .data_offset = 352,
                            .data = {plain, count * DKG_KEY_BYTES}};
        uint8_t head[352] = {0};
        stack.head = (dkg_bytes){head, sizeof head};
        status = dkg_evaluate_sealed(e, &stack, err);
    }
    free(work);
    free(cipher);
    free(keys);
    return status;
}

/* ---- E12 ------------------------------------------------------------------------------------------------------------------------ */
static dkg_status opens_again(dkg_evaluation *e, const dkg_carrier *c, const dkg_keyfile *key, const dkg_source *source, dkg_error *err)
{
    dkg_decrypt_options options = {.model = e->models[0], .engine = e->engines.keys, .only_slice = -1, .threads = e->threads};
    dkg_sealed *sealed = NULL;
    dkg_plain *plain = NULL;
    dkg_status status = dkg_evaluation_unlock(c, c->voxels, key, &sealed, err);
    if (status == DKG_OK) status = dkg_decrypt(sealed, &options, &plain, err);
    if (status == DKG_OK)
        dkg_series_add(e, "E6", "decryption equals the source (1: yes)",
                       plain->data.size == source->data.size && memcmp(plain->data.at, source->data.at, source->data.size) == 0,
                       DKG_VERDICT_NOT_APPLICABLE);
    dkg_plain_free(plain);
    dkg_sealed_free(sealed);
    return status;
}

static dkg_status measure_carrier(dkg_evaluation *e, const dkg_carrier *c, const dkg_source *source, bool first, dkg_error *err)
{
    dkg_shape shape = dkg_evaluation_shape(c);
    dkg_subject s = {.name = "cipher", .shape = shape, .samples = c->voxels, .seed = c->volume_id, .alpha = e->alpha, .threads = e->threads, .figures = true};
    dkg_metric_list rows = {0};
    dkg_status status = dkg_evaluate_array(e, &shape, c->voxels, &rows, err);
    if (status == DKG_OK) distribution(e, &rows, false);
    dkg_metric_list_free(&rows);
    bool comparable = c->planes_per_slice == 1 && source->bpv == c->carrier_bytes && !source->big_endian &&
                      source->data.size == shape.planes * shape.nx * shape.ny * c->carrier_bytes;
    if (status == DKG_OK && comparable) {
        status = dkg_evaluate_pair(e, DKG_PAIR_PLAIN_CIPHER, &shape, source->data.at, c->voxels, &rows, err);
        if (status == DKG_OK) similarity(e, &rows);
        dkg_metric_list_free(&rows);
    }
    if (status != DKG_OK || !first) return status;
    status = dkg_record_subject(&e->record, &s, NULL, err);
    if (status == DKG_OK) status = dkg_record_controls(&e->record, &s, err);
    if (status != DKG_OK) return status;
    dkg_record_bands(&e->record, &shape, e->alpha);
    dkg_picture_volume shown = dkg_picture_of_planes(&shape, c->voxels);
    dkg_record_slices(&e->record, "cipher", &shown);
    dkg_record_bit_planes(&e->record, "cipher", c->voxels + shape.planes / 2 * shape.nx * shape.ny * c->carrier_bytes, &shape);
    return DKG_OK;
}

/* Paper mode on a volume of 16-bit words: the middle slice under one key, every slice under the same one. */
static dkg_status paper_parts(dkg_evaluation *e, const dkg_source *source, dkg_error *err)
{
    dkg_shape slice = {.nx = (uint32_t)source->nx, .ny = (uint32_t)source->ny, .planes = 1, .sample_bytes = (uint8_t)source->bpv,
                       .bits = (uint8_t)(8 * source->bpv), .channels = 1};
    size_t n = (size_t)(source->nx * source->ny * source->bpv), count = (size_t)source->slices;
    if (source->bpv > 2 || n > DKG_KEY_BYTES || source->big_endian) return DKG_OK; /* other words: the sealed volume alone is judged */
    uint8_t *work = dkg_calloc(2, DKG_KEY_BYTES), *image = work + DKG_KEY_BYTES;
    if (!work) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a key image");
    initial_image(e, 0, image);
    dkg_status status = e->engines.keys->generate(e->engines.keys, image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, work, err);
    if (status == DKG_OK) status = dkg_evaluate_damage(e, &slice, source->data.at + count / 2 * n, work, err);
    if (status == DKG_OK) status = dkg_evaluate_attacks(e, &slice, source->data.at, count, work, err);
    free(work);
    return status;
}

dkg_status dkg_evaluate_volume(dkg_evaluation *e, const dkg_volume *volume, bool first, dkg_error *err)
{
    dkg_source source = dkg_source_of(volume);
    dkg_log quiet = {.progress = dkg_host_log(e->host)->progress, .self = dkg_host_log(e->host)->self}; /* one key is meant here */
    dkg_keyfile_options make = {.model_digest = dkg_model_digest(e->models[0])};
    dkg_encrypt_options options = {.mode = DKG_MODE_HYBRID, .model = e->models[0], .engine = e->engines.keys, .threads = e->threads, .log = &quiet};
    dkg_keyfile *key = NULL;
    dkg_carrier *carrier = NULL;
    double start = dkg_record_clock();
    dkg_status status = dkg_keyfile_create(&make, &key, err);
    options.locks.keyfile = key;
    if (status == DKG_OK) status = dkg_encrypt(&source, &options, &carrier, err);
    if (status == DKG_OK && e->record.timed) {
        dkg_series_add(e, "E5", "seconds for keys and encryption", dkg_record_clock() - start, DKG_VERDICT_NOT_APPLICABLE);
        dkg_record_time(&e->record, "keys and encryption of a volume", e->engines.keys->device, dkg_record_clock() - start, (double)source.data.size);
    }
    if (status == DKG_OK) status = measure_carrier(e, carrier, &source, first, err);
    if (status == DKG_OK) status = opens_again(e, carrier, key, &source, err);
    dkg_carrier_free(carrier);
    dkg_keyfile_free(key);
    if (status == DKG_OK && first) status = paper_parts(e, &source, err);
    if (status == DKG_OK && first) status = dkg_evaluate_sealed(e, &source, err);
    return status;
}
