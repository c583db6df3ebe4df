#include "dkg/streams.h"

#include "common/engines.h"
#include "common/models.h"
#include "dkg/metrics.h"

#include <sodium.h>
#include <string.h>

struct dkg_stream {
    bool hybrid;
    uint8_t secret[2][32]; /* of the initial images, and of the stream cipher or the control */
    uint64_t block;
    dkg_control *control;
    dkg_model *model;      /* neither control nor model: the counter */
    dkg_engines engines;
    uint8_t *image;
};

static dkg_status open_control(const char *name, dkg_stream *s, bool *found, dkg_error *err)
{
    *found = strcmp(name, "counter") == 0;
    for (int k = 0; k < DKG_CONTROLS; k++)
        if (strcmp(name, dkg_control_name((dkg_control_kind)k)) == 0) {
            *found = true;
            return dkg_control_open((dkg_control_kind)k, s->secret[1], &s->control, err);
        }
    return DKG_OK;
}

dkg_status dkg_stream_open(const char *name, const char *model_file, const char *device, unsigned threads, const dkg_log *log,
                           dkg_stream **out, dkg_error *err)
{
    bool found;
    *out = NULL;
    dkg_stream *s = dkg_secret_alloc(sizeof *s);
    if (!s) return dkg_fail(err, DKG_NO_MEMORY, "no secret memory");
    dkg_random(s->secret, sizeof s->secret);
    dkg_status status = open_control(name, s, &found, err);
    s->hybrid = strcmp(name, "hybrid") == 0;
    if (!found && !s->hybrid && strcmp(name, "generator") != 0) status = dkg_fail(err, DKG_USAGE, "%.100s: there is no such stream", name);
    if (status == DKG_OK && !found) {
        s->image = dkg_secret_alloc(DKG_KEY_BYTES);
        if (!s->image) status = dkg_fail(err, DKG_NO_MEMORY, "no secret memory");
        if (status == DKG_OK) status = dkg_models_for_writing(model_file, NULL, &s->model, err);
        if (status == DKG_OK) status = dkg_engines_open(s->model, device, threads, false, log, &s->engines, err);
    }
    if (status == DKG_OK) *out = s;
    else dkg_stream_close(s);
    return status;
}

static dkg_status of_network(dkg_stream *s, uint8_t *out, dkg_error *err)
{
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES] = {0}, tag[crypto_aead_xchacha20poly1305_ietf_ABYTES];
    dkg_store64(nonce, s->block);
    (void)crypto_stream_xchacha20(s->image, DKG_KEY_BYTES, nonce, s->secret[0]);
    dkg_status status = s->engines.keys->generate(s->engines.keys, s->image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, out, err);
    /* zeros XOR key, then the AEAD, as hybrid mode does with a slice */
    if (status == DKG_OK && s->hybrid)
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(out, tag, NULL, out, DKG_KEY_BYTES, NULL, 0, NULL, nonce, s->secret[1]);
    return status;
}

dkg_status dkg_stream_next(dkg_stream *s, uint8_t out[DKG_STREAM_BLOCK], dkg_error *err)
{
    dkg_status status = DKG_OK;
    if (s->control) dkg_control_read(s->control, out, DKG_STREAM_BLOCK);
    else if (s->model) status = of_network(s, out, err);
    else
        for (size_t i = 0; i < DKG_STREAM_BLOCK; i += 8) dkg_store64(out + i, (s->block * DKG_STREAM_BLOCK + i) / 8);
    s->block++;
    return status;
}

const char *dkg_stream_device(const dkg_stream *s) { return s->model ? s->engines.keys->device : ""; }

void dkg_stream_close(dkg_stream *s)
{
    if (!s) return;
    dkg_engines_close(&s->engines);
    dkg_model_free(s->model);
    dkg_control_free(s->control);
    dkg_secret_free(s->image);
    dkg_secret_free(s);
}
