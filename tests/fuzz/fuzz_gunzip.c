/* Fuzz target: gzip data, unpacked piece by piece as a volume is, never beyond what was asked for. */
#include "fuzz.h"
#include "internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 1 << 20 };
    dkg_gunzip g;
    dkg_buffer out = {0};
    if (dkg_gunzip_start(&g, data, size, NULL) == DKG_OK && dkg_gunzip_until(&g, DKG_NIFTI2_SIZE, &out, NULL) == DKG_OK &&
        dkg_gunzip_until(&g, MOST, &out, NULL) == DKG_OK && out.size > MOST)
        abort();
    fuzz_touch((dkg_bytes){out.bytes, out.size});
    dkg_gunzip_end(&g);
    dkg_buffer_free(&out);
    return 0;
}
