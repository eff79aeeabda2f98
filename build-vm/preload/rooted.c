// Preloaded before a program that writes files of strangers into a volume: once it is loaded, and before its first line runs, the
// volume becomes its root (VMB_ROOT) and a folder in it the current one (VMB_FOLDER), so that whatever link is on the way, nothing
// leads out. What glibc would load or read on demand could now be the volume's own, so that none of it is asked: no converters, no
// names of users, no locale. And GNU tar only warns of attributes that it cannot set: here the program fails.
// Compiled as fixed.c is: without the C library's headers, which exist for one architecture only.
typedef unsigned long size;

extern char *getenv(const char *name);
extern int chroot(const char *path);
extern int chdir(const char *path);
extern int close(int file);
extern long readlinkat(int folder, const char *path, char *target, size room);
extern long write(int file, const void *bytes, size length);
extern void *dlsym(void *where, const char *name);
extern int *__errno_location(void);
extern char *strerror(int number);
extern void _exit(int status) __attribute__((noreturn));

enum { no_room = 28, already_there = 17, no_such_file = 2, invalid = 22, path_only = 010000000, folders_only = 0200000, create = 0100, own_status = 1 };
#define NEXT ((void *)-1L)

static int failed;

static size length_of(const char *text) {
  size length = 0;
  while (text[length]) length++;
  return length;
}

static void say(const char *const *texts) {
  for (; *texts; texts++) write(2, *texts, length_of(*texts));
}

static unsigned long long number_in(const char *text) {
  unsigned long long number = 0;
  while (text && *text >= '0' && *text <= '9') number = number * 10 + (unsigned)(*text++ - '0');
  return number;
}

__attribute__((constructor)) static void enter(void) {
  const char *root = getenv("VMB_ROOT"), *folder = getenv("VMB_FOLDER");
  if (root && folder && chroot(root) == 0 && chdir(folder) == 0) return;
  say((const char *const[]){folder ? folder : "The folder", ": ", strerror(*__errno_location()), "\n", 0});
  _exit(own_status);
}

__attribute__((destructor)) static void leave(void) {
  if (failed) _exit(own_status);
}

// --- nothing is loaded or read that lies in the volume ---

char *setlocale(int category, const char *name) {
  (void)category;
  (void)name;
  return (char *)"C";
}

void *iconv_open(const char *to, const char *from) {
  (void)to;
  (void)from;
  *__errno_location() = invalid;
  return (void *)-1L;
}

void *getpwnam(const char *name) {
  (void)name;
  return 0;
}

void *getpwuid(unsigned id) {
  (void)id;
  return 0;
}

void *getgrnam(const char *name) {
  (void)name;
  return 0;
}

void *getgrgid(unsigned id) {
  (void)id;
  return 0;
}

// --- a full volume ---

// GNU tar would go on and say it of each of the thousands of files that follow.
static void end_when_full(const char *path) {
  if (*__errno_location() != no_room) return;
  say((const char *const[]){path, " cannot be made: ", strerror(no_room), ".\n", 0});
  _exit(own_status);
}

// --- the file that is being written, for messages ---

static char current[4097];

int openat(int folder, const char *path, int flags, unsigned mode) {
  static int (*real)(int, const char *, int, unsigned);
  if (!real) real = (int (*)(int, const char *, int, unsigned))dlsym(NEXT, "openat");
  if (flags & create) {
    size at = 0;
    for (; path[at] && at < sizeof current - 1; at++) current[at] = path[at];
    current[at] = 0;
  }
  int file = real(folder, path, flags, mode);
  if (file < 0 && (flags & create)) end_when_full(path);
  return file;
}

// --- a link where a folder should be ---

// A link to a folder counts as that folder. One that leads nowhere, or to something else, would be replaced by a folder.
int mkdirat(int folder, const char *path, unsigned mode) {
  static int (*real)(int, const char *, unsigned);
  if (!real) real = (int (*)(int, const char *, unsigned))dlsym(NEXT, "mkdirat");
  int result = real(folder, path, mode);
  int error = *__errno_location();
  char target[4097];
  if (result != 0) end_when_full(path);
  if (result == 0 || error != already_there) return result;
  long length = readlinkat(folder, path, target, sizeof target - 1);
  if (length >= 0) {
    int file = openat(folder, path, path_only | folders_only, 0);
    int reason = *__errno_location();
    if (file < 0) {
      target[length] = 0;
      say((const char *const[]){path, " should be a folder, but is a link to ", target, ", which ",
        reason == no_such_file ? "does not exist in the volume" : "is no folder of the volume",
        ". Create that folder first, or remove the link.\n", 0});
      _exit(own_status);
    }
    close(file);
  }
  *__errno_location() = error;
  return result;
}

// --- what cannot be kept fails ---

// GNU tar says of which file and which attribute.
static int attribute_set(int result) {
  if (result != 0) failed = 1;
  return result;
}

int setxattr(const char *path, const char *name, const void *value, size length, int flags) {
  int (*real)(const char *, const char *, const void *, size, int) =
    (int (*)(const char *, const char *, const void *, size, int))dlsym(NEXT, "setxattr");
  return attribute_set(real(path, name, value, length, flags));
}

int lsetxattr(const char *path, const char *name, const void *value, size length, int flags) {
  int (*real)(const char *, const char *, const void *, size, int) =
    (int (*)(const char *, const char *, const void *, size, int))dlsym(NEXT, "lsetxattr");
  return attribute_set(real(path, name, value, length, flags));
}

void *acl_from_text(const char *text) {
  void *(*real)(const char *) = (void *(*)(const char *))dlsym(NEXT, "acl_from_text");
  void *list = real(text);
  if (!list) failed = 1;
  return list;
}

// Larger numbers than VMB_LARGEST_USER and VMB_LARGEST_GROUP would silently become others.
static void check_owner(const char *path, unsigned user, unsigned group) {
  const char *most_user = getenv("VMB_LARGEST_USER"), *most_group = getenv("VMB_LARGEST_GROUP");
  int too_large = (most_user && user != -1U && user > number_in(most_user)) ||
    (most_group && group != -1U && group > number_in(most_group));
  if (!too_large) return;
  failed = 1;
  say((const char *const[]){path, ": the number of its owner or group is larger than the filesystem can keep.\n", 0});
}

int fchownat(int folder, const char *path, unsigned user, unsigned group, int flags) {
  int (*real)(int, const char *, unsigned, unsigned, int) =
    (int (*)(int, const char *, unsigned, unsigned, int))dlsym(NEXT, "fchownat");
  check_owner(path, user, group);
  return real(folder, path, user, group, flags);
}

int fchown(int file, unsigned user, unsigned group) {
  int (*real)(int, unsigned, unsigned) = (int (*)(int, unsigned, unsigned))dlsym(NEXT, "fchown");
  check_owner(current, user, group);
  return real(file, user, group);
}
