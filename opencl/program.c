/* program.c - builds the embedded kernel sources, launches kernels. */
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

dkg_status dkg_program_build(const dkg_cl *cl, cl_program program, cl_device_id device, const char *options, const char *what,
                             dkg_error *err)
{
    const cl_int code = cl->clBuildProgram(program, 1, &device, options, NULL, NULL);
    size_t size = 0;
    char *log = NULL;
    if (code == CL_SUCCESS) return DKG_OK;
    if (cl->clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) == CL_SUCCESS && size > 1 &&
        (log = dkg_calloc(size + 1, 1)) != NULL &&
        cl->clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log, NULL) == CL_SUCCESS) {
        log[strcspn(log, "\n")] = ' '; /* two lines, in a sentence without newlines */
        log[strcspn(log, "\n")] = 0;
    }
    const dkg_status status = dkg_fail(err, DKG_DEVICE, "the OpenCL compiler refused %s: %s (%d)%s%.500s", what, dkg_cl_error_name(code),
                                       (int)code, log && *log ? ": " : "", log ? log : "");
    free(log);
    return status;
}

static const char *const text[] = {
#define TEXT(stem) (const char *)dkg_##stem##_cl,
    SOURCES(TEXT)
#undef TEXT
};
enum { SOURCE_COUNT = sizeof text / sizeof text[0] };

/* Their sizes, known when the program is linked. */
static void text_sizes(size_t size[SOURCE_COUNT])
{
    size_t i = 0;
#define SIZE(stem) size[i++] = dkg_##stem##_cl_size;
    SOURCES(SIZE)
#undef SIZE
}

void dkg_kernels_identify(const dkg_cl *cl, cl_device_id device, const dkg_profile *profile, dkg_program_id *out)
{
    char options[256];
    const char *texts[SOURCE_COUNT + 1];
    size_t sizes[SOURCE_COUNT + 1];
    dkg_profile_options(profile, options, sizeof options);
    memcpy(texts, text, sizeof text);
    text_sizes(sizes);
    texts[SOURCE_COUNT] = options;
    sizes[SOURCE_COUNT] = strlen(options);
    dkg_program_identify(cl, device, texts, sizes, SOURCE_COUNT + 1, out);
}

static dkg_status create_kernels(const dkg_cl *cl, dkg_kernels *out, dkg_error *err)
{
    cl_int code;
#define CREATE(stem)                                            \
    out->stem = cl->clCreateKernel(out->program, #stem, &code); \
    if (!out->stem) return dkg_cl_fail(err, "cannot create the kernel " #stem, code);
    DKG_KERNELS(CREATE)
#undef CREATE
    return DKG_OK;
}

dkg_status dkg_kernels_build(const dkg_cl *cl, cl_context context, cl_device_id device, const dkg_profile *profile, bool cache,
                             dkg_kernels *out, dkg_error *err)
{
    char options[256];
    size_t size[SOURCE_COUNT];
    cl_int code;
    *out = (dkg_kernels){0};
    dkg_profile_options(profile, options, sizeof options);
    if (cache) {
        dkg_program_id id;
        dkg_kernels_identify(cl, device, profile, &id);
        out->program = dkg_program_load(cl, context, device, &id);
        out->cached = out->program && cl->clBuildProgram(out->program, 1, &device, options, NULL, NULL) == CL_SUCCESS &&
                      create_kernels(cl, out, NULL) == DKG_OK;
        if (out->cached) return DKG_OK;
        dkg_kernels_release(cl, out);
    }
    text_sizes(size);
    /* OpenCL takes the texts without const and leaves them alone. */
    const char *sources[SOURCE_COUNT];
    memcpy(sources, text, sizeof text);
    out->program = cl->clCreateProgramWithSource(context, SOURCE_COUNT, sources, size, &code);
    if (!out->program) return dkg_cl_fail(err, "cannot create the OpenCL program", code);
    dkg_status status = dkg_program_build(cl, out->program, device, options, "the kernels", err);
    if (status == DKG_OK) status = create_kernels(cl, out, err);
    if (status != DKG_OK) dkg_kernels_release(cl, out);
    return status;
}

dkg_status dkg_kernel_launch(const dkg_cl *cl, cl_command_queue queue, cl_kernel kernel, const char *name, const size_t global[3],
                             const size_t *local, const dkg_argument *arguments, size_t count, dkg_error *err)
{
    cl_int code = CL_SUCCESS;
    for (size_t i = 0; i < count && code == CL_SUCCESS; i++)
        code = cl->clSetKernelArg(kernel, (cl_uint)i, arguments[i].size, arguments[i].value);
    if (code == CL_SUCCESS) code = cl->clEnqueueNDRangeKernel(queue, kernel, 3, NULL, global, local, 0, NULL, NULL);
    return code == CL_SUCCESS ? DKG_OK : dkg_cl_fail(err, name, code);
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
