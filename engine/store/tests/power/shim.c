/* Journals what a process does to the files of one folder, for tests/suite/power.rs.
 *
 * FORMWORK_POWER_ROOT     the folder (absolute)
 * FORMWORK_POWER_JOURNAL  where to write the journal
 * FORMWORK_POWER_ACK      a file outside the folder; what is written to it is journaled as acknowledged
 * FORMWORK_POWER_IGNORE   if set, an fsync of a file whose path ends so does not count (and is not done)
 *
 * Every operation and its record happen under one lock, so the journal is the order in which they happened.
 * Files are known by an id of our own, because inode numbers are used again. sync_file_range is not journaled:
 * it promises nothing. Folders are journaled as whole listings, which also shows renames that some crates do
 * with raw system calls.
 *
 * A record: u8 kind, u64 id, u64 a, u64 length, then that many bytes; little-endian.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE = 2, FSYNC = 3, LIST = 4, ACK = 5 };
#define MAX_FILES 65536
#define MAX_PATH 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *root, *ack, *ignore;
static int journal = -1;
static dev_t device;
static ino_t ack_inode;
static struct { ino_t inode; uint64_t id; } known[MAX_FILES];
static size_t known_count;
static uint64_t next_id = 1;

static void die(const char *what) {
    fprintf(stderr, "power shim: %s: %s\n", what, strerror(errno));
    _exit(97);
}

static void put(const void *bytes, size_t length) {
    const char *from = bytes;
    while (length > 0) {
        long n = syscall(SYS_write, journal, from, length);
        if (n < 0) die("journal");
        from += n;
        length -= (size_t)n;
    }
}

static void record(uint8_t kind, uint64_t id, uint64_t a, const void *bytes, uint64_t length) {
    char head[25];
    head[0] = (char)kind;
    memcpy(head + 1, &id, 8);
    memcpy(head + 9, &a, 8);
    memcpy(head + 17, &length, 8);
    put(head, sizeof head);
    if (length > 0) put(bytes, length);
}

static size_t find(ino_t inode) {
    size_t i = 0;
    while (i < known_count && known[i].inode != inode) i++;
    return i;
}

/* The id of a file; a new one if the file is new. */
static uint64_t identify(ino_t inode, int is_new) {
    size_t i = find(inode);
    if (i == known_count) {
        if (known_count == MAX_FILES) die("too many files");
        known[known_count++].inode = inode;
        is_new = 1;
    }
    if (is_new) known[i].id = next_id++;
    return known[i].id;
}

static int inside(const char *path) {
    size_t length = strlen(root);
    return strncmp(path, root, length) == 0 && (path[length] == 0 || path[length] == '/');
}

/* The absolute path of `path` relative to the open folder `at`; 0 if it can't be told. */
static int absolute(int at, const char *path, char *out) {
    if (path[0] == '/' || at == AT_FDCWD) return snprintf(out, MAX_PATH, "%s", path) < MAX_PATH;
    char link[64], folder[MAX_PATH];
    snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    ssize_t n = readlink(link, folder, sizeof folder - 1);
    if (n < 0) return 0;
    folder[n] = 0;
    return snprintf(out, MAX_PATH, "%s/%s", folder, path) < MAX_PATH;
}

static void list(const char *folder, int durable) {
    struct stat self, entry;
    if (stat(folder, &self) != 0) return;
    DIR *dir = opendir(folder);
    if (!dir) return;
    size_t room = 1 << 16, length = 0;
    char *bytes = malloc(room);
    struct dirent *found;
    while ((found = readdir(dir))) {
        if (!strcmp(found->d_name, ".") || !strcmp(found->d_name, "..")) continue;
        if (fstatat(dirfd(dir), found->d_name, &entry, AT_SYMLINK_NOFOLLOW) != 0) continue;
        uint16_t name = (uint16_t)strlen(found->d_name);
        uint64_t id = identify(entry.st_ino, 0);
        if (length + name + 11 > room) bytes = realloc(bytes, room *= 2);
        bytes[length++] = S_ISDIR(entry.st_mode) ? 1 : 0;
        memcpy(bytes + length, &id, 8);
        memcpy(bytes + length + 8, &name, 2);
        memcpy(bytes + length + 10, found->d_name, name);
        length += 10 + name;
    }
    closedir(dir);
    record(LIST, identify(self.st_ino, 0), (uint64_t)durable, bytes, length);
    free(bytes);
}

static void list_parent(const char *path) {
    char folder[MAX_PATH];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash) return;
    *slash = 0;
    if (inside(folder)) list(folder, 0);
}

__attribute__((constructor)) static void start(void) {
    root = getenv("FORMWORK_POWER_ROOT");
    ack = getenv("FORMWORK_POWER_ACK");
    ignore = getenv("FORMWORK_POWER_IGNORE");
    const char *path = getenv("FORMWORK_POWER_JOURNAL");
    if (!root || !ack || !path) return;
    struct stat self;
    if (stat(root, &self) != 0) die(root);
    device = self.st_dev;
    journal = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (journal < 0) die(path);
    list(root, 1);
}

/* The id of an open file, or 0 if it is not in the folder. */
static uint64_t id_of(int fd, struct stat *self) {
    if (journal < 0 || fstat(fd, self) != 0 || self->st_dev != device) return 0;
    size_t i = find(self->st_ino);
    return i == known_count ? 0 : known[i].id;
}

static int open_at(int at, const char *path, int flags, mode_t mode) {
    char full[MAX_PATH];
    struct stat self;
    if (journal < 0 || !absolute(at, path, full)) return (int)syscall(SYS_openat, at, path, flags, mode);
    pthread_mutex_lock(&lock);
    int existed = stat(full, &self) == 0;
    int fd = (int)syscall(SYS_openat, at, path, flags, mode);
    int error = errno;
    if (fd >= 0 && fstat(fd, &self) == 0) {
        if (!strcmp(full, ack)) ack_inode = self.st_ino;
        if (inside(full)) {
            uint64_t id = identify(self.st_ino, !existed);
            if (!existed) list_parent(full);
            else if (flags & O_TRUNC) record(TRUNCATE, id, 0, NULL, 0);
        }
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return fd;
}

#define MODE(flags, last) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, last); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) { MODE(flags, flags) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags, flags) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags, flags) return open_at(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags, flags) return open_at(at, path, flags, mode); }
int creat(const char *path, mode_t mode) { return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

static void wrote(int fd, uint64_t offset, const struct iovec *parts, int count, ssize_t total) {
    struct stat self;
    uint64_t id = id_of(fd, &self);
    int acknowledges = id == 0 && self.st_ino == ack_inode && ack_inode != 0;
    if (id == 0 && !acknowledges) return;
    for (int i = 0; i < count && total > 0; i++) {
        size_t length = parts[i].iov_len < (size_t)total ? parts[i].iov_len : (size_t)total;
        record(acknowledges ? ACK : WRITE, id, offset, parts[i].iov_base, length);
        offset += length;
        total -= (ssize_t)length;
    }
}

static ssize_t write_parts(int fd, const struct iovec *parts, int count) {
    if (journal < 0) return syscall(SYS_writev, fd, parts, count);
    pthread_mutex_lock(&lock);
    ssize_t n = syscall(SYS_writev, fd, parts, count);
    int error = errno;
    /* Also right for files opened to append: the position is then behind what was written. */
    if (n > 0) wrote(fd, (uint64_t)(lseek(fd, 0, SEEK_CUR) - n), parts, count, n);
    pthread_mutex_unlock(&lock);
    errno = error;
    return n;
}

static ssize_t write_parts_at(int fd, const struct iovec *parts, int count, off_t offset) {
    pthread_mutex_lock(&lock);
    ssize_t n = syscall(SYS_pwritev, fd, parts, count, offset, 0);
    int error = errno;
    if (n > 0 && journal >= 0) wrote(fd, (uint64_t)offset, parts, count, n);
    pthread_mutex_unlock(&lock);
    errno = error;
    return n;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    struct iovec part = {(void *)bytes, length};
    return write_parts(fd, &part, 1);
}
ssize_t writev(int fd, const struct iovec *parts, int count) { return write_parts(fd, parts, count); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    struct iovec part = {(void *)bytes, length};
    return write_parts_at(fd, &part, 1, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return pwrite(fd, bytes, length, offset); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    return write_parts_at(fd, parts, count, offset);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    return write_parts_at(fd, parts, count, offset);
}

static int resize(int fd, off_t length) {
    struct stat self;
    pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_ftruncate, fd, length);
    int error = errno;
    uint64_t id = id_of(fd, &self);
    if (result == 0 && id) record(TRUNCATE, id, (uint64_t)length, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
int ftruncate(int fd, off_t length) { return resize(fd, length); }
int ftruncate64(int fd, off64_t length) { return resize(fd, length); }

static int allocate(int fd, int mode, off_t offset, off_t length) {
    struct stat self;
    pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_fallocate, fd, mode, offset, length);
    int error = errno;
    uint64_t id = id_of(fd, &self);
    if (result == 0 && id) record(TRUNCATE, id, (uint64_t)self.st_size, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
int fallocate(int fd, int mode, off_t offset, off_t length) { return allocate(fd, mode, offset, length); }
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return allocate(fd, mode, offset, length); }
int posix_fallocate(int fd, off_t offset, off_t length) { return allocate(fd, 0, offset, length) ? errno : 0; }
int posix_fallocate64(int fd, off64_t offset, off64_t length) { return posix_fallocate(fd, offset, length); }

static int sync_fd(long call, int fd) {
    struct stat self;
    char link[64], path[MAX_PATH];
    pthread_mutex_lock(&lock);
    uint64_t id = id_of(fd, &self);
    if (id) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof path - 1);
        path[n < 0 ? 0 : n] = 0;
        size_t length = strlen(path), end = ignore ? strlen(ignore) : 0;
        if (ignore && length >= end && !strcmp(path + length - end, ignore)) {
            pthread_mutex_unlock(&lock);
            return 0;
        }
    }
    int result = (int)syscall(call, fd);
    int error = errno;
    if (result == 0 && id) {
        if (S_ISDIR(self.st_mode)) list(path, 1);
        else record(FSYNC, id, 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
int fsync(int fd) { return sync_fd(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_fd(SYS_fdatasync, fd); }

/* After an operation on the names `first` and `second` (or none), list the folders they are in. */
static int renamed(int result, int at, const char *first, int to, const char *second) {
    int error = errno;
    char full[MAX_PATH];
    if (result == 0 && journal >= 0) {
        if (absolute(at, first, full)) list_parent(full);
        if (second && absolute(to, second, full)) list_parent(full);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int renameat2(int at, const char *from, int to, const char *name, unsigned flags) {
    pthread_mutex_lock(&lock);
    return renamed((int)syscall(SYS_renameat2, at, from, to, name, flags), at, from, to, name);
}
int renameat(int at, const char *from, int to, const char *name) { return renameat2(at, from, to, name, 0); }
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int at, const char *from, int to, const char *name, int flags) {
    pthread_mutex_lock(&lock);
    return renamed((int)syscall(SYS_linkat, at, from, to, name, flags), at, from, to, name);
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
int unlinkat(int at, const char *path, int flags) {
    pthread_mutex_lock(&lock);
    return renamed((int)syscall(SYS_unlinkat, at, path, flags), at, path, 0, NULL);
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int mkdirat(int at, const char *path, mode_t mode) {
    char full[MAX_PATH];
    struct stat self;
    pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_mkdirat, at, path, mode);
    if (result == 0 && journal >= 0 && absolute(at, path, full) && inside(full) && stat(full, &self) == 0)
        identify(self.st_ino, 1);
    return renamed(result, at, path, 0, NULL);
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
