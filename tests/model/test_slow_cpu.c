/* The cpu engine on the large golden vectors. */
#include <string.h>

#include "cpu_paths.h"
#include "golden.h"

START_TEST(reproduces_the_large_vectors)
{
    static golden_case cases[GOLDEN_MAX];
    size_t count = golden_read(cases), ran = 0;
    for EACH_CPU_PATH(path) {
        for (size_t i = 0; i < count; i++) {
            if (!golden_is_slow(&cases[i])) continue;
            dkg_model *model = golden_model(&cases[i]);
            dkg_engine *engine;
            ck_ok(dkg_cpu_engine_on(model, 0, path, &engine, err));
            golden_check(engine, model, &cases[i]);
            dkg_engine_free(engine);
            dkg_model_free(model);
            ran++;
        }
    }
    ck_assert_uint_gt(ran, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cpu engine, large vectors");
    TCase *golden = tcase_create("golden");
    tcase_set_timeout(golden, 1500);
    tcase_add_test(golden, reproduces_the_large_vectors);
    suite_add_tcase(suite, golden);
    return test_run(suite, (Suite *)0);
}
