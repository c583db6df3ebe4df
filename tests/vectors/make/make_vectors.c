/* Makes the vectors of the format: make_vectors FOLDER writes keys/, volumes/, volumes.json and known_answers.json there. The
 * same bytes come out every time. Vectors are kept for ever: cases are added, published ones never change. */
#include <string.h>
#include <sys/stat.h>

#include "bench.h"

int main(int argc, char **argv)
{
    dkg_error err = {0};
    char volumes[4096], answers[4096];
    bench b;
    if (argc != 2 || dkg_start(&err) != DKG_OK) {
        fprintf(stderr, "usage: make_vectors FOLDER\n");
        return 2;
    }
    (void)mkdir(argv[1], 0777);
    must(snprintf(volumes, sizeof volumes, "%s", bench_path(argv[1], "volumes")) < (int)sizeof volumes);
    must(snprintf(answers, sizeof answers, "%s", bench_path(argv[1], "known_answers.json")) < (int)sizeof answers);
    bench_open(&b, argv[1], volumes);
    cases_open(&b);
    cases_envelope(&b);
    cases_metadata(&b);
    cases_slots(&b);
    cases_slab(&b);
    cases_slices(&b);
    cases_host(&b);
    make_known_answers(&b, answers);
    printf("%u vectors\n", b.count);
    bench_close(&b);
    return 0;
}
