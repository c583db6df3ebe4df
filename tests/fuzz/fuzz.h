/* fuzz.h - what a target and its two drivers agree on: libFuzzer, which invents inputs, and replay.c, which runs kept ones. */
#ifndef DKG_FUZZ_H
#define DKG_FUZZ_H

#include <stdlib.h>

#include "dkg/base.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A sanitizer sees through this sum when a part lies outside its file; every byte is read. */
static inline void fuzz_touch(dkg_bytes part)
{
    static volatile uint8_t sum;
    uint8_t all = 0;
    for (size_t i = 0; i < part.size; i++) all ^= part.at[i];
    sum = all;
}

#endif
