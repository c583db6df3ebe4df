/* cipher/bech32.h - bech32 texts (BIP 173, the checksum of bech32, not bech32m) without its limit of 90 characters, as C2SP
 * age uses them. */
#ifndef DKG_CIPHER_BECH32_H
#define DKG_CIPHER_BECH32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters of the text of n bytes after a prefix of `prefix` characters, with its NUL. */
#define DKG_BECH32_TEXT(prefix, n) ((prefix) + 1 + ((n) * 8 + 4) / 5 + 6 + 1)

/* Writes the lower-case text of n bytes; out has DKG_BECH32_TEXT(strlen(prefix), n) characters. prefix: lower case. */
void dkg_bech32_encode(const char *prefix, const uint8_t *bytes, size_t n, char *out);

/* Reads a text, all lower or all upper case, that must have this prefix (given in lower case, not empty) and stand for exactly n
 * bytes. Otherwise false, out is wiped and *why says what is wrong without quoting the text. */
bool dkg_bech32_decode(const char *text, size_t size, const char *prefix, uint8_t *out, size_t n, const char **why);

#endif
