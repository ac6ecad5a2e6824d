/* libpq's header under either of the two places that distributions put it, so that no pkg-config is needed. */
#pragma once

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif

/* What libpg_query's pg_query_parse returns; the library is loaded when it is wanted, so nothing is linked. */
typedef struct {
    char *parse_tree;
    char *stderr_buffer;
    void *error;
} contend_parse_result;

/* 1 if libpq could be loaded. Where it could not, nothing can be connected, and PQerrorMessage says so. */
int contend_has_libpq(void);
