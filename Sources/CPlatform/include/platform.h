/* The few Linux calls that Swift's Glibc module does not reach: the supervisor's, and epoll and eventfd. */
#pragma once

#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

/* Orphaned descendants of the calling process become its children instead of init's. 0, or an errno. */
int contend_become_subreaper(void);

/* 1 if orphaned descendants become this process's children. */
int contend_is_subreaper(void);

/* Closes every descriptor from `lowest` on, so that nothing inherited is handed down. 0, or an errno. */
int contend_close_from(int lowest);

/*
 * SIGCHLD and SIGTERM arrive as bytes, their signal numbers, in a close-on-exec pipe whose reading end is returned
 * (-1 on error). Handlers rather than signalfd: they work whichever thread the kernel picks.
 */
int contend_watch_signals(void);

/* SIGINT, SIGHUP, SIGQUIT, SIGPIPE and SIGXFSZ are ignored. */
void contend_ignore_terminal_signals(void);

/* What posix_spawnattr_setflags wants for: own session. */
short contend_spawn_new_session(void);

/* posix_spawn_file_actions_addchdir_np: the new process starts in `directory`. */
int contend_spawn_in_directory(posix_spawn_file_actions_t *actions, const char *directory);

/* accept4: a close-on-exec socket that does not block, or -1. */
int contend_accept(int listener);

/* The monotonic clock in milliseconds. */
long long contend_monotonic_milliseconds(void);

/* memmem: where `word` first stands in `bytes`, or NULL. */
const void *contend_find(const void *bytes, size_t count, const void *word, size_t length);

/* The commit that `scripts/dist` built; empty in other builds. */
const char *contend_commit(void);
