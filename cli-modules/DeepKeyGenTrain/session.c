#include "DeepKeyGenTrain/session.h"

#include "common/tables.h"
#include "dkg/metrics.h"

#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MEASUREMENTS = 50, SAMPLES = 10, STAGES = 50 }; /* during a training */

static double seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Whether `times` things spread evenly over the training include this step; the last one always. */
static bool due(const dkg_train_record *r, uint64_t times)
{
    const uint64_t every = r->planned > times ? r->planned / times : 1;
    return r->steps % every == 0 || r->steps == r->planned;
}

/* ---- keys ------------------------------------------------------------------------------------------------------------------------ */
static dkg_status write_png(const dkg_session *s, const uint8_t *key, dkg_error *err)
{
    const uint32_t crop = s->record->options.crop;
    char path[4096];
    png_image image = {.version = PNG_IMAGE_VERSION, .width = crop, .height = crop, .format = PNG_FORMAT_RGB};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *png = malloc(size);
    dkg_status status = png ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for a picture");
    if (snprintf(path, sizeof path, "%s/key-%06llu.png", s->job->samples, (unsigned long long)s->record->steps) >= (int)sizeof path)
        status = dkg_fail(err, DKG_USAGE, "%s: the name is too long", s->job->samples);
    if (status == DKG_OK && !png_image_write_to_memory(&image, png, &size, 0, key, 0, NULL))
        status = dkg_fail(err, DKG_INTERNAL, "%s: libpng: %s", path, image.message);
    if (status == DKG_OK) status = dkg_file_write(path, DKG_OUTPUT_REPLACE, png, size, err);
    free(png);
    return status;
}

/* A key of the first held-out image, as the float network makes it: its figures for the curve and for what is said, its picture. */
static dkg_status try_key(dkg_session *s, dkg_train_row *row, dkg_error *err)
{
    const dkg_train_options *o = &s->record->options;
    const size_t bytes = (size_t)3 * o->crop * o->crop;
    const bool sample = due(s->record, SAMPLES);
    dkg_plane_metrics planes = {0};
    if (!due(s->record, MEASUREMENTS) && !sample) return DKG_OK;
    uint8_t *image = dkg_calloc(bytes, 1);
    float *u = dkg_calloc(bytes, sizeof *u);
    dkg_status status = image && u ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for a key");
    if (status == DKG_OK) {
        dkg_train_held_out(s->data, 0, o->crop, o->crop, image);
        status = s->trainer->generate(s->trainer, image, u, err);
    }
    if (status == DKG_OK) {
        dkg_train_bytes(o->head, u, bytes, image);
        const dkg_key_test test = dkg_test_key(image, o->crop, o->crop);
        status = dkg_measure_planes(image, 3 * o->crop, o->crop, 1, 1, 1, &planes, err);
        *row = (dkg_train_row){row->losses, planes.entropy, test.chi_square, test.horizontal, test.vertical, test.diagonal};
    }
    if (status == DKG_OK && sample && s->job->samples) status = write_png(s, image, err);
    free(image);
    free(u);
    return status;
}

/* ---- checkpoints ---------------------------------------------------------------------------------------------------------------- */
static dkg_status write_piece(void *output, const void *bytes, size_t n, dkg_error *err) { return dkg_output_write(output, bytes, n, err); }

static dkg_status save(dkg_session *s, dkg_error *err)
{
    dkg_output *output;
    dkg_status status = dkg_output_open(s->checkpoint, DKG_OUTPUT_REPLACE | DKG_OUTPUT_PRIVATE, &output, err);
    if (status != DKG_OK) return status;
    status = dkg_train_save(s->trainer, s->record, write_piece, output, err);
    if (status != DKG_OK) {
        dkg_output_discard(output);
        return status;
    }
    status = dkg_output_commit(&output, err);
    if (status == DKG_OK) s->saved = s->record->steps;
    return status;
}

static dkg_status stop(dkg_session *s, dkg_error *err)
{
    dkg_error lost = {0};
    if (s->saved != s->record->steps && save(s, &lost) != DKG_OK)
        return dkg_fail(err, DKG_CANCELLED, "stopped after step %llu; no checkpoint could be saved: %s", (unsigned long long)s->record->steps,
                        lost.text);
    (void)dkg_fail(err, DKG_CANCELLED, "stopped after step %llu of %llu", (unsigned long long)s->record->steps,
                   (unsigned long long)s->record->planned);
    return dkg_fail_hint(err, DKG_CANCELLED, "the same command with --resume-file %s goes on from here", s->checkpoint);
}

/* ---- progress --------------------------------------------------------------------------------------------------------------------- */
static dkg_status show(dkg_session *s, dkg_error *err)
{
    const dkg_train_record *r = s->record;
    const dkg_train_losses *l = &r->rows[r->steps - 1].losses;
    const double spent = seconds() - s->started, rate = (double)(r->steps - s->first_step) / (spent > 1e-3 ? spent : 1e-3);
    const unsigned left = (unsigned)fmin((double)(r->planned - r->steps) / rate, 3.6e8);
    char stage[96];
    /* a host takes few changes of the text; a terminal shows every one */
    if (dkg_host_is_module(s->host) && !due(r, STAGES)) return DKG_OK;
    (void)snprintf(stage, sizeof stage, "%llu/%llu G %.2f D %.2f %.1f/s %u:%02u left", (unsigned long long)r->steps,
                   (unsigned long long)r->planned, l->generator, (l->real + l->fake) / 2, rate, left / 60, left % 60);
    return dkg_progress(dkg_host_log(s->host), stage, 0.98 * (double)r->steps / (double)r->planned, err);
}

static void say(const dkg_session *s, const dkg_train_row *row)
{
    const dkg_train_record *r = s->record;
    if (!due(r, SAMPLES)) return;
    dkg_say(s->host, "step %llu of %llu: generator %.3f, discriminator %.3f (real) %.3f (fake), key entropy %.4f", (unsigned long long)r->steps,
            (unsigned long long)r->planned, row->losses.generator, row->losses.real, row->losses.fake, row->entropy);
}

/* ---- the loop's callback -------------------------------------------------------------------------------------------------------------- */
static dkg_status after(void *self, const dkg_train_losses *losses, dkg_error *err)
{
    dkg_session *s = self;
    dkg_train_record *r = s->record;
    dkg_train_row *row = &r->rows[s->trainer->steps - 1];
    *row = (dkg_train_row){*losses, NAN, NAN, NAN, NAN, NAN};
    r->steps = s->trainer->steps;
    dkg_status status = try_key(s, row, err);
    if (status == DKG_OK && r->steps % (uint64_t)s->job->checkpointEvery == 0) status = save(s, err);
    if (status != DKG_OK) return status;
    say(s, row);
    if (s->job->maxMinutes > 0 && seconds() - s->started >= 60 * s->job->maxMinutes) {
        s->time_up = true;
        return DKG_CANCELLED;
    }
    return show(s, err) == DKG_CANCELLED ? stop(s, err) : DKG_OK;
}

dkg_status dkg_session_run(dkg_session *s, dkg_error *err)
{
    s->started = seconds();
    s->first_step = s->trainer->steps;
    s->saved = s->trainer->steps;
    const dkg_status status = dkg_train_run(s->trainer, s->data, s->record->planned, after, s, err);
    if (status != DKG_OK && !s->time_up) return status;
    if (s->time_up)
        dkg_warn(dkg_host_log(s->host), "the time is up after step %llu of %llu", (unsigned long long)s->record->steps,
                 (unsigned long long)s->record->planned);
    return s->saved == s->record->steps ? DKG_OK : save(s, err); /* should the export fail, nothing is lost */
}

dkg_status dkg_session_curve(const dkg_session *s, const char *path, dkg_error *err)
{
    dkg_buffer rows = {0};
    dkg_append_text(&rows, "step,lossGenerator,lossReal,lossFake,entropy,chiSquare,correlationHorizontal,correlationVertical,"
                           "correlationDiagonal\n");
    for (uint64_t i = 0; i < s->record->steps; i++) {
        const dkg_train_row *r = &s->record->rows[i];
        dkg_append_text(&rows, "%llu,%.6f,%.6f,%.6f,%.6f,%.2f,%.6f,%.6f,%.6f\n", (unsigned long long)i + 1, r->losses.generator,
                        r->losses.real, r->losses.fake, r->entropy, r->chi_square, r->horizontal, r->vertical, r->diagonal);
    }
    const dkg_status status = dkg_table_write(path, DKG_OUTPUT_REPLACE, &rows,
                                              "step,int\nlossGenerator,double\nlossReal,double\nlossFake,double\nentropy,double\n"
                                              "chiSquare,double\ncorrelationHorizontal,double\ncorrelationVertical,double\n"
                                              "correlationDiagonal,double\n", err);
    dkg_buffer_free(&rows);
    return status;
}
