/* norm_finish.cl - from the partial sums of a channel to the three constants norm_apply.cl needs.
 *
 * docs/generator.md section 2.3 defines V by sum (a - mu)^2. In exact integers that sum is
 *     Q = sum a^2 - mu * (S1 + S1 mod N),  because S1 = N * mu + S1 mod N,
 * so one pass over the pixels suffices; Q < 2^87 is kept as q_high * 2^32 + q_low. And
 *     ((256 a - mu8) R + 2^(sh - 1)) >> sh  =  (a * 256 R + offset) >> sh  with offset = 2^(sh - 1) - mu8 R.
 * Both products stay below 2^62, so offset + 2^62 makes the sum positive and lets norm_apply.cl shift unsigned.
 *
 * Global size: channels. in: [chunk][3][channel]; offset, scale (256 R), shift: [channel]. */

inline long floor_div(long a, long b) { return a / b - (a % b < 0); }

/* floor(sqrt(v)) for 2^60 <= v < 2^62, bit by bit. */
inline ulong root(ulong v)
{
    ulong r = 0;
    for (ulong bit = 1UL << 30; bit; bit >>= 1)
        if ((r | bit) * (r | bit) <= v) r |= bit;
    return r;
}

kernel void norm_finish(global const long *restrict in, global ulong *restrict offset, global int *restrict scale,
                        global uint *restrict shift, int pixels, int chunks)
{
    const int c = (int)get_global_id(0), channels = (int)get_global_size(0);
    const long n = pixels;
    long sum = 0;
    ulong low = 0, high = 0;
    for (int i = 0; i < chunks; i++) {
        sum += in[(3 * i + 0) * channels + c];
        low += (ulong)in[(3 * i + 1) * channels + c];
        high += (ulong)in[(3 * i + 2) * channels + c];
    }
    const long mu = floor_div(sum, n), other = sum + (sum - mu * n);

    /* high * 2^32 + low - mu * other, |mu| <= 2^31 */
    const long product = mu * (other & 0xffffffffL), rest = (long)low - (product & 0xffffffffL);
    const ulong q_high = (ulong)((long)high - mu * (other >> 32) - (product >> 32) + (rest >> 32));
    const ulong q_low = (ulong)rest & 0xffffffffUL;

    ulong v = ((q_high / (ulong)n) << 32) + (((q_high % (ulong)n) << 32) + q_low) / (ulong)n + 1;
    uint e = 0;
    for (; v < (1UL << 60); v <<= 2) e++;
    const long r = (long)((1UL << 52) / root(v));
    const uint sh = 53 - e;
    offset[c] = (1UL << 62) + (1UL << (sh - 1)) - (ulong)(floor_div(256 * sum, n) * r);
    scale[c] = (int)(256 * r);
    shift[c] = sh;
}
