/* cipher/keyfile.h - what a key file gives the rest of the cipher (docs/volume-format.md, section 8). */
#ifndef DKG_CIPHER_KEYFILE_H
#define DKG_CIPHER_KEYFILE_H

#include "dkg/cipher.h"

/* KEK, which opens slots of type 3. Secret. */
void dkg_keyfile_kek(const dkg_keyfile *key, uint8_t kek[32]);
/* kf32, the second factor of flag bit 0: binds K0, model digest and I0. Secret. */
void dkg_keyfile_factor(const dkg_keyfile *key, uint8_t kf[32]);
/* kid8, the first 8 bytes of B2(16, salt, key id): marks the slot of this key file without naming it. */
void dkg_keyfile_mark(const dkg_keyfile *key, const uint8_t salt[32], uint8_t kid[8]);
/* k_gen of paper mode (section 13). Secret. */
void dkg_keyfile_paper_key(const dkg_keyfile *key, const uint8_t salt[32], uint8_t k_gen[32]);

#endif
