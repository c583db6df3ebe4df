#include "DeepKeyGenTrain/export.h"

#include "DeepKeyGenKey/make.h"
#include "common/engines.h"
#include "common/keyfigures.h"
#include "common/models.h"
#include "dkg/nifti.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { RGB24 = 128 };

const char *dkg_cipher_name(dkg_train_cipher cipher)
{
    return cipher == DKG_TRAIN_GIVEN ? "folder" : cipher == DKG_TRAIN_LOGISTIC ? "logistic" : "xchacha20";
}

const char *dkg_loss_name(dkg_train_loss loss) { return loss == DKG_LOSS_HINGE ? "hinge" : loss == DKG_LOSS_LSGAN ? "lsgan" : "bce"; }

const char *dkg_head_name(dkg_train_head head) { return head == DKG_TRAIN_TANH ? "tanh" : "phase"; }

/* The integer model of the trainer's weights. */
static dkg_status quantised(dkg_trainer *trainer, const dkg_train_data *data, unsigned threads, dkg_model **model, dkg_error *err)
{
    const dkg_train_options *o = &trainer->options;
    const size_t bytes = (size_t)3 * o->crop * o->crop;
    float *weights = dkg_calloc(dkg_train_vector_size(o, DKG_TRAIN_WEIGHTS), sizeof *weights), *u = dkg_calloc(bytes, sizeof *u);
    uint8_t *image = dkg_calloc(bytes, 1);
    dkg_status status = weights && u && image ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for the trained weights");
    if (status == DKG_OK) status = trainer->get(trainer, DKG_TRAIN_WEIGHTS, weights, err);
    if (status == DKG_OK) status = dkg_train_quantise(o->channels, weights, o->head, model, err);
    if (status == DKG_OK && o->head == DKG_TRAIN_TANH) {
        dkg_train_held_out(data, 0, o->crop, o->crop, image);
        status = trainer->generate(trainer, image, u, err);
        if (status == DKG_OK) status = dkg_train_calibrate(model, image, u, o->crop, o->crop, threads, err);
    }
    free(weights);
    free(u);
    free(image);
    return status;
}

static dkg_status judge(const dkg_model *model, const dkg_export *to, const dkg_train_data *data, const dkg_log *log, uint8_t *keys,
                        dkg_key_figures *figures, dkg_error *err)
{
    dkg_engines engines = {0};
    dkg_status status = dkg_engines_open(model, NULL, to->threads, false, log, &engines, err);
    if (status == DKG_OK) status = dkg_train_try(engines.keys, data, keys, err);
    dkg_engines_close(&engines);
    return status == DKG_OK ? dkg_key_figures_of(keys, DKG_TRAIN_KEYS, to->threads, figures, err) : status;
}

/* ---- metadata --------------------------------------------------------------------------------------------------------------------- */
typedef struct notes {
    dkg_model *model;
    dkg_status status;
} notes;

static void DKG_PRINTF(4, 5) note(notes *n, dkg_error *err, const char *key, const char *format, ...)
{
    char text[512];
    va_list args;
    if (n->status != DKG_OK) return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    n->status = dkg_model_set_metadata(n->model, key, text, err);
}

/* Where the images lay and what they were called stays out of it. */
static dkg_status describe(dkg_model *model, const dkg_export *to, const dkg_trainer *trainer, const dkg_train_record *r, const dkg_key_figures *v,
                           dkg_error *err)
{
    const dkg_train_options *o = &r->options;
    char digest[2 * DKG_DIGEST_BYTES + 1];
    notes n = {model, DKG_OK};
    sodium_bin2hex(digest, sizeof digest, r->images, sizeof r->images);
    note(&n, err, "dkg.train.steps", "%llu", (unsigned long long)r->steps);
    note(&n, err, "dkg.train.crop", "%u", o->crop);
    note(&n, err, "dkg.train.loss", "%s", dkg_loss_name(o->loss));
    note(&n, err, "dkg.train.cipher", "%s", dkg_cipher_name(r->cipher));
    note(&n, err, "dkg.train.device", "%s", trainer->device);
    note(&n, err, "dkg.train.images", "%zu of %zu files", to->images, to->files);
    note(&n, err, "dkg.train.digest", "%s", digest);
    note(&n, err, "dkg.train.command",
         "dkg train SOURCE MODEL --base-channels %u --crop-size %u --steps %llu --head %s --loss %s --domain %s --pool %u "
         "--learning-rate %g --discriminator %u",
         o->channels, o->crop, (unsigned long long)r->steps, dkg_head_name(o->head), dkg_loss_name(o->loss), dkg_cipher_name(r->cipher),
         o->pool, o->rate, o->discriminator);
    note(&n, err, "dkg.train.selfTest", "%s", v->good ? "pass" : "fail");
    note(&n, err, "dkg.train.entropy", "%.5f", v->entropy);
    note(&n, err, "dkg.train.chiSquareMax", "%.1f", v->chi_square);
    note(&n, err, "dkg.train.correlationMax", "%.5f", v->correlation);
    return n.status;
}

static dkg_status write_sample(const uint8_t *key, const char *path, dkg_error *err)
{
    const uint64_t dim[3] = {DKG_KEY_WIDTH, DKG_KEY_ROWS, 1};
    return dkg_volume_write_new(path, DKG_OUTPUT_REPLACE, RGB24, 3, dim, (dkg_bytes){key, DKG_KEY_BYTES}, err);
}

static dkg_status refuse(const dkg_key_figures *v, dkg_error *err)
{
    (void)dkg_fail(err, DKG_GENERATOR, "keys of the trained network fail the self-test: chi-square up to %.1f, correlation up to %.4f",
                   v->chi_square, v->correlation);
    return dkg_fail_hint(err, DKG_GENERATOR, "train longer (the checkpoint is kept), from another seed, or with another loss");
}

dkg_status dkg_export_model(const dkg_export *to, dkg_trainer *trainer, const dkg_train_record *record, const dkg_train_data *data,
                            dkg_host *host, dkg_error *err)
{
    const dkg_log *log = dkg_host_log(host);
    dkg_model *model = NULL;
    dkg_key_figures v = {0};
    uint8_t *keys = dkg_calloc(DKG_TRAIN_KEYS, DKG_KEY_BYTES);
    dkg_status status = keys ? dkg_progress(log, "testing keys", 0.99, err) : dkg_fail(err, DKG_NO_MEMORY, "no memory for keys");
    if (status == DKG_OK) status = quantised(trainer, data, to->threads, &model, err);
    if (status == DKG_OK) status = judge(model, to, data, log, keys, &v, err);
    if (status == DKG_OK && !v.good && record->options.head == DKG_TRAIN_PHASE) status = refuse(&v, err);
    if (status == DKG_OK && !v.good)
        dkg_warn(log, "keys of this network fail the self-test, as those of a tanh head do: the model is for research only");
    if (status == DKG_OK) status = describe(model, to, trainer, record, &v, err);
    if (status == DKG_OK && to->sample_key) status = write_sample(keys, to->sample_key, err);
    if (status == DKG_OK) status = dkg_models_save(to->model_file, to->replace ? DKG_OUTPUT_REPLACE : 0, model, err);
    if (status == DKG_OK) {
        dkg_hex_result(host, "modelDigest", dkg_model_digest(model), DKG_DIGEST_BYTES);
        dkg_result_integer(host, "stepsDone", (int64_t)record->steps);
        dkg_result_number(host, "entropy", v.entropy);
        dkg_result_number(host, "chiSquare", v.chi_square);
        dkg_result_number(host, "correlationMax", v.correlation);
        dkg_result_text(host, "selfTest", v.good ? "pass" : "fail");
        dkg_result_text(host, "deviceUsed", trainer->device);
    }
    dkg_model_free(model);
    free(keys);
    return status;
}
