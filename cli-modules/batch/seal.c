#include "batch/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/volumes.h"

dkg_status dkg_sealer_open(const dkg_seal_shared *shared, const dkg_log *log, dkg_sealer *out, dkg_error *err)
{
    *out = (dkg_sealer){.shared = shared, .log = log};
    if (!shared->model) return DKG_OK;
    return dkg_engines_open(shared->model, shared->plan->device, shared->threads, true, shared->log, &out->engines, err);
}

void dkg_sealer_close(dkg_sealer *sealer) { dkg_engines_close(&sealer->engines); }

/* What one entry holds while it is worked on. */
typedef struct work {
    const dkg_sealer *s;
    const dkg_entry *entry;
    char *source, *output, *mark_path, *lock_path;
    int lock;
    dkg_volume *volume; /* or */
    uint8_t *file;
    size_t file_size;
    dkg_carrier *carrier;
} work;

static void work_end(work *w)
{
    dkg_carrier_free(w->carrier);
    dkg_volume_free(w->volume);
    free(w->file);
    if (w->lock >= 0) {
        (void)unlink(w->lock_path);
        close(w->lock);
    }
    free(w->source);
    free(w->output);
    free(w->mark_path);
    free(w->lock_path);
}

/* One process per entry: a lock the system drops when its holder dies, so that a killed run blocks nobody. */
static dkg_status lock(work *w, size_t index, bool *busy, dkg_error *err)
{
    char name[48];
    (void)snprintf(name, sizeof name, "%zu.lock", index + 1);
    w->lock_path = dkg_plan_path(w->s->shared->plan->output, name);
    if (!w->lock_path) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", name);
    w->lock = open(w->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (w->lock < 0) return dkg_fail(err, DKG_IO, "%s: cannot be made: %s", w->lock_path, strerror(errno));
    struct stat held, named;
    if (flock(w->lock, LOCK_EX | LOCK_NB) == 0) {
        /* a lock file that its last holder removed in between is nobody's lock any more */
        if (fstat(w->lock, &held) == 0 && stat(w->lock_path, &named) == 0 && held.st_ino == named.st_ino) return DKG_OK;
        errno = EWOULDBLOCK;
    }
    const int why = errno;
    close(w->lock);
    w->lock = -1;
    *busy = why == EWOULDBLOCK;
    return *busy ? DKG_OK : dkg_fail(err, DKG_IO, "%s: cannot be locked: %s", w->lock_path, strerror(why));
}

static dkg_status source_changed(const work *w, dkg_error *err)
{
    dkg_fail(err, DKG_SOURCE, "%s: changed since it was planned", w->source);
    return dkg_fail_hint(err, DKG_SOURCE, "plan again to take it as it is now");
}

/* The bytes that were planned, and no others while they were read. */
static dkg_status read_source(work *w, dkg_error *err)
{
    uint8_t digest[32];
    uint64_t bytes;
    struct stat before, after;
    if (stat(w->source, &before) != 0) return dkg_fail(err, DKG_IO, "%s: cannot be read: %s", w->source, strerror(errno));
    dkg_status status = dkg_source_sha256(w->source, digest, &bytes, err);
    if (status != DKG_OK) return status;
    if (memcmp(digest, w->entry->sha256, sizeof digest) != 0) return source_changed(w, err);
    status = w->entry->volume ? dkg_volume_read(w->source, 0, &w->volume, err)
                              : dkg_file_read(w->source, UINT64_MAX, &w->file, &w->file_size, err);
    if (status != DKG_OK) return status;
    if (stat(w->source, &after) != 0 || before.st_size != after.st_size || before.st_ino != after.st_ino ||
        before.st_mtim.tv_sec != after.st_mtim.tv_sec || before.st_mtim.tv_nsec != after.st_mtim.tv_nsec)
        return source_changed(w, err);
    return DKG_OK;
}

/* What readers take as a file's name; others go into the note with the whole path. */
static bool can_be_name(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name < ' ' || *name == '\\') return false;
    return true;
}

static dkg_status seal(work *w, dkg_error *err)
{
    const dkg_seal_shared *shared = w->s->shared;
    const char *slash = strrchr(w->entry->path, '/'), *name = slash ? slash + 1 : w->entry->path;
    char note[1024] = "";
    dkg_source source = w->entry->volume ? dkg_source_of(w->volume) : dkg_source_of_file((dkg_bytes){w->file, w->file_size}, name);
    if ((shared->plan->rename || !can_be_name(name)) && (size_t)snprintf(note, sizeof note, "path:%s", w->entry->path) >= sizeof note)
        return dkg_fail(err, DKG_USAGE, "%s: the path is too long to be sealed", w->entry->path);
    dkg_encrypt_options options = {
        .mode = shared->model ? DKG_MODE_HYBRID : DKG_MODE_AEAD,
        .stream = !w->entry->volume,
        .nifti2 = true,
        .note = note[0] ? note : NULL,
        .locks = shared->locks,
        .model = shared->model,
        .engine = w->s->engines.keys,
        .check_engine = w->s->engines.check,
        .verify_all = strcmp(shared->plan->verify, "all") == 0,
        .threads = shared->threads,
        .log = w->s->log,
    };
    return dkg_encrypt(&source, &options, &w->carrier, err);
}

static dkg_status write_carrier(const work *w, dkg_error *err)
{
    const char *wanted = w->s->shared->plan->geometry;
    const dkg_geometry geometry = !w->volume || strcmp(wanted, "strip") == 0 ? DKG_GEOMETRY_STRIP
                                  : strcmp(wanted, "spacing") == 0           ? DKG_GEOMETRY_SPACING
                                                                             : DKG_GEOMETRY_KEEP;
    /* only carriers beyond NIfTI-1's dimensions become NIfTI-2 */
    const bool large = w->carrier->nx > INT16_MAX || w->carrier->ny > INT16_MAX || w->carrier->planes > INT16_MAX;
    dkg_carrier_file file = dkg_carrier_file_of(w->carrier, w->volume ? &w->volume->header : NULL, geometry, large);
    dkg_status status = dkg_make_folders(w->output, err);
    return status == DKG_OK ? dkg_carrier_write(w->output, DKG_OUTPUT_REPLACE, &file, err) : status;
}

static dkg_status write_mark(const work *w, dkg_error *err)
{
    const dkg_carrier *c = w->carrier;
    dkg_mark mark = {.version = DKG_VERSION, .epoch = c->epoch};
    uint8_t digest[32];
    sodium_bin2hex(mark.volume_id, sizeof mark.volume_id, c->volume_id, sizeof c->volume_id);
    (void)snprintf(mark.mode, sizeof mark.mode, "%s", dkg_mode_name(c->mode));
    strcpy(mark.parameters, w->s->shared->plan->parameters);
    crypto_generichash(digest, sizeof digest, c->voxels, c->voxel_bytes, NULL, 0);
    sodium_bin2hex(mark.carrier_digest, sizeof mark.carrier_digest, digest, sizeof digest);
    dkg_status status = dkg_source_sha256(w->output, digest, &mark.bytes, err);
    if (status != DKG_OK) return status;
    sodium_bin2hex(mark.sha256, sizeof mark.sha256, digest, sizeof digest);
    return dkg_mark_write(w->mark_path, &mark, err);
}

/* Done by this plan, whole, and of the source as planned. */
static bool done_already(const work *w)
{
    dkg_mark mark;
    uint8_t digest[32];
    uint64_t bytes;
    return dkg_mark_read(w->mark_path, &mark, NULL) == DKG_OK && strcmp(mark.parameters, w->s->shared->plan->parameters) == 0 &&
           dkg_mark_check(&mark, w->output, NULL) == DKG_OK && dkg_source_sha256(w->source, digest, &bytes, NULL) == DKG_OK &&
           memcmp(digest, w->entry->sha256, sizeof digest) == 0;
}

dkg_status dkg_seal_entry(dkg_sealer *sealer, const dkg_entry *entry, size_t index, dkg_state *state, dkg_error *err)
{
    const dkg_plan *plan = sealer->shared->plan;
    work w = {.s = sealer, .entry = entry, .lock = -1, .source = dkg_path_join(plan->source, entry->path),
              .output = dkg_path_join(plan->output, entry->output)};
    w.mark_path = w.output ? dkg_mark_path(w.output) : NULL;
    dkg_status status = w.source && w.mark_path ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", entry->path);
    bool busy = false;
    *state = DKG_STATE_FAILED;
    if (status == DKG_OK) status = lock(&w, index, &busy, err);
    if (busy) {
        *state = DKG_STATE_NONE;
    } else if (status == DKG_OK && done_already(&w)) {
        *state = DKG_STATE_SKIPPED;
    } else {
        if (status == DKG_OK) status = read_source(&w, err);
        if (status == DKG_OK) status = seal(&w, err);
        /* an old mark must not vouch for a new file */
        if (status == DKG_OK && unlink(w.mark_path) != 0 && errno != ENOENT)
            status = dkg_fail(err, DKG_IO, "%s: cannot be removed: %s", w.mark_path, strerror(errno));
        if (status == DKG_OK) status = write_carrier(&w, err);
        if (status == DKG_OK) status = write_mark(&w, err);
        if (status == DKG_OK) *state = DKG_STATE_DONE;
    }
    work_end(&w);
    return status;
}
