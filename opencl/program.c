/* program.c - builds the embedded kernel sources. */
#include "program.h"

#include <stdlib.h>
#include <string.h>

#define SOURCES(X)                                                                                                 \
    X(tuning) X(pack) X(conv) X(winograd_input) X(winograd_output) X(norm_sums) X(norm_finish) X(norm_apply) X(head)

#define DECLARE(stem)                         \
    extern const unsigned char dkg_##stem##_cl[]; \
    extern const size_t dkg_##stem##_cl_size;
SOURCES(DECLARE)
#undef DECLARE

static dkg_status build_failed(const dkg_cl *cl, cl_program program, cl_device_id device, cl_int code, dkg_error *err)
{
    size_t size = 0;
    char *log = NULL;
    dkg_status status = dkg_cl_fail(err, "the OpenCL compiler refused the kernels", code);
    if (cl->clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) == CL_SUCCESS && size > 1 &&
        (log = dkg_calloc(size + 1, 1)) != NULL &&
        cl->clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log, NULL) == CL_SUCCESS) {
        log[strcspn(log, "\n")] = ' '; /* two lines, in a sentence without newlines */
        log[strcspn(log, "\n")] = 0;
        status = dkg_fail(err, DKG_DEVICE, "the OpenCL compiler refused the kernels: %s (%d): %.500s",
                          dkg_cl_error_name(code), (int)code, log);
    }
    free(log);
    return status;
}

dkg_status dkg_kernels_build(const dkg_cl *cl, cl_context context, cl_device_id device, const dkg_profile *profile,
                             dkg_kernels *out, dkg_error *err)
{
    const char *text[] = {
#define TEXT(stem) (const char *)dkg_##stem##_cl,
        SOURCES(TEXT)
#undef TEXT
    };
    const size_t size[] = {
#define SIZE(stem) dkg_##stem##_cl_size,
        SOURCES(SIZE)
#undef SIZE
    };
    char options[256];
    dkg_profile_options(profile, options, sizeof options);
    *out = (dkg_kernels){0};
    cl_int code;
    dkg_status status = DKG_OK;
    out->program = cl->clCreateProgramWithSource(context, sizeof text / sizeof text[0], text, size, &code);
    if (!out->program) return dkg_cl_fail(err, "cannot create the OpenCL program", code);
    code = cl->clBuildProgram(out->program, 1, &device, options, NULL, NULL);
    if (code != CL_SUCCESS) {
        status = build_failed(cl, out->program, device, code, err);
        goto done;
    }
#define CREATE(stem)                                                          \
    out->stem = cl->clCreateKernel(out->program, #stem, &code);               \
    if (!out->stem) {                                                         \
        status = dkg_cl_fail(err, "cannot create the kernel " #stem, code);   \
        goto done;                                                            \
    }
    DKG_KERNELS(CREATE)
#undef CREATE
done:
    if (status != DKG_OK) dkg_kernels_release(cl, out);
    return status;
}

void dkg_kernels_release(const dkg_cl *cl, dkg_kernels *kernels)
{
#define RELEASE(stem) \
    if (kernels->stem) cl->clReleaseKernel(kernels->stem);
    DKG_KERNELS(RELEASE)
#undef RELEASE
    if (kernels->program) cl->clReleaseProgram(kernels->program);
    *kernels = (dkg_kernels){0};
}
