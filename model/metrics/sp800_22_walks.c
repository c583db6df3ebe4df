/* SP 800-22 sections 2.14 and 2.15: how often the walk of +1 and -1 visits states near zero, cycle by cycle. */
#include "metrics/sp800_22.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEAR = 4, FAR = 9 };

typedef struct walk {
    size_t cycles;
    size_t visits[2 * FAR + 1];       /* of state x at [x + FAR], all cycles together */
    size_t cycles_with[2 * NEAR + 1][6]; /* cycles with k (5: or more) visits of state x at [x + NEAR] */
} walk;

static void end_cycle(walk *w, size_t *here)
{
    w->cycles++;
    for (size_t x = 0; x <= 2 * NEAR; x++) w->cycles_with[x][here[x] < 5 ? here[x] : 5]++;
    memset(here, 0, (2 * NEAR + 1) * sizeof *here);
}

static walk follow(const uint8_t *bit, size_t n)
{
    walk w = {0};
    size_t here[2 * NEAR + 1] = {0};
    int64_t s = 0;
    for (size_t i = 0; i < n; i++) {
        s += bit[i] ? 1 : -1;
        if (s >= -FAR && s <= FAR) w.visits[s + FAR]++;
        if (s >= -NEAR && s <= NEAR) here[s + NEAR]++;
        if (s == 0) end_cycle(&w, here);
    }
    if (s != 0) end_cycle(&w, here); /* the sequence is closed with a zero */
    return w;
}

void dkg_sp_excursions(const uint8_t *bit, size_t n, size_t least, double p[8])
{
    walk w = follow(bit, n);
    size_t out = 0;
    for (int x = -NEAR; x <= NEAR; x++) {
        if (x == 0) continue;
        double a = 2.0 * abs(x), stay = 1 - 1 / a;
        double probability[6] = {stay, 0, 0, 0, 0, pow(stay, 4) / a};
        for (int k = 1; k < 5; k++) probability[k] = pow(stay, k - 1) / (a * a);
        p[out++] = w.cycles < least ? (double)NAN : dkg_sp_fit(w.cycles_with[x + NEAR], probability, 6);
    }
}

void dkg_sp_excursions_variant(const uint8_t *bit, size_t n, size_t least, double p[18])
{
    walk w = follow(bit, n);
    size_t out = 0;
    double cycles = (double)w.cycles;
    for (int x = -FAR; x <= FAR; x++) {
        if (x == 0) continue;
        double off = fabs((double)w.visits[x + FAR] - cycles);
        p[out++] = w.cycles < least ? (double)NAN : erfc(off / sqrt(2 * cycles * (4 * abs(x) - 2)));
    }
}
