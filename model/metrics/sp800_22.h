/* The tests of SP 800-22 one by one, with free parameters so that the document's small examples can be run. `bit`: n values
 * 0 or 1, one per byte. Each returns a p-value in 0..1, or writes several to p. */
#ifndef DKG_MODEL_SP800_22_H
#define DKG_MODEL_SP800_22_H

#include "dkg/base.h"

/* Chi-square test of the occurrences of `categories` cases against their probabilities. */
double dkg_sp_fit(const size_t *found, const double *probability, size_t categories);
/* 2.1 to 2.4, 2.13 */
double dkg_sp_frequency(const uint8_t *bit, size_t n);
double dkg_sp_block_frequency(const uint8_t *bit, size_t n, size_t block);
double dkg_sp_runs(const uint8_t *bit, size_t n);
double dkg_sp_longest_run(const uint8_t *bit, size_t n); /* n >= 128 */
void dkg_sp_cumulative_sums(const uint8_t *bit, size_t n, double p[2]); /* forward, backward */
/* 2.5, 2.10 */
double dkg_sp_rank(const uint8_t *bit, size_t n, size_t side); /* side 1..32; probabilities of 32 */
double dkg_sp_linear_complexity(const uint8_t *bit, size_t n, size_t block, const double probability[7]);
size_t dkg_sp_shortest_register(const uint8_t *bit, size_t n); /* Berlekamp-Massey; n <= 5000 */
/* 2.6, over the first 2^a 3^b 5^c bits. DKG_NO_MEMORY. */
DKG_MUST_USE dkg_status dkg_sp_spectral(const uint8_t *bit, size_t n, double *p, dkg_error *err);
/* 2.7: p-values of all templates of `length` bits that do not overlap themselves, in numerical order; their number. */
size_t dkg_sp_templates(const uint8_t *bit, size_t n, unsigned length, size_t blocks, double *p);
/* 2.8: probability[k] of k = 0..4 and of at least 5 occurrences in a block. */
double dkg_sp_overlapping(const uint8_t *bit, size_t n, unsigned length, size_t block, const double probability[6]);
/* The exact ones, by counting (they differ from the document's approximation). */
void dkg_sp_overlapping_probabilities(unsigned length, size_t block, double probability[6]);
/* 2.9, L = length 1..16 with `first` blocks for the table. */
double dkg_sp_universal(const uint8_t *bit, size_t n, unsigned length, size_t first);
/* 2.11, 2.12: `count` has room for 2^(length + 1) numbers. */
void dkg_sp_serial(const uint8_t *bit, size_t n, unsigned length, uint32_t *count, double p[2]);
double dkg_sp_approximate_entropy(const uint8_t *bit, size_t n, unsigned length, uint32_t *count);
/* 2.14 (states -4..-1, 1..4) and 2.15 (-9..-1, 1..9); NAN with fewer than `least` cycles. */
void dkg_sp_excursions(const uint8_t *bit, size_t n, size_t least, double p[8]);
void dkg_sp_excursions_variant(const uint8_t *bit, size_t n, size_t least, double p[18]);
#endif
