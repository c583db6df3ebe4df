/* dkg devices: what can make keys here, and whether it passes its known-answer test. */
#include "dkg/commands.h"

#include "common/models.h"
#include "dkg/opencl.h"

#include <stdio.h>
#include <stdlib.h>

static void show_cpu(const dkg_model *model, dkg_host *host)
{
    dkg_engine *engine = NULL;
    dkg_error why = {0};
    char text[1400];
    dkg_status outcome = dkg_cpu_engine(model, 0, &engine, &why);
    if (outcome == DKG_OK) outcome = dkg_engine_known_answer(engine, model, &why);
    (void)snprintf(text, sizeof text, "%s: %s", engine ? engine->device : "cpu",
                   outcome == DKG_OK ? "known-answer test passed" : why.text);
    dkg_result_text(host, "cpu", text);
    dkg_engine_free(engine);
}

static dkg_status devices_run(const void *options, dkg_host *host, dkg_error *err)
{
    (void)options;
    dkg_model *model = NULL;
    dkg_device_info *devices = NULL;
    size_t count = 0;
    dkg_status status = dkg_models_for_writing(NULL, NULL, &model, err);
    if (status == DKG_OK) status = dkg_opencl_devices(&devices, &count, err);
    for (size_t i = 0; i < count && status == DKG_OK; i++) {
        const dkg_device_info *d = &devices[i];
        dkg_engine *engine = NULL;
        dkg_error why = {0};
        char name[192], text[1400];
        const dkg_status outcome = dkg_opencl_open(model, d->name, 0, dkg_host_log(host), &engine, &why);
        (void)snprintf(name, sizeof name, "%s", d->name);
        (void)snprintf(text, sizeof text, "%s, %s, %s: %s", d->label, d->driver, d->gpu ? "GPU" : "processor",
                       outcome == DKG_OK ? "known-answer test passed" : why.text);
        dkg_result_text(host, name, text);
        dkg_engine_free(engine);
    }
    if (status == DKG_OK) {
        show_cpu(model, host);
        dkg_result_text(host, "reference", "plain C, the definition: always available");
    }
    free(devices);
    dkg_model_free(model);
    return status;
}

extern const unsigned char dkg_devices_xml[];
extern const size_t dkg_devices_xml_size;

dkg_command dkg_devices_command(void)
{
    return (dkg_command){.name = "devices", .xml = dkg_devices_xml, .xml_size = dkg_devices_xml_size, .run = devices_run};
}
