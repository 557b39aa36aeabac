#include "cli/interrupt.h"

#include <stddef.h>
#include <sys/signalfd.h>

#include "cli/console.h"

volatile sig_atomic_t interrupt_flag;

static const int signals[] = { SIGINT, SIGTERM };
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))
static struct sigaction before[SIGNALS];

static void on_signal(int number)
{
	interrupt_flag = number;
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	console_from_signal("sow: stopping when what has arrived is safe; once more stops at once\n");
}

void interrupt_listen(void)
{
	struct sigaction listen = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&listen.sa_mask, signals[i]);
	for (size_t i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &before[i]);
		/* nohup and `&` in a script set this: whoever did so meant it */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &listen, NULL);
	}
}

void interrupt_restore(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
}

int interrupt_as_file(void)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}
