/*
 * What is used of libmariadb's C API, so that nobody needs its header. The library is loaded when the first of
 * these functions is called.
 */
#pragma once

typedef struct st_mysql MYSQL;
typedef struct st_mysql_res MYSQL_RES;

/* Options and flags by the numbers that the API fixes. */
enum { MYSQL_OPT_CONNECT_TIMEOUT = 0, MYSQL_SET_CHARSET_NAME = 7, MYSQL_OPT_CONNECT_ATTR_ADD = 33 };
/* An UPDATE counts the rows that it found, not only those that it changed. */
enum { CLIENT_FOUND_ROWS = 2 };

MYSQL *mysql_init(MYSQL *handle);
int mysql_options(MYSQL *handle, int option, const void *value);
int mysql_options4(MYSQL *handle, int option, const void *name, const void *value);
MYSQL *mysql_real_connect(MYSQL *handle, const char *host, const char *user, const char *password,
                          const char *database, unsigned int port, const char *socket, unsigned long flags);
void mysql_close(MYSQL *handle);
int mysql_real_query(MYSQL *handle, const char *statement, unsigned long length);
MYSQL_RES *mysql_store_result(MYSQL *handle);
void mysql_free_result(MYSQL_RES *result);
unsigned int mysql_field_count(MYSQL *handle);
unsigned int mysql_num_fields(MYSQL_RES *result);
char **mysql_fetch_row(MYSQL_RES *result);
unsigned long *mysql_fetch_lengths(MYSQL_RES *result);
unsigned long long mysql_affected_rows(MYSQL *handle);
unsigned int mysql_errno(MYSQL *handle);
const char *mysql_error(MYSQL *handle);
unsigned long mysql_real_escape_string(MYSQL *handle, char *to, const char *from, unsigned long length);
const char *mysql_get_client_info(void);

/* 1 if libmariadb could be loaded. Where it could not, nothing can be connected. */
int contend_has_libmariadb(void);
