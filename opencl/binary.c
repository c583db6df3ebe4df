/* binary.c - compiled programs in the cache: digest of what was compiled for what | BLAKE2b-256 of the binary | the binary. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "program.h"

enum { DIGEST = 32, HEAD = 2 * DIGEST };

/* Length first, so that no two lists of texts look alike. */
static void add(crypto_generichash_state *state, const void *text, size_t size)
{
    uint8_t length[8];
    dkg_store64(length, size);
    (void)crypto_generichash_update(state, length, sizeof length);
    (void)crypto_generichash_update(state, text, size);
}

void dkg_program_identify(const dkg_cl *cl, cl_device_id device, const char *const *texts, const size_t *sizes, size_t count,
                          dkg_program_id *out)
{
    static const cl_device_info about[] = {CL_DEVICE_NAME, CL_DEVICE_VENDOR, CL_DEVICE_VERSION, CL_DRIVER_VERSION,
                                           CL_DEVICE_OPENCL_C_VERSION};
    static const cl_platform_info about_platform[] = {CL_PLATFORM_NAME, CL_PLATFORM_VERSION};
    crypto_generichash_state state;
    cl_platform_id platform = NULL;
    char text[1024];
    (void)crypto_generichash_init(&state, NULL, 0, DIGEST);
    add(&state, "deepkeygen program 1", 20);
    for (size_t i = 0; i < sizeof about / sizeof about[0]; i++) {
        memset(text, 0, sizeof text);
        (void)cl->clGetDeviceInfo(device, about[i], sizeof text, text, NULL);
        add(&state, text, sizeof text);
    }
    (void)cl->clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL);
    for (size_t i = 0; i < sizeof about_platform / sizeof about_platform[0]; i++) {
        memset(text, 0, sizeof text);
        (void)cl->clGetPlatformInfo(platform, about_platform[i], sizeof text, text, NULL);
        add(&state, text, sizeof text);
    }
    for (size_t i = 0; i < count; i++) add(&state, texts[i], sizes[i]);
    (void)crypto_generichash_final(&state, out->digest, DIGEST);
    char hex[2 * 16 + 1];
    snprintf(out->name, sizeof out->name, "%s.program", sodium_bin2hex(hex, sizeof hex, out->digest, 16));
}

/* The digest protects against damage: a driver may crash on a binary that was cut or changed. Against strangers the cache's
 * folder is protected by its owner and mode. */
static bool is_whole(const uint8_t *bytes, size_t size, const dkg_program_id *id)
{
    uint8_t digest[DIGEST];
    if (size <= HEAD || memcmp(bytes, id->digest, DIGEST) != 0) return false;
    (void)crypto_generichash(digest, DIGEST, bytes + HEAD, size - HEAD, NULL, 0);
    return memcmp(bytes + DIGEST, digest, DIGEST) == 0;
}

cl_program dkg_program_load(const dkg_cl *cl, cl_context context, cl_device_id device, const dkg_program_id *id)
{
    uint8_t *bytes;
    size_t size;
    if (!dkg_cache_read(id->name, &bytes, &size)) return NULL;
    cl_program program = NULL;
    if (is_whole(bytes, size, id)) {
        const unsigned char *binary = bytes + HEAD;
        const size_t binary_size = size - HEAD;
        cl_int accepted = CL_SUCCESS, code = CL_SUCCESS;
        program = cl->clCreateProgramWithBinary(context, 1, &device, &binary_size, &binary, &accepted, &code);
        if (program && (accepted != CL_SUCCESS || code != CL_SUCCESS)) {
            cl->clReleaseProgram(program);
            program = NULL;
        }
    }
    free(bytes);
    return program;
}

void dkg_program_store(const dkg_cl *cl, cl_program program, const dkg_program_id *id)
{
    size_t size = 0;
    if (cl->clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) != CL_SUCCESS || size == 0 ||
        size > DKG_CACHE_FILE_MAX - HEAD)
        return;
    uint8_t *bytes = dkg_calloc(HEAD + size, 1);
    if (!bytes) return;
    unsigned char *binary = bytes + HEAD;
    if (cl->clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) == CL_SUCCESS) {
        memcpy(bytes, id->digest, DIGEST);
        (void)crypto_generichash(bytes + DIGEST, DIGEST, binary, size, NULL, 0);
        (void)dkg_cache_write(id->name, bytes, HEAD + size);
    }
    free(bytes);
}

void dkg_program_forget(const dkg_program_id *id) { dkg_cache_remove(id->name); }
