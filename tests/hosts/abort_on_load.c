/* Stands in for libOpenCL: whoever loads it dies. Proves which programs do not. */
#include <stdlib.h>

__attribute__((constructor)) static void loaded(void) { abort(); }
