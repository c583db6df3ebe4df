/* Finds the library that holds ITK. It is not linked: ITK and the forty libraries under it would cost every start of every program
 * 20 ms, and a host puts its own versions of some of them first on the search path. */
#include "itk/load.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Seen from the folder of the program: build tree and prefix/bin, prefix/lib/<triplet>, lib/<host>/cli-modules. */
static const char *const places[] = {"../lib/", "../" DKG_LIBDIR "/", "../../"};

static bool beside_program(const char *place, char out[PATH_MAX])
{
    char folder[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (n <= 0) return false;
    folder[n] = '\0';
    char *slash = strrchr(folder, '/');
    if (!slash) return false;
    slash[1] = '\0';
    return snprintf(out, PATH_MAX, "%s%s%s", folder, place, DKG_SHIM_LIBRARY) < PATH_MAX;
}

static void *open_library(char *why, size_t size)
{
    char path[PATH_MAX];
    (void)snprintf(why, size, "this installation lacks " DKG_SHIM_LIBRARY);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (!beside_program(places[i], path) || access(path, F_OK) != 0) continue;
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (library) return library;
        (void)snprintf(why, size, "%s", dlerror());
    }
    return NULL;
}

dkg_status dkg_shim_load(const dkg_shim **out, dkg_error *err)
{
    char why[256];
    *out = NULL;
    void *library = open_library(why, sizeof why);
    if (!library) return dkg_fail(err, DKG_UNSUPPORTED, "images other than NIfTI need ITK: %s", why);
    void *found = dlsym(library, DKG_SHIM_SYMBOL);
    dkg_shim_entry entry = NULL;
    memcpy(&entry, &found, sizeof entry); /* ISO C has no cast from an object to a function pointer */
    const dkg_shim *shim = entry ? entry() : NULL;
    dlclose(library);
    if (!shim || shim->version != DKG_SHIM_VERSION)
        return dkg_fail(err, DKG_UNSUPPORTED, "images other than NIfTI need ITK: " DKG_SHIM_LIBRARY " is of another version");
    *out = shim;
    return DKG_OK;
}
