/* stop.h - SIGINT and SIGTERM ask a job to stop at its next progress report; a second one ends the program at once. */
#ifndef DKG_HOST_STOP_H
#define DKG_HOST_STOP_H

void dkg_stop_watch(void);
/* The signal that came since, or 0. */
int dkg_stop_signal(void);

#endif
