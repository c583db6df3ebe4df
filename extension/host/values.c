/* Numbers as text, and checking a value against its parameter. */
#include "values.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool dkg_text_integer(const char *text, int64_t *out)
{
    size_t digits = strspn(text + (*text == '-' || *text == '+'), "0123456789");
    if (digits == 0 || text[digits + (*text == '-' || *text == '+')] != '\0') return false;
    errno = 0;
    intmax_t value = strtoimax(text, NULL, 10);
    if (errno != 0 || value < INT64_MIN || value > INT64_MAX) return false;
    *out = (int64_t)value;
    return true;
}

/* The C locale for numbers, for this thread only, while `work` runs. */
static void in_c_locale(void (*work)(void *), void *what)
{
    locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    locale_t old = c ? uselocale(c) : (locale_t)0;
    work(what);
    if (!c) return;
    (void)uselocale(old);
    freelocale(c);
}

typedef struct conversion {
    const char *text;
    char *end;
    double value;
    int digits;
    char *out;
} conversion;

static void read_double(void *what)
{
    conversion *c = what;
    c->value = strtod(c->text, &c->end);
}

static void write_double(void *what)
{
    conversion *c = what;
    (void)snprintf(c->out, DKG_NUMBER_TEXT, "%.*g", c->digits, c->value);
}

bool dkg_text_double(const char *text, double *out)
{
    conversion c = {.text = text};
    if (text[strspn(text, "+-.0123456789eE")] != '\0') return false;
    in_c_locale(read_double, &c);
    if (c.end == text || *c.end != '\0' || !isfinite(c.value)) return false;
    *out = c.value;
    return true;
}

bool dkg_text_boolean(const char *text, bool *out)
{
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) return false;
    *out = *text == 't';
    return true;
}

void dkg_number_text(double value, int digits, char out[DKG_NUMBER_TEXT])
{
    conversion c = {.value = value, .digits = digits > 17 ? 17 : digits, .out = out};
    if (isnan(value))
        (void)snprintf(out, DKG_NUMBER_TEXT, "nan");
    else
        in_c_locale(write_double, &c);
}

static dkg_status check_number(const dkg_parameter *p, const char *shown, const char *text, dkg_error *err)
{
    bool whole = p->element == DKG_ELEMENT_INTEGER, good, below, above;
    int64_t i = 0, bound = 0;
    double d = 0, limit = 0;
    good = whole ? dkg_text_integer(text, &i) : dkg_text_double(text, &d);
    if (!good) return dkg_fail(err, DKG_USAGE, "%s is %.80s, must be a %s", shown, text, whole ? "whole number" : "number");
    if (whole) {
        below = p->minimum && dkg_text_integer(p->minimum, &bound) && i < bound;
        above = p->maximum && dkg_text_integer(p->maximum, &bound) && i > bound;
    } else {
        below = p->minimum && dkg_text_double(p->minimum, &limit) && d < limit;
        above = p->maximum && dkg_text_double(p->maximum, &limit) && d > limit;
    }
    if ((below || above) && p->minimum && p->maximum)
        return dkg_fail(err, DKG_USAGE, "%s is %.80s, must be %s..%s", shown, text, p->minimum, p->maximum);
    if (below) return dkg_fail(err, DKG_USAGE, "%s is %.80s, must be at least %s", shown, text, p->minimum);
    if (above) return dkg_fail(err, DKG_USAGE, "%s is %.80s, must be at most %s", shown, text, p->maximum);
    return DKG_OK;
}

static dkg_status check_choice(const dkg_parameter *p, const char *shown, const char *text, dkg_error *err)
{
    char all[512] = "";
    for (size_t i = 0; i < p->choice_count; i++) {
        if (strcmp(p->choices[i], text) == 0) return DKG_OK;
        size_t used = strlen(all);
        (void)snprintf(all + used, sizeof all - used, "%s%s", i == 0 ? "" : i + 1 == p->choice_count ? " or " : ", ", p->choices[i]);
    }
    dkg_status status = dkg_fail(err, DKG_USAGE, "%s is %.80s, must be %s", shown, text, all);
    const char *near = dkg_suggest(text, p->choices, p->choice_count);
    return near ? dkg_fail_hint(err, status, "did you mean %s?", near) : status;
}

dkg_status dkg_value_check(const dkg_parameter *parameter, const char *shown, const char *text, dkg_error *err)
{
    bool ignored;
    switch (parameter->element) {
    case DKG_ELEMENT_BOOLEAN:
        return dkg_text_boolean(text, &ignored) ? DKG_OK
                                                : dkg_fail(err, DKG_USAGE, "%s is %.80s, must be true or false", shown, text);
    case DKG_ELEMENT_INTEGER:
    case DKG_ELEMENT_DOUBLE: return check_number(parameter, shown, text, err);
    case DKG_ELEMENT_ENUMERATION: return check_choice(parameter, shown, text, err);
    default: return DKG_OK;
    }
}
