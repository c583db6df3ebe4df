/* fuzz.h - what a target and its two drivers agree on: libFuzzer, which invents inputs, and replay.c, which runs kept ones. */
#ifndef DKG_FUZZ_H
#define DKG_FUZZ_H

#include <stdlib.h>

#include "dkg/base.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every byte, so that a sanitizer sees a part that lies outside its file. */
static inline void fuzz_touch(dkg_bytes part)
{
    const volatile uint8_t *at = part.at;
    for (size_t i = 0; i < part.size; i++) (void)at[i];
}

#endif
