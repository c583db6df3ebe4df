/* Status list, error sentences and hints. */
#include "dkg/base.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name;
    int exit_code;
    const char *sentence;
} list[] = {
#define DKG_STATUS_ROW(name, code, sentence) {#name, code, sentence},
    DKG_STATUS_LIST(DKG_STATUS_ROW)
#undef DKG_STATUS_ROW
};

static size_t row(dkg_status status)
{
    size_t i = (size_t)status;
    return i < sizeof list / sizeof list[0] ? i : (size_t)DKG_INTERNAL;
}

const char *dkg_status_name(dkg_status status) { return list[row(status)].name; }
const char *dkg_status_sentence(dkg_status status) { return list[row(status)].sentence; }
int dkg_status_exit_code(dkg_status status) { return list[row(status)].exit_code; }

dkg_status dkg_fail(dkg_error *err, dkg_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        err->status = status;
        err->hint[0] = '\0';
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return status;
}

dkg_status dkg_fail_hint(dkg_error *err, dkg_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(err->hint, sizeof err->hint, format, args);
        va_end(args);
    }
    return status;
}
