/* Start-up of the secret side, secret memory and randomness: libsodium's. */
#include "dkg/base.h"

#include <sodium.h>
#include <sys/resource.h>

dkg_status dkg_start(dkg_error *err)
{
    if (sodium_init() < 0) return dkg_fail(err, DKG_INTERNAL, "libsodium cannot be initialised on this machine");
    /* A crash must not write keys or patients' voxels to disk. */
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return dkg_fail(err, DKG_INTERNAL, "core dumps of this process cannot be switched off");
    return DKG_OK;
}

void *dkg_secret_alloc(size_t size)
{
    uint8_t *p = sodium_malloc(size ? size : 1);
    if (p) sodium_memzero(p, size);
    return p;
}

void dkg_secret_free(void *secret) { sodium_free(secret); }

void dkg_random(void *out, size_t n) { randombytes_buf(out, n); }
