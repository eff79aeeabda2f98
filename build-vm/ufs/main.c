// mkufs: writes a UFS1 or UFS2 with all that a folder holds. Nothing of it depends on the clock, on chance, or on the order of names.
// Usage: mkufs --version 1|2 --time SECONDS [--label TEXT] [--id SIXTEEN-HEX-DIGITS] DEVICE FOLDER
// The device, or file, holds zeros; all of it is used. Later times than SECONDS become that.
#include "mkufs.h"
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct wishes wishes;
static int device;

void fail(enum failure failure, const char *format, ...) {
  va_list parts;
  va_start(parts, format);
  vfprintf(stderr, format, parts);
  va_end(parts);
  fputc('\n', stderr);
  exit(failure);
}

void *allocated(size_t bytes) {
  void *memory = calloc(1, bytes);
  if (memory == NULL) fail(trouble, "there is not enough memory");
  return memory;
}

void write_at(u64 offset, const void *bytes, size_t length) {
  const char *from = bytes;
  while (length > 0) {
    ssize_t written = pwrite(device, from, length, (off_t)offset);
    if (written <= 0) fail(trouble, "writing fails: %m");
    from += written;
    offset += (u64)written;
    length -= (size_t)written;
  }
}

static void usage(void) {
  fail(trouble, "Usage: mkufs --version 1|2 --time SECONDS [--label TEXT] [--id SIXTEEN-HEX-DIGITS] DEVICE FOLDER");
}

static void read_id(const char *text) {
  char half[9] = "";
  if (strlen(text) != 16 || text[strspn(text, "0123456789abcdefABCDEF")] != 0) usage();
  for (int index = 0; index < 2; index++) {
    memcpy(half, text + 8 * index, 8);
    wishes.id[index] = (u32)strtoul(half, NULL, 16);
  }
}

static void read_options(int count, char **arguments) {
  static const struct option options[] = {
    {"version", required_argument, NULL, 'v'},
    {"time", required_argument, NULL, 't'},
    {"label", required_argument, NULL, 'l'},
    {"id", required_argument, NULL, 'i'},
    {NULL, 0, NULL, 0},
  };
  wishes.label = "";
  for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
    switch (option) {
      case 'v': wishes.version = atoi(optarg); break;
      case 't': wishes.time = atoll(optarg); break;
      case 'l': wishes.label = optarg; break;
      case 'i': read_id(optarg); break;
      default: usage();
    }
  }
  bool possible = (wishes.version == 1 || wishes.version == 2) && strlen(wishes.label) < 32;
  if (!possible || count - optind != 2) usage();
}

int main(int count, char **arguments) {
  read_options(count, arguments);
  const char *name = arguments[optind], *folder = arguments[optind + 1];
  device = open(name, O_RDWR | O_CLOEXEC);
  off_t bytes = device < 0 ? -1 : lseek(device, 0, SEEK_END);
  if (bytes < 0) fail(trouble, "%s cannot be opened: %m", name);
  if (chdir(folder) != 0) fail(trouble, "%s cannot be read: %m", folder);
  u32 inodes;
  struct node *root = read_tree(&inodes);
  plan_layout((u64)bytes, inodes);
  plan_space();
  store_file(root);
  walk(root, store_file);
  write_groups(inodes);
  if (fsync(device) != 0) fail(trouble, "writing %s fails: %m", name);
  return 0;
}
