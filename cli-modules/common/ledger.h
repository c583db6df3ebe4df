/* Paper mode's local ledger of fixed initial images (volume-format section 13): a fixed image must never be used twice. */
#ifndef DKG_CLI_LEDGER_H
#define DKG_CLI_LEDGER_H

#include "dkg/cipher.h"

/* Records B2(32, -, model digest || I0) in <state folder>/deepkeygen/paper-ledger.tsv under a lock. DKG_POLICY when it is
 * there already, DKG_IO when the ledger cannot be kept. */
DKG_MUST_USE dkg_status dkg_ledger_claim(const dkg_model *model, const dkg_keyfile *key, dkg_error *err);
#endif
