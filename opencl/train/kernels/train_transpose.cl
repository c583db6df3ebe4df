/* train_transpose.cl - a layer's weights for the way back: inputs and outputs change places, taps stay.
 * Global size: (taps, panels of inputs, panels of outputs). */
kernel void train_transpose(global const float *restrict weights, global float *restrict back, int first)
{
    const int tap = (int)get_global_id(0), taps = (int)get_global_size(0);
    const int i = (int)get_global_id(1), inputs = (int)get_global_size(1);
    const int o = (int)get_global_id(2), outputs = (int)get_global_size(2);
    weights += first + ((o * inputs + i) * taps + tap) * (DKG_PANEL * DKG_PANEL);
    back += first + ((i * outputs + o) * taps + tap) * (DKG_PANEL * DKG_PANEL);
    for (int a = 0; a < DKG_PANEL; a++)
        for (int b = 0; b < DKG_PANEL; b++) back[b * DKG_PANEL + a] = weights[a * DKG_PANEL + b];
}
