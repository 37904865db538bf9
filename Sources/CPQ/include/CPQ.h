#ifndef CPQ_H
#define CPQ_H

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif

/// Opens libpq and finds in it what this program calls; costs nothing when that has been done.
///
/// libpq brings some twenty libraries of its own, for encryption, Kerberos and LDAP, and loading them costs more than
/// checking a recipe. So it is not linked: the functions of its header that this program uses are defined here under
/// their own names, and hand on to the library once this has opened it. Calling one before ends the process.
///
/// Thread-safe. Returns NULL, or why libpq cannot be used, in words that live as long as the process.
const char *cpq_open(void);

#endif
