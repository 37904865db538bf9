// libpq, opened when a recipe first names PostgreSQL. See CPQ.h.
#include "CPQ.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// Not to be seen by the library, which calls some of these itself.
#define HERE __attribute__((visibility("hidden")))

// FUNCTION(result, name, (parameters), (arguments)); a PROCEDURE gives nothing back.
#define FUNCTIONS \
    FUNCTION(PGconn *, PQconnectdbParams, (const char *const *keys, const char *const *values, int expand), (keys, values, expand)) \
    FUNCTION(PQconninfoOption *, PQconninfoParse, (const char *text, char **message), (text, message)) \
    FUNCTION(PGcancel *, PQgetCancel, (PGconn *connection), (connection)) \
    FUNCTION(int, PQcancel, (PGcancel *cancel, char *words, int size), (cancel, words, size)) \
    FUNCTION(ConnStatusType, PQstatus, (const PGconn *connection), (connection)) \
    FUNCTION(char *, PQerrorMessage, (const PGconn *connection), (connection)) \
    FUNCTION(int, PQsocket, (const PGconn *connection), (connection)) \
    FUNCTION(int, PQsendPrepare, \
        (PGconn *connection, const char *name, const char *query, int count, const Oid *types), \
        (connection, name, query, count, types)) \
    FUNCTION(int, PQsendQueryParams, \
        (PGconn *connection, const char *query, int count, const Oid *types, const char *const *values, \
            const int *lengths, const int *formats, int format), \
        (connection, query, count, types, values, lengths, formats, format)) \
    FUNCTION(int, PQsetSingleRowMode, (PGconn *connection), (connection)) \
    FUNCTION(PGresult *, PQgetResult, (PGconn *connection), (connection)) \
    FUNCTION(int, PQisBusy, (PGconn *connection), (connection)) \
    FUNCTION(int, PQconsumeInput, (PGconn *connection), (connection)) \
    FUNCTION(int, PQsetnonblocking, (PGconn *connection, int on), (connection, on)) \
    FUNCTION(int, PQflush, (PGconn *connection), (connection)) \
    FUNCTION(int, PQsendDescribePrepared, (PGconn *connection, const char *name), (connection, name)) \
    FUNCTION(ExecStatusType, PQresultStatus, (const PGresult *rows), (rows)) \
    FUNCTION(char *, PQresultErrorMessage, (const PGresult *rows), (rows)) \
    FUNCTION(char *, PQresultErrorField, (const PGresult *rows, int field), (rows, field)) \
    FUNCTION(char *, PQcmdTuples, (PGresult *rows), (rows)) \
    FUNCTION(int, PQntuples, (const PGresult *rows), (rows)) \
    FUNCTION(int, PQnfields, (const PGresult *rows), (rows)) \
    FUNCTION(char *, PQfname, (const PGresult *rows, int column), (rows, column)) \
    FUNCTION(Oid, PQftype, (const PGresult *rows, int column), (rows, column)) \
    FUNCTION(char *, PQgetvalue, (const PGresult *rows, int row, int column), (rows, row, column)) \
    FUNCTION(int, PQgetlength, (const PGresult *rows, int row, int column), (rows, row, column)) \
    FUNCTION(int, PQgetisnull, (const PGresult *rows, int row, int column), (rows, row, column))

#define PROCEDURES \
    PROCEDURE(PQfinish, (PGconn *connection), (connection)) \
    PROCEDURE(PQconninfoFree, (PQconninfoOption *options), (options)) \
    PROCEDURE(PQfreeCancel, (PGcancel *cancel), (cancel)) \
    PROCEDURE(PQclear, (PGresult *rows), (rows)) \
    PROCEDURE(PQfreemem, (void *memory), (memory))

// MARK: The library's own functions

#define FUNCTION(result, name, parameters, arguments) result(*name) parameters;
#define PROCEDURE(name, parameters, arguments) void(*name) parameters;
static struct {
    FUNCTIONS
    PROCEDURES
} library;
#undef FUNCTION
#undef PROCEDURE

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char problem[512];

static const char *const names[] = {
#if defined(__APPLE__)
    "libpq.5.dylib",
    "/opt/homebrew/opt/libpq/lib/libpq.5.dylib",
    "/usr/local/opt/libpq/lib/libpq.5.dylib",
#else
    "libpq.so.5",
#endif
};

static void find(void *handle, const char *name, void **into) {
    *into = dlsym(handle, name);
    if (*into == NULL && problem[0] == 0) snprintf(problem, sizeof problem, "libpq has no function '%s'", name);
}

static void open_library(void) {
    void *handle = NULL;
    for (size_t i = 0; handle == NULL && i < sizeof names / sizeof *names; i++)
        handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *words = dlerror();
        snprintf(problem, sizeof problem, "%s", words == NULL ? "libpq.so.5 is not there" : words);
        return;
    }
#define FUNCTION(result, name, parameters, arguments) find(handle, #name, (void **)&library.name);
#define PROCEDURE(name, parameters, arguments) find(handle, #name, (void **)&library.name);
    FUNCTIONS
    PROCEDURES
#undef FUNCTION
#undef PROCEDURE
}

const char *cpq_open(void) {
    pthread_once(&once, open_library);
    return problem[0] == 0 ? NULL : problem;
}

// MARK: Under their own names

#define FUNCTION(result, name, parameters, arguments) \
    HERE result name parameters { return library.name arguments; }
#define PROCEDURE(name, parameters, arguments) \
    HERE void name parameters { library.name arguments; }
FUNCTIONS
PROCEDURES
