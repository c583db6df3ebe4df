/* DeepKeyGenMetrics as an executable module of the host. */
#include "DeepKeyGenMetrics/metrics.h"

int main(int argc, char **argv)
{
    dkg_command command = dkg_metrics_command();
    return dkg_run_module(&command, argc, argv);
}
