/* The job of DeepKeyGenEncrypt and `dkg encrypt`: a volume in, a sealed volume out. */
#ifndef DKG_CLI_ENCRYPT_H
#define DKG_CLI_ENCRYPT_H

#include "dkg/host.h"

/* One member per parameter of DeepKeyGenEncrypt.xml and dkg/encrypt-extra.xml, named as there. */
typedef struct dkg_encrypt_job {
    const char *inputVolume, *inputFile, *outputVolume, *outputFile;
    const char *keyFile, *modelFile, *signingKeyFile;
    bool keyFactor, askPassphrase, strong;
    dkg_string_list recipientsFile, recipient;
    const char *mode, *geometry, *layout, *carrier, *verify;
    bool paperMode, fixedImage, stripHeader, nifti2;
    const char *device, *preview;
    int64_t threads, passphraseFd;
    bool force;
} dkg_encrypt_job;

dkg_command dkg_encrypt_command(void); /* DeepKeyGenEncrypt and `dkg encrypt` */

#endif
