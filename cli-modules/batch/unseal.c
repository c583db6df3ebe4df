#include "batch/unseal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/models.h"
#include "common/volumes.h"

static void forget_model(dkg_unsealer *u)
{
    dkg_engines_close(&u->engines);
    dkg_model_free(u->model);
    u->model = NULL;
}

void dkg_unsealer_close(dkg_unsealer *u) { forget_model(u); }

static dkg_status take_model(dkg_unsealer *u, const dkg_sealed *sealed, dkg_error *err)
{
    const dkg_unseal_shared *s = u->shared;
    if (dkg_sealed_public(sealed)->mode == DKG_MODE_AEAD || (u->model && dkg_sealed_fits(sealed, u->model))) return DKG_OK;
    forget_model(u);
    dkg_status status = dkg_models_for_reading(sealed, s->model_file, s->keys.keyfiles, s->keys.keyfile_count, &u->model, err);
    return status == DKG_OK ? dkg_engines_open(u->model, s->device, s->threads, false, s->log, &u->engines, err) : status;
}

/* A name that stays below the output folder: no empty part, no "." or "..". */
static bool harmless(const char *path)
{
    for (const char *at = path;;) {
        size_t n = strcspn(at, "/");
        if (n == 0 || (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.')) return false;
        if (!at[n]) return true;
        at += n + 1;
    }
}

/* Where the source lay: the path in the note when outputs were renamed, else the sealed file name in the folder of the volume.
 * free() it. */
static dkg_status source_path(const dkg_unsealer *u, const dkg_entry *e, const dkg_private_info *p, char **out, dkg_error *err)
{
    static const char mark[] = "path:";
    const size_t n = sizeof mark - 1;
    const bool whole = p->note.size > n && memcmp(p->note.at, mark, n) == 0;
    const dkg_bytes name = whole ? (dkg_bytes){p->note.at + n, p->note.size - n} : p->name;
    const char *slash = strrchr(e->path, '/');
    const int head = whole || !slash ? 0 : (int)(slash - e->path + 1);
    char below[4096];
    *out = NULL;
    if (name.size == 0) return dkg_fail(err, DKG_POLICY, "%s: holds no name for its source: decrypt it alone", e->path);
    if (name.size + (size_t)head >= sizeof below) return dkg_fail(err, DKG_POLICY, "%s: the name of its source is too long", e->path);
    memcpy(below, e->path, (size_t)head);
    memcpy(below + head, name.at, name.size);
    below[(size_t)head + name.size] = '\0';
    if (strlen(below) != (size_t)head + name.size || !harmless(below) || (!whole && strchr(below + head, '/')))
        return dkg_fail(err, DKG_POLICY, "%s: the name of its source leads out of the output folder", e->path);
    *out = dkg_path_join(u->shared->output, below);
    return *out ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", e->path);
}

static dkg_status write_source(const char *path, unsigned flags, const dkg_private_info *p, dkg_bytes data, dkg_error *err)
{
    dkg_status status = dkg_make_folders(path, err);
    if (status != DKG_OK) return status;
    if (p->kind == DKG_KIND_FILE) return dkg_file_write(path, flags, data.at, data.size, err);
    return dkg_volume_write(path, flags, p->kind == DKG_KIND_PAIR, p->head, p->image_head, data, p->tail, err);
}

dkg_status dkg_unseal_entry(dkg_unsealer *u, const dkg_entry *e, dkg_state *state, dkg_error *err)
{
    dkg_stored_image *image = NULL;
    dkg_sealed *sealed = NULL;
    dkg_plain *plain = NULL;
    char *file = dkg_path_join(u->shared->encrypted, e->path), *path = NULL;
    *state = DKG_STATE_FAILED;
    dkg_status status = file ? dkg_open_carrier(file, NULL, &image, &sealed, err) : dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", e->path);
    if (status == DKG_OK) status = dkg_unlock(sealed, &u->shared->keys, false, NULL, err);
    if (status == DKG_OK) status = source_path(u, e, dkg_sealed_private(sealed), &path, err);
    if (status == DKG_OK && !u->shared->force && dkg_file_exists(path)) {
        *state = DKG_STATE_SKIPPED;
    } else if (status == DKG_OK && (status = take_model(u, sealed, err)) == DKG_OK) {
        const dkg_decrypt_options options = {.model = u->model, .engine = u->engines.keys, .only_slice = -1, .threads = u->shared->threads,
                                             .log = u->log};
        status = dkg_decrypt(sealed, &options, &plain, err);
        if (status == DKG_OK)
            status = write_source(path, u->shared->force ? DKG_OUTPUT_REPLACE : 0, dkg_sealed_private(sealed), plain->data, err);
        if (status == DKG_OK) *state = DKG_STATE_DONE;
    }
    dkg_plain_free(plain);
    dkg_sealed_free(sealed);
    dkg_stored_free(image);
    free(path);
    free(file);
    return status;
}
