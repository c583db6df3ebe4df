/* values.h - values as text: numbers in every locale alike, and the rules a parameter sets for its value. */
#ifndef DKG_HOST_VALUES_H
#define DKG_HOST_VALUES_H

#include "description.h"

/* The whole text must be a number ("1e-3", "-7"), without blanks around it; false leaves *out alone. Doubles are finite. */
DKG_MUST_USE bool dkg_text_integer(const char *text, int64_t *out);
DKG_MUST_USE bool dkg_text_double(const char *text, double *out);
/* "true" or "false". */
DKG_MUST_USE bool dkg_text_boolean(const char *text, bool *out);

enum { DKG_NUMBER_TEXT = 40 };
/* Up to `digits` significant digits with a decimal point in every locale; "nan", "inf", "-inf". */
void dkg_number_text(double value, int digits, char out[DKG_NUMBER_TEXT]);

/* DKG_USAGE when `text` is no value of the parameter: wrong type, out of range, no member of the enumeration. `shown` is
 * what the sentence calls the parameter ("--threads"). */
DKG_MUST_USE dkg_status dkg_value_check(const dkg_parameter *parameter, const char *shown, const char *text, dkg_error *err);

/* The candidate that `word` may be a slip of, or NULL: few letters changed, left out, added or swapped. */
const char *dkg_suggest(const char *word, const char *const *candidates, size_t count);

#endif
