/* Which device a name means, and what there is without any OpenCL implementation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "support.h"

static const dkg_device_info devices[] = {
    {.name = "opencl:0:0", .label = "Old Platform: broken GPU", .gpu = true, .usable = false},
    {.name = "opencl:0:1", .label = "Portable Computing Language: pthread-EPYC", .usable = true},
    {.name = "opencl:0:10", .label = "Portable Computing Language: second", .usable = true},
    {.name = "opencl:1:0", .label = "ROCm: gfx1030", .gpu = true, .usable = true},
};
enum { COUNT = sizeof devices / sizeof devices[0] };

START_TEST(a_name_chooses_its_device)
{
    static const struct {
        const char *wanted;
        size_t device;
    } cases[] = {{"", 3}, {"0", 0}, {"2", 2}, {"opencl:0:1", 1}, {"OPENCL:0:10", 2}, {"gfx", 3}, {"portable", 1}, {"epyc", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t chosen = 99;
        ck_ok(dkg_cl_choose(devices, COUNT, cases[i].wanted, &chosen, err));
        ck_assert_msg(chosen == cases[i].device, "\"%s\" chose %zu", cases[i].wanted, chosen);
    }
}
END_TEST

START_TEST(without_a_gpu_the_first_usable_device_is_taken)
{
    size_t chosen;
    ck_ok(dkg_cl_choose(devices, 3, "", &chosen, err));
    ck_assert_uint_eq(chosen, 1);
}
END_TEST

START_TEST(what_names_no_device_is_refused)
{
    size_t chosen;
    ck_fails(dkg_cl_choose(devices, COUNT, "4", &chosen, err), DKG_USAGE, "no OpenCL device 4, there are 4");
    ck_fails(dkg_cl_choose(devices, COUNT, "99999999999999999999999", &chosen, err), DKG_USAGE, "there are 4");
    ck_fails(dkg_cl_choose(devices, COUNT, "abacus", &chosen, err), DKG_USAGE, "\"abacus\"");
    ck_fails(dkg_cl_choose(devices, 1, "", &chosen, err), DKG_USAGE, "none of the 1");
    ck_fails(dkg_cl_choose(devices, 0, "0", &chosen, err), DKG_USAGE, "no OpenCL device found");
}
END_TEST

START_TEST(listed_devices_are_named_in_order)
{
    dkg_device_info *found = NULL;
    size_t count = 0;
    ck_ok(dkg_opencl_devices(&found, &count, err));
    if (count == 0) test_skip("listed_devices_are_named_in_order", "no OpenCL device");
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(strncmp(found[i].name, "opencl:", 7) == 0, "%s", found[i].name);
        ck_assert(strstr(found[i].label, ": ") != NULL);
        ck_assert(!found[i].usable || (found[i].memory > 0 && found[i].allocation > 0 && found[i].units > 0));
        for (size_t k = 0; k < i; k++) ck_assert_str_ne(found[i].name, found[k].name);
    }
    free(found);
}
END_TEST

/* The loader reads this variable when it is first called, which this process has not done. */
START_TEST(without_an_implementation_there_is_no_device)
{
    static const uint8_t seed[32] = {1};
    dkg_device_info *found = NULL;
    size_t count = 1;
    dkg_model *model;
    dkg_engine *engine;
    if (getenv("OCLGRIND_LIBRARY") || getenv("LD_PRELOAD")) {
        test_skip("without_an_implementation_there_is_no_device", "an implementation is preloaded");
        return;
    }
    ck_assert_int_eq(setenv("OCL_ICD_VENDORS", test_folder(), 1), 0);
    ck_ok(dkg_opencl_devices(&found, &count, err));
    ck_assert_uint_eq(count, 0);
    ck_assert_ptr_null(found);
    ck_ok(dkg_model_random(seed, 16, &model, err));
    ck_fails(dkg_opencl_engine(model, "", 0, &engine, err), DKG_USAGE, "no OpenCL device found");
    ck_assert_ptr_null(engine);
    dkg_model_free(model);
}
END_TEST

START_TEST(error_codes_have_names)
{
    dkg_error error;
    ck_assert_str_eq(dkg_cl_error_name(CL_OUT_OF_RESOURCES), "CL_OUT_OF_RESOURCES");
    ck_assert_str_eq(dkg_cl_error_name(-9999), "unknown OpenCL error");
    ck_assert_int_eq(dkg_cl_fail(&error, "conv", CL_INVALID_KERNEL_ARGS), DKG_DEVICE);
    ck_assert_str_eq(error.text, "conv: CL_INVALID_KERNEL_ARGS (-52)");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("OpenCL devices");
    TCase *t = tcase_create("devices");
    suite_add_tcase(s, t);
    tcase_add_test(t, a_name_chooses_its_device);
    tcase_add_test(t, without_a_gpu_the_first_usable_device_is_taken);
    tcase_add_test(t, what_names_no_device_is_refused);
    tcase_add_test(t, listed_devices_are_named_in_order);
    tcase_add_test(t, without_an_implementation_there_is_no_device);
    tcase_add_test(t, error_codes_have_names);
    return test_run(s, (Suite *)0);
}
