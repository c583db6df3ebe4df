/* train_adam.cl - Adam on DKG_SPAN * 16 weights per work-item. rest1 and rest2 are 1 - beta, which floats of beta
 * would round badly; rate and root hold the corrections of the step's number: rate / (1 - beta1^t), 1 / sqrt(1 - beta2^t).
 * Global size: spans. */
#define DKG_SPAN 64

kernel void train_adam(global float *restrict weights, global const float *restrict gradient, global float *restrict moment1,
                       global float *restrict moment2, int count, float beta1, float rest1, float beta2, float rest2, float rate,
                       float root)
{
    const int first = (int)get_global_id(0) * DKG_SPAN * DKG_PANEL, end = min(first + DKG_SPAN * DKG_PANEL, count);
    for (int i = first; i < end; i += DKG_LANES) {
        const lanes g = load_lanes(0, gradient + i);
        const lanes m = beta1 * load_lanes(0, moment1 + i) + rest1 * g;
        const lanes v = beta2 * load_lanes(0, moment2 + i) + rest2 * g * g;
        store_lanes(m, 0, moment1 + i);
        store_lanes(v, 0, moment2 + i);
        store_lanes(load_lanes(0, weights + i) - rate * m / (sqrt(v) * root + 1e-8f), 0, weights + i);
    }
}
