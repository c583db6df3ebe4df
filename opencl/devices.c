/* devices.c - which OpenCL devices there are, which one a user means, and how it is opened. */
#include "devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MEMORY_MIN = 256 << 20, ALLOCATION_MIN = 64 << 20 }; /* a key of 256 x 256 with 84 channels fits */

static void get(const dkg_cl *cl, cl_device_id id, cl_device_info what, void *out, size_t size)
{
    if (cl->clGetDeviceInfo(id, what, size, out, NULL) != CL_SUCCESS) memset(out, 0, size);
}

/* Texts longer than the buffer are rare and lose their end. */
static void get_text(const dkg_cl *cl, cl_device_id id, cl_device_info what, char *out, size_t size)
{
    char text[1024] = "";
    get(cl, id, what, text, sizeof text);
    text[sizeof text - 1] = 0;
    snprintf(out, size, "%s", text);
}

static void describe(const dkg_cl *cl, cl_device_id id, const char *platform, size_t platform_at, size_t device_at,
                     dkg_device_info *out)
{
    char name[200], version[100], driver[100];
    cl_device_type type = 0;
    cl_bool compiler = CL_FALSE, available = CL_FALSE, little = CL_FALSE;
    cl_uint units = 0;
    cl_ulong memory = 0, allocation = 0;
    get_text(cl, id, CL_DEVICE_NAME, name, sizeof name);
    get_text(cl, id, CL_DEVICE_OPENCL_C_VERSION, version, sizeof version);
    get_text(cl, id, CL_DRIVER_VERSION, driver, sizeof driver);
    get(cl, id, CL_DEVICE_TYPE, &type, sizeof type);
    get(cl, id, CL_DEVICE_COMPILER_AVAILABLE, &compiler, sizeof compiler);
    get(cl, id, CL_DEVICE_AVAILABLE, &available, sizeof available);
    get(cl, id, CL_DEVICE_ENDIAN_LITTLE, &little, sizeof little);
    get(cl, id, CL_DEVICE_MAX_COMPUTE_UNITS, &units, sizeof units);
    get(cl, id, CL_DEVICE_GLOBAL_MEM_SIZE, &memory, sizeof memory);
    get(cl, id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, &allocation, sizeof allocation);
    *out = (dkg_device_info){.gpu = (type & CL_DEVICE_TYPE_GPU) != 0,
                             .usable = compiler && available && little && memory >= MEMORY_MIN &&
                                       allocation >= ALLOCATION_MIN,
                             .units = units,
                             .memory = memory,
                             .allocation = allocation};
    snprintf(out->name, sizeof out->name, "opencl:%zu:%zu", platform_at, device_at);
    snprintf(out->label, sizeof out->label, "%.100s: %s", platform, name);
    snprintf(out->driver, sizeof out->driver, "%.60s, %.60s", driver, version);
}

dkg_status dkg_cl_list(const dkg_cl *cl, dkg_device_info **devices, cl_device_id **ids, size_t *count, dkg_error *err)
{
    *devices = NULL;
    *ids = NULL;
    *count = 0;
    cl_platform_id *platforms = NULL;
    cl_uint platform_count = 0;
    dkg_status status = DKG_OK;
    if (cl->clGetPlatformIDs(0, NULL, &platform_count) != CL_SUCCESS || platform_count == 0) return DKG_OK;
    platforms = dkg_calloc(platform_count, sizeof *platforms);
    if (!platforms) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %u OpenCL platforms", platform_count);
    if (cl->clGetPlatformIDs(platform_count, platforms, NULL) != CL_SUCCESS) goto done;
    for (cl_uint p = 0; p < platform_count; p++) {
        char platform[200] = "";
        cl_uint here = 0;
        if (cl->clGetPlatformInfo(platforms[p], CL_PLATFORM_NAME, sizeof platform - 1, platform, NULL) != CL_SUCCESS)
            snprintf(platform, sizeof platform, "platform %u", p);
        if (cl->clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, 0, NULL, &here) != CL_SUCCESS || here == 0) continue;
        dkg_device_info *more = realloc(*devices, (*count + here) * sizeof **devices);
        if (more) *devices = more;
        cl_device_id *more_ids = realloc(*ids, (*count + here) * sizeof **ids);
        if (more_ids) *ids = more_ids;
        if (!more || !more_ids) {
            status = dkg_fail(err, DKG_NO_MEMORY, "no memory for %u OpenCL devices", here);
            goto done;
        }
        if (cl->clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, here, *ids + *count, NULL) != CL_SUCCESS) continue;
        for (cl_uint d = 0; d < here; d++)
            describe(cl, (*ids)[*count + d], platform, p, d, *devices + *count + d);
        *count += here;
    }
done:
    free(platforms);
    if (status != DKG_OK) {
        free(*devices);
        free(*ids);
        *devices = NULL;
        *ids = NULL;
        *count = 0;
    }
    return status;
}

static bool contains(const char *text, const char *part)
{
    const size_t n = strlen(part);
    for (; *text; text++)
        if (strncasecmp(text, part, n) == 0) return true;
    return false;
}

dkg_status dkg_cl_choose(const dkg_device_info *devices, size_t count, const char *wanted, size_t *chosen, dkg_error *err)
{
    *chosen = 0;
    if (count == 0) return dkg_fail(err, DKG_USAGE, "no OpenCL device found");
    if (!*wanted) {
        for (int gpu = 1; gpu >= 0; gpu--)
            for (size_t i = 0; i < count; i++)
                if (devices[i].usable && (devices[i].gpu || !gpu)) {
                    *chosen = i;
                    return DKG_OK;
                }
        return dkg_fail(err, DKG_USAGE, "none of the %zu OpenCL devices has a compiler and enough memory", count);
    }
    if (strspn(wanted, "0123456789") == strlen(wanted)) {
        const unsigned long long number = strtoull(wanted, NULL, 10);
        if (number >= count) return dkg_fail(err, DKG_USAGE, "no OpenCL device %s, there are %zu", wanted, count);
        *chosen = (size_t)number;
        return DKG_OK;
    }
    for (int whole = 1; whole >= 0; whole--) /* a whole name wins over a part: opencl:0:1 over opencl:0:10 */
        for (size_t i = 0; i < count; i++)
            if (whole ? strcasecmp(devices[i].name, wanted) == 0
                      : contains(devices[i].name, wanted) || contains(devices[i].label, wanted)) {
                *chosen = i;
                return DKG_OK;
            }
    return dkg_fail(err, DKG_USAGE, "no OpenCL device is called \"%s\"", wanted);
}

/* A sub-device is OpenCL's own way to fewer threads; a device that cannot be divided is used whole.
 * It is never released: a worker thread of PoCL 3.1 still reads it after clFinish() has returned and the context is gone,
 * and crashed in half of the runs that freed it. What stays is one small structure per device opened. */
static cl_device_id with_threads(const dkg_cl *cl, cl_device_id device, unsigned threads, cl_uint units)
{
    const cl_device_partition_property by_count[] = {CL_DEVICE_PARTITION_BY_COUNTS, threads,
                                                     CL_DEVICE_PARTITION_BY_COUNTS_LIST_END, 0};
    cl_device_id part;
    if (threads == 0 || threads >= units) return device;
    return cl->clCreateSubDevices(device, by_count, 1, &part, NULL) == CL_SUCCESS ? part : device;
}

dkg_status dkg_cl_open(dkg_cl *cl, const char *wanted, unsigned threads, dkg_device_info *info, cl_device_id *device,
                       cl_context *context, dkg_error *err)
{
    dkg_device_info *devices = NULL;
    cl_device_id *ids = NULL;
    size_t count = 0, chosen = 0;
    cl_int code;
    *info = (dkg_device_info){0};
    *device = NULL;
    *context = NULL;
    if (!dkg_cl_load(cl)) return dkg_fail(err, DKG_USAGE, "no OpenCL device found: libOpenCL.so.1 is not installed");
    dkg_status status = dkg_cl_list(cl, &devices, &ids, &count, err);
    if (status == DKG_OK) status = dkg_cl_choose(devices, count, wanted, &chosen, err);
    if (status != DKG_OK) goto done;
    *info = devices[chosen];
    *device = info->gpu ? ids[chosen] : with_threads(cl, ids[chosen], threads, info->units);
    *context = cl->clCreateContext(NULL, 1, device, NULL, NULL, &code);
    if (!*context) status = dkg_cl_fail(err, "cannot open the OpenCL device", code);
done:
    free(devices);
    free(ids);
    return status;
}

dkg_status dkg_opencl_devices(dkg_device_info **devices, size_t *count, dkg_error *err)
{
    dkg_cl cl;
    cl_device_id *ids = NULL;
    *devices = NULL;
    *count = 0;
    if (!dkg_cl_load(&cl)) return DKG_OK;
    const dkg_status status = dkg_cl_list(&cl, devices, &ids, count, err);
    free(ids);
    return status;
}
