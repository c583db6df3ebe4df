#include "common/keyfigures.h"

#include "dkg/metrics.h"
#include "dkg/model.h"

#include <math.h>

dkg_status dkg_key_figures_of(const uint8_t *keys, size_t count, unsigned threads, dkg_key_figures *out, dkg_error *err)
{
    dkg_plane_metrics planes;
    *out = (dkg_key_figures){0};
    const dkg_status status = dkg_measure_planes(keys, 3 * DKG_KEY_WIDTH, DKG_KEY_ROWS, count, 1, threads, &planes, err);
    if (status != DKG_OK) return status;
    *out = (dkg_key_figures){.entropy = planes.entropy, .good = true};
    for (size_t i = 0; i < count; i++) {
        const dkg_key_test t = dkg_test_key(keys + i * DKG_KEY_BYTES, DKG_KEY_ROWS, DKG_KEY_WIDTH);
        out->good = out->good && t.good;
        out->chi_square = fmax(out->chi_square, t.chi_square);
        out->correlation = fmax(out->correlation, fmax(fabs(t.horizontal), fmax(fabs(t.vertical), fabs(t.diagonal))));
    }
    return DKG_OK;
}
