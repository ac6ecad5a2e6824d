// Tells the thread sanitizer what Swift's runtime does not: that an awaited continuation follows its resumption.
//
// A continuation that is resumed before it is awaited goes on at once, after an atomic load. The runtime announces
// the release when it is resumed, of the task, and on this path no acquire (swift_continuation_await in
// stdlib/public/Concurrency/Task.cpp). So every read of what was handed over would look like a race.
// `scripts/tsan` preloads this library; in a program without Swift or sanitizer it does nothing.

#define _GNU_SOURCE
#include <dlfcn.h>

typedef __attribute__((swiftasynccall)) void Await(
    void *continuation, __attribute__((swift_async_context)) void *context);

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void *swift_task_getCurrent(void) __attribute__((weak, swiftcall));

static Await *runtimes_own;

__attribute__((constructor)) static void find(void) {
    runtimes_own = (Await *)dlsym(RTLD_NEXT, "swift_continuation_await");
}

__attribute__((swiftasynccall)) void swift_continuation_await(
    void *continuation, __attribute__((swift_async_context)) void *context) {
    if (__tsan_acquire) __tsan_acquire(swift_task_getCurrent());
    __attribute__((musttail)) return runtimes_own(continuation, context);
}
