/* Fuzz target: the XML of a module, and behind its first NUL byte the XML of what only `dkg` has. */
#include <string.h>

#include "fuzz.h"
#include "host/description.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    size_t first = nul ? (size_t)(nul - data) : size;
    dkg_bytes extra = {data + first + (nul ? 1 : 0), nul ? size - first - 1 : 0};
    dkg_description *d;
    if (dkg_description_parse((dkg_bytes){data, first}, extra, &d, NULL) != DKG_OK) {
        if (d) abort();
        return 0;
    }
    for (size_t i = 0; i < d->parameter_count; i++)
        if (dkg_description_find(d, d->parameters[i].name) == NULL) abort();
    dkg_description_free(d);
    return 0;
}
