/* A disk that fails for a while: the first reads of a file whose path ends with $FAILING_NAME return $FAILING_ERRNO.
   How many is counted down in the file $FAILING_COUNT, so that a test sees what is left. Preloaded by the tests. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int fails(int descriptor) {
  const char *name = getenv("FAILING_NAME"), *counter = getenv("FAILING_COUNT");
  char link[64], path[4096], text[32] = {0};
  if (!name || !counter) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < (ssize_t)strlen(name)) return 0;
  path[length] = 0;
  if (strcmp(path + length - strlen(name), name)) return 0;
  FILE *file = fopen(counter, "r+");
  if (!file) return 0;
  flock(fileno(file), LOCK_EX);
  int left = fgets(text, sizeof text, file) ? atoi(text) : 0;
  if (left > 0) {
    rewind(file);
    fprintf(file, "%-8d", left - 1);
  }
  fclose(file);
  if (left > 0) errno = atoi(getenv("FAILING_ERRNO"));
  return left > 0;
}

ssize_t pread(int descriptor, void *buffer, size_t size, off_t offset) {
  static ssize_t (*real)(int, void *, size_t, off_t);
  if (!real) real = dlsym(RTLD_NEXT, "pread");
  return fails(descriptor) ? -1 : real(descriptor, buffer, size, offset);
}

ssize_t pread64(int descriptor, void *buffer, size_t size, off_t offset) { return pread(descriptor, buffer, size, offset); }
