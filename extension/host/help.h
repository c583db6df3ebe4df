/* help.h - --help and --echo, made from the description. */
#ifndef DKG_HOST_HELP_H
#define DKG_HOST_HELP_H

#include "arguments.h"

/* The help text: usage line, description, examples, options by group with ranges and defaults, results. `program` is how
 * the command is called ("DeepKeyGenEncrypt", "dkg encrypt"). Lines of at most 80 columns. */
void dkg_help(const dkg_description *description, const char *program, bool module, dkg_buffer *out);
/* "IN OUT [options]": what follows the program's name. */
void dkg_usage(const dkg_description *description, bool module, dkg_buffer *out);
/* What --echo prints: every parameter with the value it has in this call. */
void dkg_echo(const dkg_arguments *arguments, dkg_buffer *out);

#endif
