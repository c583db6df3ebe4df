/* norm_sums.cl - partial sums of instance normalisation over DKG_CHUNK pixels: sum a, and sum a*a as two sums of its
 * 32-bit halves (a single int64 could overflow). Global size: (channels / DKG_CHANNELS, chunks).
 * out: [chunk][3][channel]. */
kernel void norm_sums(global const int *restrict in, global long *restrict out, int pixels, int channels)
{
    const int c = (int)get_global_id(0) * DKG_CHANNELS, chunk = (int)get_global_id(1);
    const int end = min((chunk + 1) * DKG_CHUNK, pixels);
    longs sum = (longs)(0);
    ulongs low = (ulongs)(0), high = (ulongs)(0);
    for (int p = chunk * DKG_CHUNK; p < end; p++) {
        const longs a = to_longs(load_channels(0, in + p * channels + c));
        const ulongs square = as_ulongs(a * a);
        sum += a;
        low += square & 0xffffffffUL;
        high += square >> 32;
    }
    out += chunk * 3 * channels + c;
    store_channels(sum, 0, out);
    store_channels(DKG_JOIN(as_long, DKG_CHANNELS)(low), 0, out + channels);
    store_channels(DKG_JOIN(as_long, DKG_CHANNELS)(high), 0, out + 2 * channels);
}
