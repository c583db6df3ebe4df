/* Runs a target on every file of the folders named on the command line: what the fuzzer once found stays found, in any build and
 * with any compiler. Exit 1 when a folder holds no file, so that a lost corpus is not a success. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

enum { INPUT_MAX = 1 << 20 };

static bool replay(const char *path)
{
    uint8_t *bytes = malloc(INPUT_MAX);
    FILE *file = fopen(path, "rb");
    bool good = bytes && file;
    if (good) {
        size_t size = fread(bytes, 1, INPUT_MAX, file);
        good = !ferror(file);
        /* a copy of its exact size, so that a sanitizer sees the byte after it */
        uint8_t *exact = malloc(size ? size : 1);
        if (good && exact) {
            memcpy(exact, bytes, size);
            LLVMFuzzerTestOneInput(exact, size);
        }
        free(exact);
    }
    if (file) fclose(file);
    free(bytes);
    if (!good) fprintf(stderr, "cannot read %s\n", path);
    return good;
}

int main(int argc, char **argv)
{
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        size_t count = 0;
        DIR *folder = opendir(argv[i]);
        for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
            char path[4096];
            if (entry->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            if (!replay(path)) return 1;
            count++;
        }
        if (folder) closedir(folder);
        printf("%s: %zu inputs\n", argv[i], count);
        if (count == 0) return 1;
    }
    return 0;
}
