#define _DEFAULT_SOURCE /* flock */
#include "common/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* $XDG_STATE_HOME/deepkeygen, made if missing, then the ledger in it. */
static bool ledger_path(char out[PATH_MAX])
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    errno = ENOENT;
    if ((!state || *state != '/') && (!home || *home != '/')) return false;
    int n = state && *state == '/' ? snprintf(out, PATH_MAX, "%s/deepkeygen", state)
                                   : snprintf(out, PATH_MAX, "%s/.local/state/deepkeygen", home);
    errno = ENAMETOOLONG;
    if (n < 0 || n + 24 >= PATH_MAX) return false;
    for (char *slash = strchr(out + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash) *slash = '\0';
        if (mkdir(out, 0700) != 0 && errno != EEXIST) return false;
        if (!slash) break;
        *slash = '/';
    }
    strcat(out, "/paper-ledger.tsv");
    return true;
}

static dkg_status fingerprint(const dkg_model *model, const dkg_keyfile *key, char hex[65], dkg_error *err)
{
    crypto_generichash_state state;
    uint8_t mark[32], *image = dkg_secret_alloc(DKG_KEY_BYTES);
    if (!image) return dkg_fail(err, DKG_NO_MEMORY, "no secret memory for the initial image");
    dkg_keyfile_initial_image(key, image);
    crypto_generichash_init(&state, NULL, 0, sizeof mark);
    crypto_generichash_update(&state, dkg_model_digest(model), DKG_DIGEST_BYTES);
    crypto_generichash_update(&state, image, DKG_KEY_BYTES);
    crypto_generichash_final(&state, mark, sizeof mark);
    dkg_secret_free(image);
    sodium_bin2hex(hex, 65, mark, sizeof mark);
    return DKG_OK;
}

dkg_status dkg_ledger_claim(const dkg_model *model, const dkg_keyfile *key, dkg_error *err)
{
    char path[PATH_MAX], mark[65], line[256];
    FILE *ledger = NULL;
    dkg_status status = fingerprint(model, key, mark, err);
    if (status != DKG_OK) return status;
    if (!ledger_path(path)) return dkg_fail(err, DKG_IO, "the folder of the paper-mode ledger cannot be made: %s", strerror(errno));
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || !(ledger = fdopen(fd, "r+"))) {
        status = dkg_fail(err, DKG_IO, "%s: %s", path, strerror(errno));
        if (fd >= 0) close(fd);
        return status;
    }
    if (flock(fd, LOCK_EX) != 0) status = dkg_fail(err, DKG_IO, "%s: cannot be locked: %s", path, strerror(errno));
    while (status == DKG_OK && fgets(line, sizeof line, ledger))
        if (strncmp(line, mark, 64) == 0)
            status = dkg_fail(err, DKG_POLICY, "this key file's initial image was used as a fixed image before: every further volume would give it away");
    if (status == DKG_OK && (fseek(ledger, 0, SEEK_END) != 0 || fprintf(ledger, "%s\n", mark) < 0 ||
                             fflush(ledger) != 0 || fsync(fd) != 0))
        status = dkg_fail(err, DKG_IO, "%s: cannot be written: %s", path, strerror(errno));
    fclose(ledger); /* releases the lock */
    return status;
}
