/* The few Linux calls of the supervisor that Swift's Glibc module does not reach. */
#define _GNU_SOURCE
#include "platform.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int signal_pipe[2] = {-1, -1};

int contend_become_subreaper(void) {
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : errno;
}

int contend_is_subreaper(void) {
    int is = 0;
    return prctl(PR_GET_CHILD_SUBREAPER, &is, 0, 0, 0) == 0 && is ? 1 : 0;
}

int contend_close_from(int lowest) {
    if (syscall(SYS_close_range, (unsigned)lowest, ~0u, 0u) == 0) return 0;
    if (errno != ENOSYS && errno != EPERM) return errno;
    long limit = sysconf(_SC_OPEN_MAX);
    if (limit < 0 || limit > 65536) limit = 65536;
    for (int descriptor = lowest; descriptor < limit; descriptor++) close(descriptor);
    return 0;
}

static void forward_signal(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    /* A full pipe already wakes the reader, which then collects every child. */
    (void)!write(signal_pipe[1], &byte, 1);
    errno = saved;
}

int contend_watch_signals(void) {
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = forward_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGCHLD, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0) return -1;
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &watched, NULL);
    return signal_pipe[0];
}

void contend_ignore_terminal_signals(void) {
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

int contend_spawn_in_directory(posix_spawn_file_actions_t *actions, const char *directory) {
    return posix_spawn_file_actions_addchdir_np(actions, directory);
}

short contend_spawn_new_session(void) { return POSIX_SPAWN_SETSID; }

long long contend_monotonic_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const void *contend_find(const void *bytes, size_t count, const void *word, size_t length) {
    return memmem(bytes, count, word, length);
}

int contend_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

#ifndef CONTEND_COMMIT
#define CONTEND_COMMIT ""
#endif

const char *contend_commit(void) { return CONTEND_COMMIT; }
