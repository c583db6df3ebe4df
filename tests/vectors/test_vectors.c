/* Reads every vector of volumes.json and compares exit code, warnings, damage report and what is released. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "open_vector.h"
#include "support.h"

static json_t *root;
static const json_t *volumes;

static bool same_damage(const json_t *wanted, const outcome *out)
{
    size_t i;
    const json_t *z;
    if (json_array_size(wanted) != out->damaged_count) return false;
    json_array_foreach(wanted, i, z) if (!out->damaged[json_integer_value(z)]) return false;
    return true;
}

START_TEST(vector_is_as_expected)
{
    const json_t *line = json_array_get(volumes, (size_t)_i);
    const char *name = json_string_value(json_object_get(line, "file"));
    outcome out = open_vector(line);
    ck_assert_msg(out.exit == json_integer_value(json_object_get(line, "exit")), "%s: exit code is %d (%s)", name, out.exit, out.text);
    ck_assert_msg(out.warning == json_is_true(json_object_get(line, "warning")), "%s: warning is %d", name, out.warning);
    ck_assert_msg(same_damage(json_object_get(line, "damaged"), &out), "%s: %u slices are damaged (%s)", name, out.damaged_count, out.text);
    const char *wanted = json_string_value(json_object_get(line, "released"));
    ck_assert_msg(out.released == (wanted != NULL), "%s: released is %d", name, out.released);
    if (wanted) ck_assert_msg(strcmp(wanted, test_hex(out.digest, 32)) == 0, "%s: digest is %s", name, test_hex(out.digest, 32));
}
END_TEST

/* Every exit code a reader of volumes can have is shown by some vector. */
START_TEST(every_exit_code_has_a_vector)
{
    static const int codes[] = {0, 3, 4, 5, 6, 7, 9, 10};
    size_t seen[11] = {0}, i;
    const json_t *line;
    ck_assert_uint_ge(json_array_size(volumes), 200);
    json_array_foreach(volumes, i, line) seen[json_integer_value(json_object_get(line, "exit"))]++;
    for (i = 0; i < sizeof codes / sizeof *codes; i++) ck_assert_msg(seen[codes[i]] > 1, "%zu vectors of exit code %d", seen[codes[i]], codes[i]);
}
END_TEST

int main(void)
{
    root = json_load_file(vectors_path("volumes.json"), 0, NULL);
    volumes = json_object_get(root, "volumes");
    Suite *s = suite_create("vectors");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 120);
    tcase_add_loop_test(all, vector_is_as_expected, 0, (int)json_array_size(volumes));
    tcase_add_test(all, every_exit_code_has_a_vector);
    suite_add_tcase(s, all);
    int failed = test_run(s, (Suite *)0);
    json_decref(root);
    return failed;
}
