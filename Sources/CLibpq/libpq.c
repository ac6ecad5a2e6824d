/*
 * libpq, loaded when the first of its functions is called: contend runs where it is not installed, as long as
 * nothing speaks to PostgreSQL. These functions have libpq's names and shapes, and hand on to it.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

/* Not for the real libpq, which would take them for its own. */
#pragma GCC visibility push(hidden)
#include "shim.h"

#define FUNCTIONS(F) \
    F(PQbackendPID) F(PQclear) F(PQcmdTuples) F(PQconnectdb) F(PQconnectdbParams) F(PQconninfoFree) \
    F(PQconninfoParse) F(PQerrorMessage) F(PQexec) F(PQexecParams) F(PQexecPrepared) F(PQfinish) \
    F(PQfreemem) F(PQgetisnull) F(PQgetvalue) F(PQlibVersion) F(PQnfields) F(PQntuples) F(PQping) \
    F(PQpingParams) F(PQprepare) F(PQresultErrorField) F(PQresultErrorMessage) F(PQresultStatus) \
    F(PQserverVersion) F(PQsetNoticeProcessor) F(PQstatus)

static struct {
#define SLOT(name) __typeof__(name) *name;
    FUNCTIONS(SLOT)
} real;

static int is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return;
    int complete = 1;
#define RESOLVE(name) complete &= (real.name = (__typeof__(name) *)dlsym(library, #name)) != NULL;
    FUNCTIONS(RESOLVE)
    is_loaded = complete;
}

int contend_has_libpq(void) {
    pthread_once(&once, load);
    return is_loaded;
}

/* What a function gives without libpq: as of a connection that could not be made. */
#define HAND_ON(type, name, parameters, arguments, missing) \
    type name parameters { return contend_has_libpq() ? real.name arguments : (missing); }
#define HAND_ON_NOTHING(name, parameters, arguments) \
    void name parameters { \
        if (contend_has_libpq()) real.name arguments; \
    }

HAND_ON(int, PQbackendPID, (const PGconn *c), (c), 0)
HAND_ON(char *, PQcmdTuples, (PGresult * r), (r), NULL)
HAND_ON(PGconn *, PQconnectdb, (const char *info), (info), NULL)
HAND_ON(PGconn *, PQconnectdbParams, (const char *const *k, const char *const *v, int e), (k, v, e), NULL)
HAND_ON(PQconninfoOption *, PQconninfoParse, (const char *info, char **message), (info, message), NULL)
HAND_ON(char *, PQerrorMessage, (const PGconn *c), (c),
        (char *)"libpq is not installed (libpq5 on Debian and Ubuntu)")
HAND_ON(PGresult *, PQexec, (PGconn * c, const char *q), (c, q), NULL)
HAND_ON(PGresult *, PQexecParams,
        (PGconn * c, const char *q, int n, const Oid *t, const char *const *v, const int *l, const int *f,
         int r),
        (c, q, n, t, v, l, f, r), NULL)
HAND_ON(PGresult *, PQexecPrepared,
        (PGconn * c, const char *s, int n, const char *const *v, const int *l, const int *f, int r),
        (c, s, n, v, l, f, r), NULL)
HAND_ON(int, PQgetisnull, (const PGresult *r, int row, int column), (r, row, column), 1)
HAND_ON(char *, PQgetvalue, (const PGresult *r, int row, int column), (r, row, column), NULL)
HAND_ON(int, PQlibVersion, (void), (), 0)
HAND_ON(int, PQnfields, (const PGresult *r), (r), 0)
HAND_ON(int, PQntuples, (const PGresult *r), (r), 0)
HAND_ON(PGPing, PQping, (const char *info), (info), PQPING_NO_ATTEMPT)
HAND_ON(PGPing, PQpingParams, (const char *const *k, const char *const *v, int e), (k, v, e),
        PQPING_NO_ATTEMPT)
HAND_ON(PGresult *, PQprepare, (PGconn * c, const char *s, const char *q, int n, const Oid *t),
        (c, s, q, n, t), NULL)
HAND_ON(char *, PQresultErrorField, (const PGresult *r, int code), (r, code), NULL)
HAND_ON(char *, PQresultErrorMessage, (const PGresult *r), (r), (char *)"")
HAND_ON(ExecStatusType, PQresultStatus, (const PGresult *r), (r), PGRES_FATAL_ERROR)
HAND_ON(int, PQserverVersion, (const PGconn *c), (c), 0)
HAND_ON(PQnoticeProcessor, PQsetNoticeProcessor, (PGconn * c, PQnoticeProcessor p, void *a), (c, p, a), NULL)
HAND_ON(ConnStatusType, PQstatus, (const PGconn *c), (c), CONNECTION_BAD)
HAND_ON_NOTHING(PQclear, (PGresult * r), (r))
HAND_ON_NOTHING(PQconninfoFree, (PQconninfoOption * o), (o))
HAND_ON_NOTHING(PQfinish, (PGconn * c), (c))
HAND_ON_NOTHING(PQfreemem, (void *p), (p))
