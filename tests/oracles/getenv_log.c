/* Appends the name of every environment variable that a program asks for to the file named by GETENV_LOG, one
 * a line, and passes the question on. Loaded with LD_PRELOAD by tests/oracle_hermetic.rs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef char *(*lookup)(const char *);

static void log_name(const char *name) {
    const char *path = ((lookup)dlsym(RTLD_NEXT, "getenv"))("GETENV_LOG");
    if (!path) return;
    char line[256];
    size_t length = strlen(name);
    if (length > sizeof line - 1) length = sizeof line - 1;
    memcpy(line, name, length);
    line[length] = '\n';
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0644);
    if (file < 0 || write(file, line, length + 1) < 0) abort();
    close(file);
}

/* Proves that the library is in place, even where nothing is asked for. */
__attribute__((constructor)) static void loaded(void) { log_name("GETENV_LOG_LOADED"); }

char *getenv(const char *name) {
    log_name(name);
    return ((lookup)dlsym(RTLD_NEXT, "getenv"))(name);
}

char *secure_getenv(const char *name) {
    log_name(name);
    return ((lookup)dlsym(RTLD_NEXT, "secure_getenv"))(name);
}
