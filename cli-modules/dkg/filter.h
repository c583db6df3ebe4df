/* Programs that test a stream: bytes into their standard input, what they say out of them. */
#ifndef DKG_CLI_FILTER_H
#define DKG_CLI_FILTER_H

#include "dkg/streams.h"

/* Starts the program argv names (found on PATH), feeds it `bytes` bytes of the stream (0: until it closes its input) and reads up
 * to size - 1 bytes of what it wrote to standard output and error, with a NUL. *found: false when there is no such program,
 * and nothing is read then. DKG_IO: it could not be run. */
DKG_MUST_USE dkg_status dkg_filter_run(char *const argv[], dkg_stream *stream, uint64_t bytes, char *text, size_t size, bool *found,
                                       dkg_error *err);
#endif
