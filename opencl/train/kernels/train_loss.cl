/* train_loss.cl - mean loss of the discriminator's outputs (channel 0 of [pixel][16]) and its gradient times `scale`.
 * loss: 0 BCE of logits, 1 least squares, 2 hinge. aim: 0 the generator's, 1 real, 2 fake. There are at most a few thousand
 * outputs, so one work-item does them in order. */
kernel void train_loss(global const float *restrict logits, global float *restrict gradient, const train_grid g,
                       global float *restrict losses, int side, int loss, int aim, float scale)
{
    if (get_global_id(0)) return;
    const float sign = aim == 2 ? 1.0f : -1.0f, wanted = aim == 2 ? 0.0f : 1.0f, count = (float)(side * side);
    float sum = 0;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            const float logit = logits[(y * side + x) * DKG_PANEL], v = sign * logit;
            float value = 1.0f + v, slope = sign; /* hinge */
            if (loss == 0) {
                value = fmax(v, 0.0f) + log1p(exp(-fabs(v)));
                slope = sign / (1.0f + exp(-v));
            } else if (loss == 1) {
                value = (logit - wanted) * (logit - wanted);
                slope = 2.0f * (logit - wanted);
            } else if (aim == 0) {
                value = v;
            } else if (value <= 0.0f) {
                value = 0.0f;
                slope = 0.0f;
            }
            sum += value;
            gradient[g.offset + y * g.row + x * g.pixel] = scale * slope / count;
        }
    losses[aim] = sum / count;
}
