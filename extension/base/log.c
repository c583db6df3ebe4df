/* Warnings and progress, handed to whoever called. */
#include "dkg/base.h"

#include <stdarg.h>
#include <stdio.h>

void dkg_warn(const dkg_log *log, const char *format, ...)
{
    if (!log || !log->warn) return;
    char sentence[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    log->warn(log->self, sentence);
}

dkg_status dkg_progress(const dkg_log *log, const char *stage, double fraction, dkg_error *err)
{
    if (!log || !log->progress || log->progress(log->self, stage, fraction)) return DKG_OK;
    return dkg_fail(err, DKG_CANCELLED, "stopped on request while %s; nothing was written", stage);
}
