/* The job of DeepKeyGenDecrypt and `dkg decrypt`: a sealed volume in, the source file out, byte for byte. */
#ifndef DKG_CLI_DECRYPT_H
#define DKG_CLI_DECRYPT_H

#include "dkg/host.h"

/* One member per parameter of DeepKeyGenDecrypt.xml and dkg/decrypt-extra.xml, named as there. */
typedef struct dkg_decrypt_job {
    const char *inputVolume, *inputFile, *outputVolume, *outputFile;
    const char *keyFile, *identityFile, *modelFile;
    bool askPassphrase, allowPaperMode;
    int64_t timePoint;
    const char *expectId;
    int64_t minEpoch;
    bool salvage, strict;
    const char *damageTable, *damageFile;
    const char *device, *preview;
    int64_t threads, passphraseFd, slice;
    dkg_string_list signer;
    bool force;
} dkg_decrypt_job;

dkg_command dkg_decrypt_command(void); /* DeepKeyGenDecrypt and `dkg decrypt` */
#endif
