/* The job of DeepKeyGenKey: make a key, inspect a key file, show key images. */
#ifndef DKG_CLI_KEY_H
#define DKG_CLI_KEY_H

#include "dkg/host.h"

/* One member per parameter of DeepKeyGenKey.xml, named as there. */
typedef struct dkg_key_job {
    const char *action, *keyKind, *keyFile, *newKeyFile, *recipientFile, *modelFile, *initialVolume, *previewVolume, *keyTable, *device;
    bool embedModel, askPassphrase, force;
    int64_t previewCount, threads;
} dkg_key_job;

dkg_command dkg_key_command(void); /* DeepKeyGenKey; `dkg` has keygen and inspect instead */
#endif
