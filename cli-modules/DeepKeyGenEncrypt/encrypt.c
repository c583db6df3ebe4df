#include "DeepKeyGenEncrypt/encrypt.h"

#include "common/command.h"
#include "common/engines.h"
#include "common/input.h"
#include "common/keychain.h"
#include "common/ledger.h"
#include "common/models.h"
#include "common/opened.h"
#include "common/pictures.h"
#include "common/volumes.h"
#include "dkg/cipher.h"
#include "dkg/metrics.h"
#include "dkg/nifti.h"

#include <sodium.h>
#include <string.h>

/* Everything one run holds; released in one place. */
typedef struct run {
    const dkg_encrypt_job *job;
    dkg_host *host;
    dkg_keychain keys;
    dkg_input input;
    dkg_model *model;
    dkg_engines engines;
    dkg_carrier *carrier;
} run;

static bool is(const char *value, const char *word) { return value && strcmp(value, word) == 0; }

static dkg_status no_key_at_hand(dkg_error *err)
{
    dkg_fail(err, DKG_USAGE, "no key was given: there is no default key");
    return dkg_fail_hint(err, DKG_USAGE,
                         "make one:  dkg keygen my.dkgkey\n"
                         "use it:    dkg encrypt --key-file my.dkgkey IN OUT   (or --recipient age1..., or --ask-passphrase)");
}

static dkg_status check_options(const dkg_encrypt_job *job, dkg_error *err)
{
    if (!job->inputVolume == !job->inputFile)
        return dkg_fail(err, DKG_USAGE, "exactly one input is needed: inputVolume or inputFile");
    if (!job->outputVolume && !job->outputFile)
        return dkg_fail(err, DKG_USAGE, "an output is needed: outputVolume or outputFile");
    if (job->paperMode && is(job->mode, "aead")) return dkg_fail(err, DKG_USAGE, "--paper-mode and --mode aead exclude each other");
    if (job->fixedImage && !job->paperMode) return dkg_fail(err, DKG_USAGE, "--fixed-image belongs to --paper-mode");
    if (job->stripHeader && !job->paperMode) return dkg_fail(err, DKG_USAGE, "--strip-header belongs to --paper-mode: the other modes seal the header");
    if (job->keyFactor && !job->keyFile) return dkg_fail(err, DKG_USAGE, "--key-factor needs the key file that is the second factor: --key-file");
    if (job->paperMode && !job->keyFile) return dkg_fail(err, DKG_USAGE, "paper mode needs a key file: --key-file");
    return DKG_OK;
}

/* Fails now, not after minutes of work, when the result could not be put where it belongs. */
static dkg_status check_outputs(const dkg_encrypt_job *job, dkg_error *err)
{
    const char *const inputs[] = {job->inputFile, job->inputVolume, job->keyFile, job->modelFile, job->signingKeyFile};
    const char *const outputs[] = {job->outputFile, job->preview};
    dkg_status status = dkg_check_carrier_name(job->outputFile, err);
    if (status == DKG_OK) status = dkg_check_carrier_name(job->outputVolume, err);
    if (status != DKG_OK) return status;
    return dkg_check_files(inputs, sizeof inputs / sizeof inputs[0], outputs, sizeof outputs / sizeof outputs[0], job->force, err);
}

/* A passphrase becomes a slot when it was asked for, or when it was handed over and no key file needs it. */
static dkg_status lock(run *r, dkg_locks *locks, dkg_error *err)
{
    const dkg_encrypt_job *job = r->job;
    dkg_bytes passphrase = {NULL, 0};
    r->keys = dkg_keychain_open(r->host, job->passphraseFd);
    dkg_status status = dkg_keychain_keyfile(&r->keys, job->keyFile, err);
    if (status == DKG_OK) status = dkg_keychain_recipients(&r->keys, &job->recipientsFile, &job->recipient, err);
    if (status == DKG_OK) status = dkg_keychain_signing_key(&r->keys, job->signingKeyFile, err);
    if (status == DKG_OK && (job->askPassphrase || (job->passphraseFd >= 0 && !job->keyFile)))
        status = dkg_keychain_new_passphrase(&r->keys, "the volume", &passphrase, err);
    if (status != DKG_OK) return status;
    *locks = dkg_keychain_locks(&r->keys, job->keyFactor, passphrase, job->strong);
    size_t slots = locks->recipient_count + (locks->keyfile && !locks->key_factor) + (passphrase.size > 0);
    if (job->paperMode) return DKG_OK;
    if (slots == 0 && !locks->keyfile) return no_key_at_hand(err);
    return DKG_OK;
}

static dkg_status read_source(run *r, dkg_source *source, dkg_error *err)
{
    const dkg_encrypt_job *job = r->job;
    const char *input = job->inputFile ? job->inputFile : job->inputVolume;
    dkg_status status = dkg_input_read(input, r->host, &r->input, err);
    if (status != DKG_OK) return status;
    if (!r->input.volume && job->paperMode) return dkg_fail(err, DKG_POLICY, "%s: paper mode takes NIfTI volumes only", input);
    if (!r->input.volume && job->preview) return dkg_fail(err, DKG_USAGE, "--preview: %s is sealed whole, its picture is not known", input);
    if (job->paperMode && r->input.volume->header.has_text) {
        if (!job->stripHeader) {
            dkg_fail(err, DKG_POLICY, "%s: its header holds text, which paper mode would show to anyone", input);
            return dkg_fail_hint(err, DKG_POLICY, "remove the text with --strip-header, or use the default mode, which seals it");
        }
        dkg_volume_strip_text(r->input.volume);
    }
    *source = dkg_input_source(&r->input);
    return DKG_OK;
}

static dkg_status choose_engines(run *r, const dkg_source *source, dkg_error *err)
{
    const dkg_encrypt_job *job = r->job;
    const dkg_log *log = dkg_host_log(r->host);
    if (is(job->mode, "aead")) return DKG_OK;
    dkg_status status = dkg_models_for_writing(job->modelFile, r->keys.keyfile, &r->model, err);
    if (status == DKG_OK) status = dkg_engines_open(r->model, job->device, (unsigned)job->threads, true, log, &r->engines, err);
    if (status != DKG_OK) return status;
    dkg_engines_estimate(&r->engines, dkg_key_rows(source->slices, source->data.size / source->slices), log);
    return DKG_OK;
}

static void warn_paper(const run *r)
{
    const dkg_log *log = dkg_host_log(r->host);
    dkg_warn(log, "NOT SECURE: paper mode has no integrity and is for research only");
    dkg_warn(log, "NOT SECURE: %.1f %% of this key can be read off the ciphertext", 100 * r->carrier->zero_share);
}

static dkg_status seal(run *r, dkg_error *err)
{
    const dkg_encrypt_job *job = r->job;
    dkg_source source;
    dkg_encrypt_options options = {
        .mode = job->paperMode ? DKG_MODE_PAPER : is(job->mode, "aead") ? DKG_MODE_AEAD : DKG_MODE_HYBRID,
        .stream = is(job->layout, "stream"),
        .carrier_bytes = is(job->carrier, "u8") ? 1 : 0,
        .nifti2 = job->nifti2,
        .fixed_image = job->fixedImage,
        .verify_all = is(job->verify, "all"),
        .threads = (unsigned)job->threads,
        .log = dkg_host_log(r->host),
    };
    dkg_status status = read_source(r, &source, err); /* before any key, which a reader in a child process would see: docs/adr/0011 */
    if (status == DKG_OK) status = lock(r, &options.locks, err);
    if (status == DKG_OK) status = choose_engines(r, &source, err);
    if (status == DKG_OK && job->fixedImage) status = dkg_ledger_claim(r->model, r->keys.keyfile, err);
    if (status != DKG_OK) return status;
    options.stream = options.stream || !r->input.volume;
    options.model = r->model;
    options.engine = r->engines.keys;
    options.check_engine = r->engines.check;
    status = dkg_encrypt(&source, &options, &r->carrier, err);
    if (status == DKG_OK && job->paperMode) warn_paper(r);
    return status;
}

static dkg_status write_outputs(const run *r, dkg_error *err)
{
    const dkg_encrypt_job *job = r->job;
    dkg_geometry geometry = is(job->layout, "stream") || is(job->geometry, "strip") ? DKG_GEOMETRY_STRIP
                            : is(job->geometry, "spacing")                          ? DKG_GEOMETRY_SPACING
                                                                                    : DKG_GEOMETRY_KEEP;
    const dkg_nifti_header *source = r->input.volume ? &r->input.volume->header : NULL;
    dkg_carrier_file file = dkg_carrier_file_of(r->carrier, source, geometry, job->nifti2);
    dkg_status status = DKG_OK;
    if (job->outputFile) status = dkg_carrier_write(job->outputFile, job->force ? DKG_OUTPUT_REPLACE : 0, &file, err);
    /* a scene node's file is the host's to replace, even when it is the input's */
    if (status == DKG_OK && job->outputVolume) status = dkg_carrier_write(job->outputVolume, DKG_OUTPUT_REPLACE, &file, err);
    return status;
}

static dkg_status report(const run *r, dkg_error *err)
{
    const dkg_carrier *c = r->carrier;
    char id[65];
    dkg_plane_metrics m;
    dkg_status status = dkg_measure_planes(c->voxels, c->nx, c->ny, c->planes - c->key_planes, c->carrier_bytes,
                                           (unsigned)r->job->threads, &m, err);
    if (status != DKG_OK) return status;
    sodium_bin2hex(id, sizeof id, c->volume_id, sizeof c->volume_id);
    dkg_result_text(r->host, "volumeId", id);
    dkg_result_text(r->host, "modeUsed", dkg_mode_name(c->mode));
    dkg_result_integer(r->host, "keySlots", c->slots);
    dkg_result_integer(r->host, "slices", c->slices);
    dkg_result_integer(r->host, "planes", c->planes);
    dkg_result_number(r->host, "expansion", (double)c->voxel_bytes / (double)(r->input.volume ? r->input.volume->data.size : r->input.file_size));
    dkg_result_number(r->host, "entropy", m.entropy);
    dkg_result_number(r->host, "entropyExpected", m.entropy_expected);
    dkg_result_number(r->host, "correlationHorizontal", m.horizontal);
    dkg_result_number(r->host, "correlationVertical", m.vertical);
    dkg_result_number(r->host, "correlationDiagonal", m.diagonal);
    dkg_result_integer(r->host, "crossChecked", c->cross_checked);
    dkg_result_boolean(r->host, "crossCheckIndependent", c->cross_check_independent);
    dkg_result_text(r->host, "deviceUsed", r->engines.keys ? r->engines.keys->device : "none");
    dkg_result_text(r->host, "statusText", "ok");
    return DKG_OK;
}

static dkg_status command_run(const void *options, dkg_host *host, dkg_error *err)
{
    run r = {.job = options, .host = host, .keys = {.passphrase_fd = -1}};
    dkg_status status = check_options(r.job, err);
    if (status == DKG_OK) status = check_outputs(r.job, err);
    if (status == DKG_OK) status = seal(&r, err);
    if (status == DKG_OK) status = write_outputs(&r, err);
    if (status == DKG_OK) status = report(&r, err);
    if (status == DKG_OK && r.job->preview)
        status = dkg_picture_of_encryption(r.job->preview, r.job->force, r.input.volume, r.carrier,
                                           r.job->outputFile ? r.job->outputFile : r.job->outputVolume, &r.keys, r.model,
                                           r.engines.keys, host, err);
    dkg_carrier_free(r.carrier);
    dkg_engines_close(&r.engines);
    dkg_model_free(r.model);
    dkg_input_close(&r.input);
    dkg_keychain_close(&r.keys);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(dkg_encrypt_job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, inputVolume), BIND(STRING, inputFile), BIND(STRING, outputVolume), BIND(STRING, outputFile), BIND(STRING, keyFile),
    BIND(STRING, modelFile), BIND(STRING, signingKeyFile), BIND(BOOLEAN, keyFactor), BIND(BOOLEAN, askPassphrase), BIND(BOOLEAN, strong),
    BIND(LIST, recipientsFile), BIND(STRING, mode), BIND(STRING, geometry), BIND(STRING, layout), BIND(STRING, carrier),
    BIND(STRING, verify), BIND(BOOLEAN, paperMode), BIND(BOOLEAN, fixedImage), BIND(BOOLEAN, stripHeader), BIND(BOOLEAN, nifti2),
    BIND(STRING, device), BIND(INTEGER, threads), BIND(BOOLEAN, force),
    /* of encrypt-extra.xml */
    BIND(LIST, recipient), BIND(INTEGER, passphraseFd), BIND(STRING, preview),
};

DKG_MODULE_COMMAND(encrypt, DeepKeyGenEncrypt, dkg_encrypt_job, command_run)
