/*
 * libmariadb, loaded when the first of its functions is called: contend runs where it is not installed, as
 * long as nothing speaks to MariaDB. These functions have libmariadb's names and shapes, and hand on to it.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

/* Not for the real libmariadb, which would take them for its own. */
#pragma GCC visibility push(hidden)
#include "shim.h"

#define FUNCTIONS(F) \
    F(mysql_init) F(mysql_options) F(mysql_options4) F(mysql_real_connect) F(mysql_close) \
    F(mysql_real_query) F(mysql_store_result) F(mysql_free_result) F(mysql_field_count) F(mysql_num_fields) \
    F(mysql_fetch_row) F(mysql_fetch_lengths) F(mysql_affected_rows) F(mysql_errno) F(mysql_error) \
    F(mysql_real_escape_string) F(mysql_get_client_info)

static struct {
#define SLOT(name) __typeof__(name) *name;
    FUNCTIONS(SLOT)
} real;

static int is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *library = dlopen("libmariadb.so.3", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return;
    int complete = 1;
#define RESOLVE(name) complete &= (real.name = (__typeof__(name) *)dlsym(library, #name)) != NULL;
    FUNCTIONS(RESOLVE)
    /* Its own first use is not safe on several threads at once. */
    int (*start)(int, char **, char **) = (int (*)(int, char **, char **))dlsym(library, "mysql_server_init");
    is_loaded = complete && start != NULL && start(0, NULL, NULL) == 0;
}

int contend_has_libmariadb(void) {
    pthread_once(&once, load);
    return is_loaded;
}

/* Without the library there is no handle, so that only what needs none is asked. */
#define HAND_ON(type, name, parameters, arguments, missing) \
    type name parameters { return contend_has_libmariadb() ? real.name arguments : (missing); }

HAND_ON(MYSQL *, mysql_init, (MYSQL * h), (h), NULL)
HAND_ON(int, mysql_options, (MYSQL * h, int o, const void *v), (h, o, v), 1)
HAND_ON(int, mysql_options4, (MYSQL * h, int o, const void *n, const void *v), (h, o, n, v), 1)
HAND_ON(MYSQL *, mysql_real_connect,
        (MYSQL * h, const char *host, const char *u, const char *p, const char *d, unsigned int port,
         const char *s, unsigned long f),
        (h, host, u, p, d, port, s, f), NULL)
HAND_ON(int, mysql_real_query, (MYSQL * h, const char *q, unsigned long n), (h, q, n), 1)
HAND_ON(MYSQL_RES *, mysql_store_result, (MYSQL * h), (h), NULL)
HAND_ON(unsigned int, mysql_field_count, (MYSQL * h), (h), 0)
HAND_ON(unsigned int, mysql_num_fields, (MYSQL_RES * r), (r), 0)
HAND_ON(char **, mysql_fetch_row, (MYSQL_RES * r), (r), NULL)
HAND_ON(unsigned long *, mysql_fetch_lengths, (MYSQL_RES * r), (r), NULL)
HAND_ON(unsigned long long, mysql_affected_rows, (MYSQL * h), (h), 0)
HAND_ON(unsigned int, mysql_errno, (MYSQL * h), (h), 2000)
HAND_ON(const char *, mysql_error, (MYSQL * h), (h), "libmariadb is not installed (libmariadb3 on Debian)")
HAND_ON(unsigned long, mysql_real_escape_string, (MYSQL * h, char *t, const char *f, unsigned long n),
        (h, t, f, n), 0)
HAND_ON(const char *, mysql_get_client_info, (void), (), "")

void mysql_close(MYSQL *h) {
    if (contend_has_libmariadb()) real.mysql_close(h);
}

void mysql_free_result(MYSQL_RES *r) {
    if (contend_has_libmariadb()) real.mysql_free_result(r);
}
