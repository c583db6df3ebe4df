/* The one variable of the program that is not inside a struct: a signal handler can reach nothing else. */
#include "stop.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t came;

static void note(int signal) { came = signal; }

void dkg_stop_watch(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    action.sa_flags = (int)SA_RESETHAND; /* no SA_RESTART: a prompt must notice */
    (void)sigemptyset(&action.sa_mask);
    came = 0;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

int dkg_stop_signal(void) { return came; }
