#include "DeepKeyGenTrain/train.h"

#include "DeepKeyGenTrain/export.h"
#include "DeepKeyGenTrain/images.h"
#include "DeepKeyGenTrain/session.h"
#include "DeepKeyGenTrain/trainers.h"
#include "common/command.h"
#include "common/volumes.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECKPOINT_BYTES_MAX (UINT64_C(4) << 30)
#define MODEL_ENDING ".safetensors"
#define CHECKPOINT_ENDING ".dkgckpt"

typedef struct run {
    const dkg_train_job *job;
    dkg_host *host;
    char *checkpoint_name;      /* made up; NULL when it was given */
    const char *checkpoint;
    uint8_t *resumed;           /* bytes of resumeFile */
    size_t resumed_size;
    dkg_train_record record;
    dkg_image_set source, encrypted;
    dkg_train_data data;
    dkg_trainer *trainer;
} run;

static bool is(const char *a, const char *b) { return strcmp(a, b) == 0; }

/* ---- options ------------------------------------------------------------------------------------------------------------------ */
static dkg_status check_options(const dkg_train_job *j, dkg_error *err)
{
    if (!j->modelFile) return dkg_fail(err, DKG_USAGE, "modelFile is needed: where the trained model is written");
    if (!j->sourceImages == !j->sourceVolume)
        return dkg_fail(err, DKG_USAGE, "%s: a folder of images or one volume is needed", j->sourceImages ? "not both" : "no images");
    if (is(j->domain, "folder") && !j->domainImages) return dkg_fail(err, DKG_USAGE, "the domain folder needs domainImages");
    if (!is(j->domain, "folder") && j->domainImages)
        return dkg_fail(err, DKG_USAGE, "domainImages belongs to the domain folder, not to %s", j->domain);
    return DKG_OK;
}

/* "m.safetensors" -> "m.dkgckpt" */
static dkg_status name_checkpoint(run *r, dkg_error *err)
{
    const char *model = r->job->modelFile;
    size_t n = strlen(model), end = strlen(MODEL_ENDING);
    r->checkpoint = r->job->checkpointFile;
    if (r->checkpoint) return DKG_OK;
    if (n > end && is(model + n - end, MODEL_ENDING)) n -= end;
    r->checkpoint_name = dkg_calloc(n + sizeof CHECKPOINT_ENDING, 1);
    if (!r->checkpoint_name) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the name of the checkpoint");
    memcpy(r->checkpoint_name, model, n);
    memcpy(r->checkpoint_name + n, CHECKPOINT_ENDING, sizeof CHECKPOINT_ENDING);
    r->checkpoint = r->checkpoint_name;
    return DKG_OK;
}

static dkg_status check_outputs(const run *r, dkg_error *err)
{
    const dkg_train_job *j = r->job;
    const char *const inputs[] = {j->sourceImages, j->sourceVolume}, *const files[] = {j->modelFile, r->checkpoint};
    const char *const nodes[] = {j->curveTable, j->sampleKey};
    const bool goes_on = j->resumeFile && dkg_file_same(j->resumeFile, r->checkpoint); /* it is replaced by its successor */
    if (!j->force && !goes_on && dkg_file_exists(r->checkpoint)) {
        (void)dkg_fail(err, DKG_USAGE, "%s: a checkpoint of another training is there already", r->checkpoint);
        return dkg_fail_hint(err, DKG_USAGE, "go on with it by --resume-file %s, or replace it with --force", r->checkpoint);
    }
    dkg_status status = dkg_check_files(inputs, 2, files, goes_on ? 1 : 2, j->force, err);
    return status == DKG_OK ? dkg_check_files(files, 2, nodes, 2, true, err) : status;
}

/* ---- what is trained ---------------------------------------------------------------------------------------------------------- */
static dkg_train_head head_of(const char *text) { return is(text, "tanh") ? DKG_TRAIN_TANH : DKG_TRAIN_PHASE; }

static dkg_train_loss loss_of(const char *text)
{
    return is(text, "lsgan") ? DKG_LOSS_LSGAN : is(text, "hinge") ? DKG_LOSS_HINGE : DKG_LOSS_BCE;
}

static dkg_train_cipher cipher_of(const char *text)
{
    return is(text, "folder") ? DKG_TRAIN_GIVEN : is(text, "logistic") ? DKG_TRAIN_LOGISTIC : DKG_TRAIN_XCHACHA20;
}

static dkg_status read_seed(const char *path, uint8_t seed[DKG_TRAIN_SEED_BYTES], dkg_error *err)
{
    uint8_t *text;
    size_t size, n = 0;
    if (!path) {
        dkg_random(seed, DKG_TRAIN_SEED_BYTES);
        return DKG_OK;
    }
    dkg_status status = dkg_file_read_secret(path, 4096, false, &text, &size, err);
    if (status != DKG_OK) return status;
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r' || text[size - 1] == ' ')) size--;
    if (sodium_hex2bin(seed, DKG_TRAIN_SEED_BYTES, (const char *)text, size, NULL, &n, NULL) != 0 || n != DKG_TRAIN_SEED_BYTES)
        status = dkg_fail(err, DKG_USAGE, "%s: a seed is %d hexadecimal digits", path, 2 * DKG_TRAIN_SEED_BYTES);
    dkg_secret_free(text);
    return status;
}

static dkg_status start_anew(run *r, dkg_error *err)
{
    static const struct {
        const char *name;
        uint32_t channels, crop, steps;
    } presets[] = {{"quick", 16, 64, 100}, {"cpu", 64, 64, 300}, {"gpu", 64, 128, 500}};
    const dkg_train_job *j = r->job;
    const char *wanted = is(j->preset, "auto") ? dkg_trainers_gpu(j->device) ? "gpu" : "cpu" : j->preset;
    size_t p = 0;
    while (!is(presets[p].name, wanted)) p++; /* the XML allows no other */
    r->record = (dkg_train_record){
        .options = {.channels = j->baseChannels ? (uint32_t)j->baseChannels : presets[p].channels,
                    .discriminator = (uint32_t)j->discriminator,
                    .crop = j->cropSize ? (uint32_t)j->cropSize : presets[p].crop,
                    .pool = (uint32_t)j->pool,
                    .head = head_of(j->head),
                    .loss = loss_of(j->loss),
                    .rate = j->learningRate,
                    .beta1 = DKG_TRAIN_OPTIONS.beta1,
                    .beta2 = DKG_TRAIN_OPTIONS.beta2},
        .cipher = cipher_of(j->domain),
        .planned = j->steps ? (uint64_t)j->steps : presets[p].steps,
    };
    if (r->record.options.channels < DKG_CHANNELS_MIN)
        return dkg_fail(err, DKG_USAGE, "baseChannels is %u, must be a multiple of 4 in %d..%d", r->record.options.channels,
                        DKG_CHANNELS_MIN, DKG_CHANNELS_MAX);
    const dkg_status status = dkg_train_check(&r->record.options, err);
    return status == DKG_OK ? read_seed(j->seedFile, r->record.seed, err) : status;
}

/* Options that contradict the checkpoint are refused; a default contradicts nothing. */
static dkg_status check_agreement(const run *r, dkg_error *err)
{
    const dkg_train_job *j = r->job;
    const dkg_train_options *o = &r->record.options;
    const struct {
        const char *name, *given, *standard, *stored;
    } words[] = {{"head", j->head, "phase", dkg_head_name(o->head)},
                 {"loss", j->loss, "bce", dkg_loss_name(o->loss)},
                 {"domain", j->domain, "xchacha20", dkg_cipher_name(r->record.cipher)}};
    const struct {
        const char *name;
        int64_t given, standard, stored;
    } numbers[] = {{"baseChannels", j->baseChannels, 0, o->channels},
                   {"cropSize", j->cropSize, 0, o->crop},
                   {"pool", j->pool, 0, o->pool},
                   {"discriminator", j->discriminator, DKG_TRAIN_OPTIONS.discriminator, o->discriminator}};
    for (size_t i = 0; i < 3; i++)
        if (!is(words[i].given, words[i].standard) && !is(words[i].given, words[i].stored))
            return dkg_fail(err, DKG_USAGE, "%s is %s, but %s in the checkpoint", words[i].name, words[i].given, words[i].stored);
    for (size_t i = 0; i < 4; i++)
        if (numbers[i].given != numbers[i].standard && numbers[i].given != numbers[i].stored)
            return dkg_fail(err, DKG_USAGE, "%s is %lld, but %lld in the checkpoint", numbers[i].name, (long long)numbers[i].given,
                            (long long)numbers[i].stored);
    if (j->seedFile) return dkg_fail(err, DKG_USAGE, "the checkpoint has its own seed: --seed-file cannot be given");
    if (r->record.cipher == DKG_TRAIN_GIVEN && !j->domainImages)
        return dkg_fail(err, DKG_USAGE, "the checkpoint was trained with encrypted images of a folder: domainImages are needed");
    return DKG_OK;
}

static dkg_status go_on(run *r, dkg_error *err)
{
    dkg_error why = {0};
    dkg_status status = dkg_file_read(r->job->resumeFile, CHECKPOINT_BYTES_MAX, &r->resumed, &r->resumed_size, err);
    if (status != DKG_OK) return status;
    status = dkg_train_load(r->resumed, r->resumed_size, &r->record, &why);
    if (status == DKG_OK) status = check_agreement(r, &why);
    if (status != DKG_OK) return dkg_fail(err, status, "%s: %s", r->job->resumeFile, why.text);
    /* the one thing that may change on the way; a default changes nothing */
    if (r->job->learningRate < DKG_TRAIN_OPTIONS.rate || r->job->learningRate > DKG_TRAIN_OPTIONS.rate)
        r->record.options.rate = r->job->learningRate;
    if (r->job->steps) r->record.planned = (uint64_t)r->job->steps;
    if (r->record.planned < r->record.steps) r->record.planned = r->record.steps;
    dkg_say(r->host, "going on after step %llu of %llu", (unsigned long long)r->record.steps, (unsigned long long)r->record.planned);
    return DKG_OK;
}

/* Room for the whole curve. */
static dkg_status grow_rows(run *r, dkg_error *err)
{
    dkg_train_row *rows = dkg_calloc(r->record.planned > 0 ? r->record.planned : 1, sizeof *rows);
    if (!rows) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %llu steps", (unsigned long long)r->record.planned);
    if (r->record.steps > 0) memcpy(rows, r->record.rows, (size_t)r->record.steps * sizeof *rows);
    free(r->record.rows);
    r->record.rows = rows;
    return DKG_OK;
}

/* ---- images and device -------------------------------------------------------------------------------------------------------- */
/* Of the images, and of the encrypted ones where they are given. */
static void digest_of(const run *r, uint8_t digest[DKG_DIGEST_BYTES])
{
    uint8_t both[2 * DKG_DIGEST_BYTES];
    memcpy(digest, r->source.digest, DKG_DIGEST_BYTES);
    if (r->record.cipher != DKG_TRAIN_GIVEN) return;
    memcpy(both, r->source.digest, DKG_DIGEST_BYTES);
    memcpy(both + DKG_DIGEST_BYTES, r->encrypted.digest, DKG_DIGEST_BYTES);
    (void)crypto_generichash(digest, DKG_DIGEST_BYTES, both, sizeof both, NULL, 0);
}

static dkg_status read_images(run *r, dkg_error *err)
{
    const dkg_train_job *j = r->job;
    const dkg_log *log = dkg_host_log(r->host);
    const uint32_t crop = r->record.options.crop;
    uint8_t digest[DKG_DIGEST_BYTES];
    dkg_status status =
        dkg_image_set_read(j->sourceImages ? j->sourceImages : j->sourceVolume, crop, false, r->record.seed, log, &r->source, err);
    if (status == DKG_OK && r->record.cipher == DKG_TRAIN_GIVEN)
        status = dkg_image_set_read(j->domainImages, crop, true, r->record.seed, log, &r->encrypted, err);
    if (status != DKG_OK) return status;
    dkg_say(r->host, "%zu images of %zu files, %zu files passed over", r->source.count, r->source.files, r->source.skipped);
    if (r->source.count == 1)
        dkg_warn(log, "there is only one image: the network sees nothing else, and is tried on the same one");
    digest_of(r, digest);
    if (j->resumeFile && memcmp(r->record.images, digest, sizeof digest) != 0) {
        (void)dkg_fail(err, DKG_USAGE, "%s: the training was begun with other images", j->resumeFile);
        return dkg_fail_hint(err, DKG_USAGE, "give the same images; to learn from others, start a new training");
    }
    memcpy(r->record.images, digest, sizeof digest);
    r->data = (dkg_train_data){.images = r->source.items, .count = r->source.count, .cipher = r->record.cipher,
                               .encrypted = r->encrypted.items, .encrypted_count = r->encrypted.count, .crop = crop};
    memcpy(r->data.seed, r->record.seed, sizeof r->data.seed);
    return DKG_OK;
}

static dkg_status open_trainer(run *r, dkg_error *err)
{
    dkg_status status = dkg_trainers_open(&r->record.options, r->job->device, (unsigned)r->job->threads, &r->trainer, err);
    if (status != DKG_OK) return status;
    dkg_say(r->host, "training on %s", r->trainer->device);
    if (!r->resumed) return dkg_train_begin(r->trainer, r->record.seed, err);
    status = dkg_train_restore(r->resumed, r->resumed_size, &r->record, r->trainer, err);
    free(r->resumed);
    r->resumed = NULL;
    return status;
}

/* ---- the whole --------------------------------------------------------------------------------------------------------------------- */
static dkg_status train(run *r, dkg_error *err)
{
    const dkg_train_job *j = r->job;
    dkg_session session = {.job = j, .host = r->host, .trainer = r->trainer, .data = &r->data, .record = &r->record,
                           .checkpoint = r->checkpoint};
    const dkg_export to = {.model_file = j->modelFile, .sample_key = j->sampleKey, .replace = j->force, .threads = (unsigned)j->threads,
                           .files = r->source.files, .images = r->source.count};
    const dkg_status trained = dkg_session_run(&session, err);
    dkg_error ignored = {0}; /* a curve of what was done is also of use after a stop */
    const dkg_status curve = j->curveTable ? dkg_session_curve(&session, j->curveTable, trained == DKG_OK ? err : &ignored) : DKG_OK;
    if (trained != DKG_OK) return trained;
    if (curve != DKG_OK) return curve;
    dkg_status status = dkg_export_model(&to, r->trainer, &r->record, &r->data, r->host, err);
    /* what is worth keeping is in the model now; a checkpoint that was asked for stays */
    if (status == DKG_OK && r->checkpoint_name) (void)unlink(r->checkpoint_name);
    if (status == DKG_OK) dkg_result_text(r->host, "statusText", session.time_up ? "time limit reached" : "ok");
    return status;
}

static dkg_status train_run(const void *options, dkg_host *host, dkg_error *err)
{
    run r = {.job = options, .host = host};
    dkg_status status = check_options(r.job, err);
    if (status == DKG_OK) status = name_checkpoint(&r, err);
    if (status == DKG_OK) status = check_outputs(&r, err);
    if (status == DKG_OK) status = r.job->resumeFile ? go_on(&r, err) : start_anew(&r, err);
    if (status == DKG_OK) status = grow_rows(&r, err);
    if (status == DKG_OK) status = read_images(&r, err);
    if (status == DKG_OK) status = open_trainer(&r, err);
    if (status == DKG_OK) status = train(&r, err);
    if (status == DKG_NO_MEMORY && err->hint[0] == '\0')
        (void)dkg_fail_hint(err, status, "a smaller --crop-size or fewer --base-channels need less memory");
    sodium_memzero(r.record.seed, sizeof r.record.seed);
    sodium_memzero(r.data.seed, sizeof r.data.seed);
    free(r.checkpoint_name);
    free(r.resumed);
    free(r.record.rows);
    dkg_image_set_free(&r.source);
    dkg_image_set_free(&r.encrypted);
    dkg_trainer_free(r.trainer);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(dkg_train_job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, sourceImages), BIND(STRING, sourceVolume), BIND(STRING, domain), BIND(STRING, domainImages), BIND(STRING, modelFile),
    BIND(STRING, resumeFile), BIND(STRING, curveTable), BIND(STRING, sampleKey), BIND(STRING, preset), BIND(STRING, head),
    BIND(STRING, loss), BIND(INTEGER, baseChannels), BIND(INTEGER, cropSize), BIND(INTEGER, steps), BIND(INTEGER, pool),
    BIND(DOUBLE, maxMinutes), BIND(STRING, device), BIND(STRING, checkpointFile), BIND(INTEGER, threads),
    BIND(INTEGER, checkpointEvery), BIND(BOOLEAN, force),
    /* of train-extra.xml */
    BIND(STRING, samples), BIND(STRING, seedFile), BIND(DOUBLE, learningRate), BIND(INTEGER, discriminator),
};

DKG_MODULE_COMMAND(train, DeepKeyGenTrain, dkg_train_job, train_run)
