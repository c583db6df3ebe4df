#include "common/models.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* n = 84 has 13.5 M weights; a file is little more than that. */
#define MODEL_BYTES_MAX (64u << 20)
#define DEFAULT_MODEL "deepkeygen-n64-v1.safetensors"

dkg_status dkg_models_load(const char *path, dkg_model **out, dkg_error *err)
{
    uint8_t *bytes;
    size_t size;
    *out = NULL;
    dkg_status status = dkg_file_read(path, MODEL_BYTES_MAX, &bytes, &size, err);
    if (status != DKG_OK) return status;
    dkg_error why = {0};
    status = dkg_model_parse(bytes, size, out, &why);
    free(bytes);
    return status == DKG_OK ? DKG_OK : dkg_fail(err, status, "%s: %s", path, why.text);
}

dkg_status dkg_models_save(const char *path, unsigned flags, const dkg_model *model, dkg_error *err)
{
    uint8_t *bytes;
    size_t size;
    dkg_status status = dkg_model_serialize(model, &bytes, &size, err);
    if (status != DKG_OK) return status;
    status = dkg_file_write(path, flags, bytes, size, err);
    free(bytes);
    return status;
}

/* A test on a model: is it the one looked for? */
typedef struct wanted {
    bool (*fits)(const struct wanted *, const dkg_model *);
    const dkg_sealed *sealed;
    const uint8_t *digest;
} wanted;

static bool fits_sealed(const wanted *w, const dkg_model *model) { return dkg_sealed_fits(w->sealed, model); }
static bool fits_digest(const wanted *w, const dkg_model *model)
{
    return memcmp(w->digest, dkg_model_digest(model), DKG_DIGEST_BYTES) == 0;
}

/* Keeps the model in *out when it is the right one. */
static bool take(const wanted *w, dkg_model *model, dkg_model **out)
{
    if (w->fits(w, model)) {
        *out = model;
        return true;
    }
    dkg_model_free(model);
    return false;
}

static bool is_model_name(const char *name)
{
    size_t n = strlen(name);
    return n > 12 && strcmp(name + n - 12, ".safetensors") == 0;
}

/* A file, or every model file of a folder. Broken ones are passed over: one of the others may be right. */
static bool search_place(const wanted *w, const char *place, dkg_model **out)
{
    struct stat st;
    dkg_model *model;
    if (stat(place, &st) != 0) return false;
    if (!S_ISDIR(st.st_mode)) return dkg_models_load(place, &model, NULL) == DKG_OK && take(w, model, out);
    DIR *dir = opendir(place);
    bool found = false;
    if (!dir) return false;
    for (struct dirent *e; !found && (e = readdir(dir)) != NULL;) {
        char path[PATH_MAX];
        if (!is_model_name(e->d_name) || snprintf(path, sizeof path, "%s/%s", place, e->d_name) >= (int)sizeof path) continue;
        found = dkg_models_load(path, &model, NULL) == DKG_OK && take(w, model, out);
    }
    closedir(dir);
    return found;
}

/* Place i of the search order: entries of DKG_MODEL_PATH, the user's data folder, the installation's. False past the end. */
static bool place_at(size_t i, char out[PATH_MAX])
{
    const char *list = getenv("DKG_MODEL_PATH");
    while (list && *list) {
        size_t n = strcspn(list, ":");
        if (i-- == 0) {
            (void)snprintf(out, PATH_MAX, "%.*s", (int)n, list);
            return true;
        }
        list += n + (list[n] == ':');
    }
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    char folder[PATH_MAX] = "";
    ssize_t n;
    switch (i) {
    case 0:
        if (data && *data) return snprintf(out, PATH_MAX, "%s/deepkeygen/models", data) < PATH_MAX;
        return snprintf(out, PATH_MAX, "%s/.local/share/deepkeygen/models", home ? home : "") < PATH_MAX;
    case 1: /* bin/dkg beside share/ */
    case 2: /* lib/Slicer-X.Y/cli-modules/<Module> */
        n = readlink("/proc/self/exe", folder, sizeof folder - 1);
        if (n < 0) n = 0;
        folder[n] = '\0';
        for (size_t up = i == 1 ? 2 : 4; up > 0; up--) {
            char *slash = strrchr(folder, '/');
            if (slash) *slash = '\0';
        }
        return snprintf(out, PATH_MAX, "%s/share/deepkeygen/models", folder) < PATH_MAX;
    default:
        return false;
    }
}

static bool search_all(const wanted *w, const dkg_keyfile *const *keys, size_t key_count, dkg_model **out)
{
    char place[PATH_MAX];
    dkg_model *model;
    for (size_t i = 0; i < key_count; i++) {
        dkg_bytes embedded = dkg_keyfile_model(keys[i]);
        if (embedded.size && dkg_model_parse(embedded.at, embedded.size, &model, NULL) == DKG_OK && take(w, model, out)) return true;
    }
    for (size_t i = 0; place_at(i, place); i++)
        if (search_place(w, place, out)) return true;
    return false;
}

dkg_status dkg_models_for_writing(const char *model_file, const dkg_keyfile *key, dkg_model **out, dkg_error *err)
{
    *out = NULL;
    if (model_file) return dkg_models_load(model_file, out, err);
    if (key) {
        wanted w = {fits_digest, NULL, dkg_keyfile_model_digest(key)};
        if (search_all(&w, &key, 1, out)) return DKG_OK;
        dkg_fail(err, DKG_GENERATOR, "the model that the key file names (digest %02x%02x%02x%02x...) is not at hand", w.digest[0],
                 w.digest[1], w.digest[2], w.digest[3]);
        return dkg_fail_hint(err, DKG_GENERATOR, "name it with --model-file, or put it into a folder of DKG_MODEL_PATH");
    }
    char place[PATH_MAX], path[PATH_MAX];
    for (size_t i = 0; place_at(i, place); i++)
        if (snprintf(path, sizeof path, "%s/" DEFAULT_MODEL, place) < (int)sizeof path && dkg_file_exists(path))
            return dkg_models_load(path, out, err);
    dkg_fail(err, DKG_GENERATOR, "the shipped model " DEFAULT_MODEL " was not found beside this program");
    return dkg_fail_hint(err, DKG_GENERATOR, "name a model with --model-file, or its folder in DKG_MODEL_PATH");
}

dkg_status dkg_models_for_reading(const dkg_sealed *sealed, const char *model_file, const dkg_keyfile *const *keys, size_t key_count,
                                  dkg_model **out, dkg_error *err)
{
    wanted w = {fits_sealed, sealed, NULL};
    *out = NULL;
    if (model_file) {
        dkg_model *model;
        dkg_status status = dkg_models_load(model_file, &model, err);
        if (status != DKG_OK) return status;
        if (take(&w, model, out)) return DKG_OK;
        return dkg_fail(err, DKG_GENERATOR, "%s: the volume was made with another model", model_file);
    }
    if (search_all(&w, keys, key_count, out)) return DKG_OK;
    dkg_fail(err, DKG_GENERATOR, "none of the models at hand is the one the volume was made with");
    return dkg_fail_hint(err, DKG_GENERATOR, "name it with --model-file, or put it into a folder of DKG_MODEL_PATH");
}
