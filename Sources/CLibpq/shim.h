/* libpq's header under either of the two places that distributions put it, so that no pkg-config is needed. */
#pragma once

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif
