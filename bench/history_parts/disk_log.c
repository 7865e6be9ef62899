/* Preloaded into a program: writes down, in order, what it does to the files of one folder. The program itself is not changed.
 *
 * CUT_FOLDER is the folder, CUT_LOG the log. A record: op (u8), 3 bytes of nothing, length (u32), file (u64, its inode), offset (i64), then
 * `length` bytes. Every call is made and written down under one lock, so that the log's order is the order on the disk. Shared memory of
 * SQLite (-shm) is left out: it does not outlive a power cut. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATED = 1, WRITTEN = 2, CUT = 3, SYNCED = 4, FOLDER_SYNCED = 5, RENAMED = 6, UNLINKED = 7, OPENED = 8 };
#define MOST 65536

struct __attribute__((packed)) head { uint8_t op, pad[3]; uint32_t length; uint64_t file; int64_t offset; };

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static unsigned char watched[MOST]; /* 1 = a file, 2 = the folder */
static char folder[4096];
static size_t folder_length;
static int log_file = -1;

#define REAL(name, kind, ...) static kind (*real)(__VA_ARGS__); if (!real) real = (kind (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

__attribute__((constructor)) static void begin(void) {
    const char *where = getenv("CUT_FOLDER"), *into = getenv("CUT_LOG");
    if (!where || !into) return;
    strncpy(folder, where, sizeof folder - 1);
    folder_length = strlen(folder);
    REAL("open64", int, const char *, int, ...);
    log_file = real(into, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int ends(const char *path, const char *end) {
    size_t a = strlen(path), b = strlen(end);
    return a >= b && !strcmp(path + a - b, end);
}

static int inside(const char *path) {
    return log_file >= 0 && path && !strncmp(path, folder, folder_length) && path[folder_length] == '/' && !ends(path, "-shm");
}

static int is_folder(const char *path) {
    if (log_file < 0 || !path || strncmp(path, folder, folder_length)) return 0;
    const char *rest = path + folder_length;
    return !*rest || !strcmp(rest, "/") || !strcmp(rest, "/.");
}

static void note(int op, uint64_t file, int64_t offset, const void *data, size_t length) {
    struct head head = {op, {0}, (uint32_t)length, file, offset};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)data, length}};
    size_t whole = sizeof head + length;
    if (writev(log_file, parts, 2) != (ssize_t)whole) abort();
}

static uint64_t inode(int file) {
    struct stat told;
    return fstat(file, &told) ? 0 : (uint64_t)told.st_ino;
}

static int known(int file) { return file >= 0 && file < MOST ? watched[file] : 0; }

static int opened(const char *path, int flags, mode_t mode) {
    REAL("open64", int, const char *, int, ...);
    if (!inside(path) && !is_folder(path)) return real(path, flags, mode);
    pthread_mutex_lock(&lock);
    int there = !access(path, F_OK), file = real(path, flags, mode), kept = errno;
    if (file >= 0 && file < MOST) {
        if (is_folder(path)) watched[file] = 2;
        else {
            watched[file] = 1;
            const char *name = path + folder_length + 1;
            note(there ? OPENED : CREATED, inode(file), 0, name, strlen(name));
            if (there && (flags & O_TRUNC)) note(CUT, inode(file), 0, "", 0);
        }
    }
    pthread_mutex_unlock(&lock);
    errno = kept;
    return file;
}

#define MODE(flags, last) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, last); mode = va_arg(more, mode_t); va_end(more); }
int open(const char *path, int flags, ...) { MODE(flags, flags) return opened(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags, flags) return opened(path, flags, mode); }
int openat(int at, const char *path, int flags, ...) {
    MODE(flags, flags)
    if (path[0] == '/') return opened(path, flags, mode);
    REAL("openat64", int, int, const char *, int, ...);
    return real(at, path, flags, mode);
}
int openat64(int at, const char *path, int flags, ...) { MODE(flags, flags) return openat(at, path, flags, mode); }

int close(int file) {
    REAL("close", int, int);
    if (!known(file)) return real(file);
    pthread_mutex_lock(&lock);
    watched[file] = 0;
    int answer = real(file), kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return answer;
}

static ssize_t placed(int file, const void *data, size_t length, off_t at) {
    REAL("pwrite64", ssize_t, int, const void *, size_t, off_t);
    if (known(file) != 1) return real(file, data, length, at);
    pthread_mutex_lock(&lock);
    ssize_t done = real(file, data, length, at);
    int kept = errno;
    if (done > 0) note(WRITTEN, inode(file), at, data, (size_t)done);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return done;
}
ssize_t pwrite(int file, const void *data, size_t length, off_t at) { return placed(file, data, length, at); }
ssize_t pwrite64(int file, const void *data, size_t length, off_t at) { return placed(file, data, length, at); }

ssize_t write(int file, const void *data, size_t length) {
    REAL("write", ssize_t, int, const void *, size_t);
    if (known(file) != 1) return real(file, data, length);
    pthread_mutex_lock(&lock);
    ssize_t done = real(file, data, length);
    int kept = errno;
    if (done > 0) note(WRITTEN, inode(file), lseek(file, 0, SEEK_CUR) - done, data, (size_t)done);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return done;
}

static int shortened(int file, off_t size) {
    REAL("ftruncate64", int, int, off_t);
    if (known(file) != 1) return real(file, size);
    pthread_mutex_lock(&lock);
    int answer = real(file, size), kept = errno;
    if (!answer) note(CUT, inode(file), size, "", 0);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return answer;
}
int ftruncate(int file, off_t size) { return shortened(file, size); }
int ftruncate64(int file, off_t size) { return shortened(file, size); }

static int synced(int file, int answer) {
    int kept = errno;
    if (!answer) note(known(file) == 2 ? FOLDER_SYNCED : SYNCED, inode(file), 0, "", 0);
    errno = kept;
    return answer;
}
int fsync(int file) {
    REAL("fsync", int, int);
    if (!known(file)) return real(file);
    pthread_mutex_lock(&lock);
    int answer = synced(file, getenv("CUT_QUICK") ? 0 : real(file));
    pthread_mutex_unlock(&lock);
    return answer;
}
int fdatasync(int file) {
    REAL("fdatasync", int, int);
    if (!known(file)) return real(file);
    pthread_mutex_lock(&lock);
    int answer = synced(file, getenv("CUT_QUICK") ? 0 : real(file));
    pthread_mutex_unlock(&lock);
    return answer;
}

int rename(const char *from, const char *to) {
    REAL("rename", int, const char *, const char *);
    if (!inside(from) || !inside(to)) return real(from, to);
    pthread_mutex_lock(&lock);
    int answer = real(from, to), kept = errno;
    if (!answer) {
        char both[8192];
        size_t a = strlen(from + folder_length + 1), b = strlen(to + folder_length + 1);
        memcpy(both, from + folder_length + 1, a + 1);
        memcpy(both + a + 1, to + folder_length + 1, b);
        note(RENAMED, 0, 0, both, a + 1 + b);
    }
    pthread_mutex_unlock(&lock);
    errno = kept;
    return answer;
}
int renameat(int at, const char *from, int to_at, const char *to) {
    if (from[0] == '/' && to[0] == '/') return rename(from, to);
    REAL("renameat", int, int, const char *, int, const char *);
    return real(at, from, to_at, to);
}

int unlink(const char *path) {
    REAL("unlink", int, const char *);
    if (!inside(path)) return real(path);
    pthread_mutex_lock(&lock);
    int answer = real(path), kept = errno;
    if (!answer) note(UNLINKED, 0, 0, path + folder_length + 1, strlen(path + folder_length + 1));
    pthread_mutex_unlock(&lock);
    errno = kept;
    return answer;
}
int unlinkat(int at, const char *path, int flags) {
    if (path[0] == '/' && !flags) return unlink(path);
    REAL("unlinkat", int, int, const char *, int);
    return real(at, path, flags);
}
