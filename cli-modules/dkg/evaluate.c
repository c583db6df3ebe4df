/* dkg evaluate: the evaluations of the paper on a folder of images. */
#include "dkg/commands.h"

#include "DeepKeyGenTrain/names.h"
#include "common/models.h"
#include "common/picture.h"
#include "common/volumes.h"
#include "dkg/evaluation.h"
#include "dkg/itk.h"
#include "report/files.h"

#include <stdlib.h>
#include <string.h>

typedef struct job {
    const char *set, *data, *significance, *jsonFile, *reportFile, *curveTable, *device;
    dkg_string_list models;
    int64_t images, positions, threads;
    bool withPlain, force;
} job;

static dkg_status open_models(const job *j, dkg_evaluation *e, dkg_error *err)
{
    size_t count = j->models.count > 0 ? j->models.count : 1;
    dkg_status status = DKG_OK;
    if (!(e->models = dkg_calloc(count, sizeof *e->models))) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu models", count);
    for (; e->model_count < count && status == DKG_OK; e->model_count += status == DKG_OK)
        status = dkg_models_for_writing(j->models.count ? j->models.items[e->model_count] : NULL, NULL, &e->models[e->model_count], err);
    if (status == DKG_OK) status = dkg_engines_open(e->models[0], j->device, e->threads, true, dkg_host_log(e->host), &e->engines, err);
    if (status != DKG_OK) return status;
    dkg_record_engine(&e->record, e->engines.keys, e->models[0]);
    dkg_record_integer(&e->record, dkg_record_object(&e->record, "provenance"), "models", e->model_count);
    return DKG_OK;
}

static dkg_status read_volume(const char *path, dkg_volume **out, dkg_error *err)
{
    dkg_image_format format;
    bool detached;
    dkg_image *image = NULL;
    *out = NULL;
    dkg_status status = dkg_image_identify(path, &format, &detached, err);
    if (status == DKG_OK && format == DKG_IMAGE_OTHER) return dkg_volume_read(path, 0, out, err);
    if (status == DKG_OK) status = dkg_image_read(path, 0, &image, err);
    if (status == DKG_OK) status = dkg_image_to_volume(image, out, err);
    dkg_image_free(image);
    return status;
}

/* The middle slice as 256 x 256 x 3 bytes, grey in every channel: the paper's X-rays are grey too. */
static dkg_status add_still(const dkg_volume *volume, uint8_t *out, dkg_error *err)
{
    dkg_picture_volume shown = dkg_picture_of_volume(&volume->header, volume->data.at);
    uint8_t *grey = dkg_calloc(DKG_KEY_ROWS, DKG_KEY_WIDTH);
    if (!grey) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an image");
    dkg_picture_slice(&shown, 0, 1, DKG_KEY_WIDTH, grey, DKG_KEY_WIDTH);
    for (size_t i = 0; i < DKG_KEY_BYTES; i++) out[i] = grey[i / 3];
    free(grey);
    return DKG_OK;
}

/* Reads what can be read and hands it on: stills are collected, volumes evaluated one by one. */
static dkg_status each_image(const job *j, dkg_evaluation *e, const dkg_names *names, uint8_t *stills, size_t *count, dkg_error *err)
{
    bool volumes = strcmp(j->set, "brats") == 0;
    dkg_status status = DKG_OK;
    for (size_t i = 0; i < names->count && *count < (size_t)j->images && status == DKG_OK; i++) {
        dkg_volume *volume;
        dkg_error why = {0};
        if (read_volume(names->items[i], &volume, &why) != DKG_OK) {
            dkg_warn(dkg_host_log(e->host), "passed over: %s", why.text);
            continue;
        }
        status = volumes ? dkg_evaluate_volume(e, volume, *count == 0, err) : add_still(volume, stills + *count * DKG_KEY_BYTES, err);
        ++*count;
        dkg_volume_free(volume);
    }
    if (status == DKG_OK && *count == 0) status = dkg_fail(err, DKG_SOURCE, "%s: holds no image that can be read", j->data);
    return status == DKG_OK && !volumes ? dkg_evaluate_stills(e, stills, *count, err) : status;
}

static dkg_status evaluate_all(const job *j, dkg_evaluation *e, dkg_error *err)
{
    dkg_names names = {0};
    uint8_t *stills = NULL;
    size_t count = 0;
    dkg_status status = dkg_names_find(j->data, &names, err);
    size_t most = names.count < (size_t)j->images ? names.count : (size_t)j->images;
    if (status == DKG_OK) status = open_models(j, e, err);
    if (status == DKG_OK && !(stills = dkg_calloc(strcmp(j->set, "brats") == 0 ? 1 : most + 1, DKG_KEY_BYTES)))
        status = dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu images", most);
    if (status == DKG_OK) status = each_image(j, e, &names, stills, &count, err);
    if (status == DKG_OK && j->positions > 0) status = dkg_evaluate_sensitivity(e, (uint32_t)j->positions, err);
    if (status == DKG_OK) {
        json_t *settings = dkg_record_object(&e->record, "settings");
        dkg_record_text(&e->record, settings, "set", j->set);
        dkg_record_integer(&e->record, settings, "images", count);
        dkg_record_number(&e->record, settings, "significance", e->alpha);
        dkg_series_record(e);
        dkg_result_integer(e->host, "images", (int64_t)count);
        dkg_result_text(e->host, "deviceUsed", e->engines.keys->device);
    }
    free(stills);
    dkg_names_free(&names);
    return status;
}

static dkg_record new_record(const job *j)
{
    dkg_record r = dkg_record_new("Evaluations of the key generator on a set of images", "evaluate");
    dkg_buffer models = {0};
    dkg_record_option(&r, "--set", j->set);
    dkg_record_option(&r, "--data", "FOLDER"); /* its name may be a patient's */
    for (size_t i = 0; i < j->models.count; i++)
        dkg_append_text(&models, "%s%s", i ? "," : "", dkg_record_file_name(j->models.items[i]));
    dkg_append(&models, "", 1);
    if (models.failed) r.failed = true;
    else if (j->models.count) dkg_record_option(&r, "--models", (const char *)models.bytes);
    dkg_record_option_integer(&r, "--images", j->images);
    dkg_record_option_integer(&r, "--positions", j->positions);
    dkg_record_option(&r, "--significance", j->significance);
    if (j->curveTable) dkg_record_option(&r, "--curve-table", dkg_record_file_name(j->curveTable));
    if (j->withPlain) dkg_record_word(&r, "--with-plain");
    dkg_buffer_free(&models);
    return r;
}

static dkg_status evaluate_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    const char *const outputs[] = {j->jsonFile, j->reportFile};
    dkg_evaluation *e = dkg_calloc(1, sizeof *e);
    if (!e) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an evaluation");
    *e = (dkg_evaluation){.host = host, .alpha = strtod(j->significance, NULL), .threads = (unsigned)j->threads, .with_plain = j->withPlain};
    e->secret = dkg_secret_alloc(32);
    dkg_status status = e->secret ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no secret memory");
    if (status == DKG_OK && !j->data) status = dkg_fail(err, DKG_USAGE, "a folder of images is needed: --data");
    if (status == DKG_OK) status = dkg_check_files(&j->curveTable, 1, outputs, 2, j->force, err);
    if (status == DKG_OK) status = dkg_check_files(j->models.items, j->models.count, outputs, 2, j->force, err);
    if (status == DKG_OK) {
        dkg_random(e->secret, 32);
        e->record = new_record(j);
        dkg_say(host, "%s", dkg_metrics_sentence());
        dkg_record_flag(&e->record, e->record.root, "containsPlain", j->withPlain);
        if (j->curveTable) status = dkg_record_training(&e->record, j->curveTable, err);
        if (status == DKG_OK) status = evaluate_all(j, e, err);
    }
    dkg_report_files files = {.json = j->jsonFile, .page = j->reportFile, .replace = j->force, .private_only = j->withPlain};
    if (status == DKG_OK) status = dkg_record_write(&e->record, &files, err);
    dkg_record_free(&e->record);
    dkg_engines_close(&e->engines);
    for (size_t i = 0; i < e->model_count; i++) dkg_model_free(e->models[i]);
    free(e->models);
    dkg_secret_free(e->secret);
    free(e);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {BIND(STRING, set),     BIND(STRING, data),       BIND(STRING, significance), BIND(STRING, jsonFile),
                                       BIND(STRING, reportFile), BIND(STRING, device),  BIND(LIST, models),         BIND(INTEGER, images),
                                       BIND(INTEGER, positions), BIND(INTEGER, threads), BIND(BOOLEAN, withPlain), BIND(BOOLEAN, force),
                                       BIND(STRING, curveTable)};

DKG_COMMAND(evaluate, job, evaluate_run)
