/* SP 800-22 section 2.6: peaks of the discrete Fourier transform. */
#include "metrics/sp800_22.h"

#include "metrics/fourier.h"

#include <math.h>
#include <stdlib.h>

dkg_status dkg_sp_spectral(const uint8_t *bit, size_t n, double *p, dkg_error *err)
{
    dkg_fourier *plan = NULL;
    n = dkg_fourier_length(n);
    *p = 0;
    dkg_complex *in = dkg_calloc(n, 2 * sizeof *in), *out = in + n;
    dkg_status status = in ? dkg_fourier_plan(n, &plan, err) : dkg_fail(err, DKG_NO_MEMORY, "no memory for a transform of %zu bits", n);
    if (status == DKG_OK) {
        size_t below = 0;
        double limit = (double)n * log(1 / 0.05), expected = 0.95 * (double)n / 2;
        for (size_t i = 0; i < n; i++) in[i].re = bit[i] ? 1 : -1;
        dkg_fourier_run(plan, in, 1, out);
        for (size_t i = 0; i < n / 2; i++) below += out[i].re * out[i].re + out[i].im * out[i].im < limit;
        *p = erfc(fabs((double)below - expected) / sqrt((double)n * 0.95 * 0.05 / 4) / sqrt(2));
    }
    dkg_fourier_free(plan);
    free(in);
    return status;
}
