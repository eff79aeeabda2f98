// Preloaded before formatters that offer no option for it: their clock stands still at SOURCE_DATE_EPOCH, their random numbers and
// UUIDs follow from the text in VMB_SEED, their process number is 1. Where VMB_EARLIEST is set, no file that they look at is older
// than that or later than the epoch. Compiled without the C library's headers, which exist for
// one architecture only; the functions declared here are those of glibc, found when a program starts.
typedef unsigned char byte;
typedef unsigned long size;
typedef unsigned long long u64;

struct timespec { long seconds; long nanoseconds; };
struct timeval { long seconds; long microseconds; };
struct timespec64 { long long seconds; long nanoseconds; long padding; };
struct timeval64 { long long seconds; long long microseconds; };

extern char *getenv(const char *name);
extern int openat(int folder, const char *path, int flags, ...);
extern int openat64(int folder, const char *path, int flags, ...);
extern int memfd_create(const char *name, unsigned flags);
extern long write(int file, const void *bytes, size length);
extern long long lseek64(int file, long long offset, int whence);
extern void *dlsym(void *where, const char *name);

enum { current_folder = -100, realtime = 0, realtime_coarse = 5, process_number = 1 };
#define NEXT ((void *)-1L)

static long seconds_in(const char *text) {
  long seconds = 0;
  int negative = text && *text == '-';
  if (negative) text++;
  while (text && *text >= '0' && *text <= '9') seconds = seconds * 10 + (*text++ - '0');
  return negative ? -seconds : seconds;
}

static long epoch(void) { return seconds_in(getenv("SOURCE_DATE_EPOCH")); }

// splitmix64 (Steele, Lea, Flood 2014) from an FNV-1a hash of the seed.
static u64 next_number(void) {
  static u64 state;
  static int begun;
  if (!begun) {
    const char *text = getenv("VMB_SEED");
    state = 14695981039346656037ULL;
    while (text && *text) state = (state ^ (byte)*text++) * 1099511628211ULL;
    begun = 1;
  }
  u64 mixed = state += 0x9e3779b97f4a7c15ULL;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
  return mixed ^ (mixed >> 31);
}

static void fill(void *buffer, size length) {
  volatile byte *bytes = buffer;
  for (size at = 0; at < length; at++) bytes[at] = (byte)(next_number() >> 32);
}

// --- time ---

long time(long *result) {
  if (result) *result = epoch();
  return epoch();
}

int gettimeofday(struct timeval *result, void *zone) {
  (void)zone;
  result->seconds = epoch();
  result->microseconds = 0;
  return 0;
}

int clock_gettime(int clock, struct timespec *result) {
  if (clock != realtime && clock != realtime_coarse) {
    int (*real)(int, struct timespec *) = (int (*)(int, struct timespec *))dlsym(NEXT, "clock_gettime");
    return real(clock, result);
  }
  result->seconds = epoch();
  result->nanoseconds = 0;
  return 0;
}

// The names of 32-bit programs that count seconds in 64 bits.
long long __time64(long long *result) {
  if (result) *result = epoch();
  return epoch();
}

int __gettimeofday64(struct timeval64 *result, void *zone) {
  (void)zone;
  result->seconds = epoch();
  result->microseconds = 0;
  return 0;
}

int __clock_gettime64(int clock, struct timespec64 *result) {
  if (clock != realtime && clock != realtime_coarse) {
    int (*real)(int, struct timespec64 *) = (int (*)(int, struct timespec64 *))dlsym(NEXT, "__clock_gettime64");
    return real(clock, result);
  }
  result->seconds = epoch();
  result->nanoseconds = 0;
  return 0;
}

// --- times of files: for programs that pack a folder ---

// Where `struct stat` of large files has its first time; the other two follow it.
#ifdef __x86_64__
enum { times_in_stat = 72 };
#else
enum { times_in_stat = 64 };
#endif

static int settled(int result, void *facts) {
  const char *earliest = getenv("VMB_EARLIEST");
  if (result != 0 || !earliest || !*earliest) return result;
  struct timespec *times = (struct timespec *)((byte *)facts + times_in_stat);
  for (int which = 0; which < 3; which++) {
    if (times[which].seconds >= epoch()) times[which].seconds = epoch();
    else if (times[which].seconds >= seconds_in(earliest)) continue;
    else times[which].seconds = seconds_in(earliest);
    times[which].nanoseconds = 0;
  }
  return result;
}

static int by_path(const char *name, const char *path, void *facts) {
  int (*real)(const char *, void *) = (int (*)(const char *, void *))dlsym(NEXT, name);
  return settled(real(path, facts), facts);
}

static int by_file(const char *name, int file, void *facts) {
  int (*real)(int, void *) = (int (*)(int, void *))dlsym(NEXT, name);
  return settled(real(file, facts), facts);
}

int stat64(const char *path, void *facts) { return by_path("stat64", path, facts); }

int lstat64(const char *path, void *facts) { return by_path("lstat64", path, facts); }

int fstat64(int file, void *facts) { return by_file("fstat64", file, facts); }

#ifdef __x86_64__
int stat(const char *path, void *facts) { return by_path("stat", path, facts); }

int lstat(const char *path, void *facts) { return by_path("lstat", path, facts); }

int fstat(int file, void *facts) { return by_file("fstat", file, facts); }
#endif

// --- extended attributes: in the order of their names, not in that of their making ---

static size length_of(const char *name) {
  size length = 0;
  while (name[length]) length++;
  return length;
}

static int comes_before(const char *one, const char *other) {
  while (*one && *one == *other) one++, other++;
  return (byte)*one < (byte)*other;
}

// Moves `length` bytes from `at` to the beginning, and what stood before them behind them.
static void to_front(char *names, size at, size length) {
  for (size moved = 0; moved < length; moved++) {
    char first = names[at + moved];
    for (size back = at + moved; back > moved; back--) names[back] = names[back - 1];
    names[moved] = first;
  }
}

static long sorted_names(long total, char *names, size room) {
  if (total <= 0 || !names || room == 0) return total;
  for (char *end = names + total; names < end; names += length_of(names) + 1) {
    char *least = names;
    for (char *name = names; name < end; name += length_of(name) + 1)
      if (comes_before(name, least)) least = name;
    to_front(names, (size)(least - names), length_of(least) + 1);
  }
  return total;
}

long listxattr(const char *path, char *names, size room) {
  long (*real)(const char *, char *, size) = (long (*)(const char *, char *, size))dlsym(NEXT, "listxattr");
  return sorted_names(real(path, names, room), names, room);
}

long llistxattr(const char *path, char *names, size room) {
  long (*real)(const char *, char *, size) = (long (*)(const char *, char *, size))dlsym(NEXT, "llistxattr");
  return sorted_names(real(path, names, room), names, room);
}

long flistxattr(int file, char *names, size room) {
  long (*real)(int, char *, size) = (long (*)(int, char *, size))dlsym(NEXT, "flistxattr");
  return sorted_names(real(file, names, room), names, room);
}

// --- random numbers ---

long getrandom(void *buffer, size length, unsigned flags) {
  (void)flags;
  fill(buffer, length);
  return (long)length;
}

int getentropy(void *buffer, size length) {
  fill(buffer, length);
  return 0;
}

unsigned arc4random(void) { return (unsigned)next_number(); }

void arc4random_buf(void *buffer, size length) { fill(buffer, length); }

unsigned arc4random_uniform(unsigned limit) { return limit < 2 ? 0 : (unsigned)next_number() % limit; }

// What programs seed with the time and their process number.
static void seed_libc(const char *name) {
  void (*real)(unsigned) = (void (*)(unsigned))dlsym(NEXT, name);
  real((unsigned)next_number());
}

void srandom(unsigned seed) {
  (void)seed;
  seed_libc("srandom");
}

void srand(unsigned seed) {
  (void)seed;
  seed_libc("srand");
}

int getpid(void) { return process_number; }

// Version 4, as libuuid makes them.
void uuid_generate_random(byte *uuid) {
  fill(uuid, 16);
  uuid[6] = (uuid[6] & 0x0f) | 0x40;
  uuid[8] = (uuid[8] & 0x3f) | 0x80;
}

void uuid_generate(byte *uuid) { uuid_generate_random(uuid); }

void uuid_generate_time(byte *uuid) { uuid_generate_random(uuid); }

// --- /dev/urandom: a file in memory that holds more than any formatter reads ---

static int is_random_device(const char *path) {
  static const char *const names[] = {"/dev/urandom", "/dev/random"};
  for (int name = 0; name < 2; name++) {
    size at = 0;
    while (path[at] && path[at] == names[name][at]) at++;
    if (!path[at] && !names[name][at]) return 1;
  }
  return 0;
}

static int random_file(void) {
  byte bytes[4096];
  int file = memfd_create("random", 0);
  for (int block = 0; file >= 0 && block < 16; block++) {
    fill(bytes, sizeof bytes);
    if (write(file, bytes, sizeof bytes) != (long)sizeof bytes) return -1;
  }
  if (file >= 0) lseek64(file, 0, 0);
  return file;
}

int open(const char *path, int flags, unsigned mode) {
  return is_random_device(path) ? random_file() : openat(current_folder, path, flags, mode);
}

int open64(const char *path, int flags, unsigned mode) {
  return is_random_device(path) ? random_file() : openat64(current_folder, path, flags, mode);
}

int __open_2(const char *path, int flags) { return open(path, flags, 0); }

int __open64_2(const char *path, int flags) { return open64(path, flags, 0); }

// --- mounts: none ---

// mkfs.btrfs takes a loop device for mounted when another one over the same disk is, and the tools image may lie on that disk.
void *getmntent(void *file) {
  (void)file;
  return 0;
}
