/* Finding what a mistyped word was meant to be. */
#include <string.h>

#include "values.h"

enum { LETTERS = 48 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Edits between two words: a letter added, left out or changed, two neighbours swapped (optimal string alignment). */
static size_t edits(const char *a, const char *b)
{
    size_t row[3][LETTERS + 1], n = strlen(a), m = strlen(b);
    if (n > LETTERS || m > LETTERS) return LETTERS;
    for (size_t j = 0; j <= m; j++) row[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return row[n % 3][m];
}

const char *dkg_suggest(const char *word, const char *const *candidates, size_t count)
{
    const char *best = NULL;
    size_t fewest = strlen(word) / 3 + 1; /* more would be another word */
    for (size_t i = 0; i < count; i++) {
        size_t n = edits(word, candidates[i]);
        if (n > fewest || (best && n == fewest)) continue;
        best = candidates[i];
        fewest = n;
    }
    return best;
}
