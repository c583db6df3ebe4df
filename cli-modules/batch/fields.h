/* Fields of the tab-separated files of a data set: a tab, a line end or a percent sign in a name is written %09, %0A, %0D, %25. */
#ifndef DKG_BATCH_FIELDS_H
#define DKG_BATCH_FIELDS_H

#include "dkg/base.h"

void dkg_field_append(dkg_buffer *line, const char *text);
/* In place; false for a % that is not followed by two digits. */
DKG_MUST_USE bool dkg_field_decode(char *text);

#endif
