/* Preloaded into the program under test: tells a log of everything that is done
 * to files below the directory where the process starts, in one order over all
 * threads and processes, so that a test can say what a disk would hold had the
 * power gone at any moment.
 *
 *   POWER_LOG   the log; records are appended whole, also by the test itself
 *   POWER_FUSE  while a file of this name exists, the process dies (SIGKILL)
 *               instead of its next fsync
 *
 * Record: size of the payload u32, kind u32, inode u64, number u64, payload.
 *
 *   B begin     inode of the directory          C created file   M made directory
 *   W write     number = offset, octets         T new size       G size at least
 *   U unlinked or removed                       R renamed, "from\0to"   L linked, same
 *   S sync begins, number = which               E it ended well, number = which
 *   ? something that the test cannot replay
 *
 * What is changed is logged under a lock that is held over the call, so that
 * whatever was logged before a sync began had been done by then.
 * sync_file_range is left out on purpose: it makes nothing durable.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static int log_fd = -1;
static char root[PATH_MAX];
static uint64_t syncs;

/* A disk of the field: slow enough that contacts share an fsync. */
#define SYNC_MICROSECONDS 4000

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

/* The log goes by system call: the functions of its name are the ones below. */
static void note_two(uint32_t kind, uint64_t inode, uint64_t number, const struct iovec *parts, int count) {
    struct { uint32_t size, kind; uint64_t inode, number; } head = {0, kind, inode, number};
    struct iovec all[count + 1];
    size_t size = 0;
    for (int i = 0; i < count; i++) size += parts[i].iov_len, all[i + 1] = parts[i];
    head.size = (uint32_t)size;
    all[0] = (struct iovec){&head, sizeof head};
    if (syscall(SYS_writev, log_fd, all, count + 1) != (long)(size + sizeof head)) abort();
}

static void note(uint32_t kind, uint64_t inode, uint64_t number, const char *text) {
    struct iovec part = {(void *)text, strlen(text)};
    note_two(kind, inode, number, &part, 1);
}

static void note_pair(uint32_t kind, const char *from, const char *to) {
    struct iovec parts[2] = {{(void *)from, strlen(from) + 1}, {(void *)to, strlen(to)}};
    note_two(kind, 0, 0, parts, 2);
}

__attribute__((constructor)) static void begin(void) {
    struct stat st;
    const char *path = getenv("POWER_LOG");
    if (!path || !getcwd(root, sizeof root)) return;
    log_fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
    if (log_fd < 0 || stat(root, &st)) abort();
    note('B', st.st_ino, 0, "");
}

/* At the end of a process no other thread may be in the midst of a record, or
 * between a record and its write: it would be logged in part, or not be done. */
__attribute__((destructor)) static void end(void) { pthread_mutex_lock(&lock); }

/* The path below the directory, or nothing if it leads elsewhere. */
static const char *below(const char *path) {
    size_t length = strlen(root);
    if (strncmp(path, root, length)) return NULL;
    return path[length] == '/' ? path + length + 1 : path[length] ? NULL : path + length;
}

static const char *name_of(int fd, char *space) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, space, PATH_MAX - 1);
    if (length < 0) return NULL;
    space[length] = 0;
    return below(space);
}

/* An open file or directory of ours. */
static int ours(int fd, struct stat *st) {
    char space[PATH_MAX];
    if (log_fd < 0 || fstat(fd, st) || !(S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))) return 0;
    return name_of(fd, space) != NULL;
}

/* The same for a path; the last part need not exist. `space` takes 2 * PATH_MAX. */
static const char *ours_at(int dir, const char *path, char *space) {
    char *given = space + PATH_MAX, *slash;
    if (log_fd < 0 || !path) return NULL;
    if (path[0] == '/' || dir == AT_FDCWD) {
        snprintf(given, PATH_MAX, "%s", path);
    } else {
        char base[PATH_MAX];
        if (!name_of(dir, base)) return NULL;
        if (snprintf(given, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return NULL;
    }
    for (size_t n = strlen(given); n > 1 && given[n - 1] == '/'; n--) given[n - 1] = 0;
    slash = strrchr(given, '/');
    const char *last = slash ? slash + 1 : given;
    const char *parent = !slash ? "." : slash == given ? "/" : given;
    if (slash && slash != given) *slash = 0;
    if (!realpath(parent, space)) return NULL;
    size_t end = strlen(space);
    snprintf(space + end, PATH_MAX - end, "/%s", last);
    return below(space);
}

#define BEGIN int kept; pthread_mutex_lock(&lock)
#define END kept = errno; pthread_mutex_unlock(&lock); errno = kept

static int opening(int dir, const char *path, int flags, mode_t mode) {
    char space[2 * PATH_MAX];
    struct stat st;
    const char *name = flags & (O_CREAT | O_TRUNC | O_DSYNC) ? ours_at(dir, path, space) : NULL;
    if (!name) return (int)syscall(SYS_openat, dir, path, flags, mode);
    BEGIN;
    int there = lstat(space, &st) == 0;
    int fd = (int)syscall(SYS_openat, dir, path, flags, mode);
    kept = errno;
    if (fd >= 0 && !fstat(fd, &st)) {
        if (flags & O_DSYNC || (flags & O_TMPFILE) == O_TMPFILE) note('?', st.st_ino, 0, "open with O_SYNC, O_DSYNC or O_TMPFILE");
        else if (!there) note('C', st.st_ino, 0, name);
        else if (flags & O_TRUNC) note('T', st.st_ino, 0, "");
    }
    errno = kept;
    END;
    return fd;
}

#define MODE mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }
int open(const char *path, int flags, ...) { MODE return opening(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opening(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int dir, const char *path, int flags, ...) { MODE return opening(dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { MODE return opening(dir, path, flags | O_LARGEFILE, mode); }
int creat(const char *path, mode_t mode) { return opening(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

/* Without a position it is the file's own, or its end for one opened to append. */
static uint64_t position(int fd, const struct stat *st) {
    return fcntl(fd, F_GETFL) & O_APPEND ? (uint64_t)st->st_size : (uint64_t)lseek(fd, 0, SEEK_CUR);
}

/* Logged first: no moment may see octets on the disk that are not in the log. */
#define WRITING(at, parts, count, call) \
    struct stat st; \
    if (!ours(fd, &st)) return call; \
    BEGIN; \
    fstat(fd, &st); \
    size_t asked = 0; \
    for (int i = 0; i < (count); i++) asked += (parts)[i].iov_len; \
    note_two('W', st.st_ino, (at), (parts), (count)); \
    ssize_t done = call; \
    if (done != (ssize_t)asked) note('?', st.st_ino, 0, "a write that failed or came out short"); \
    END; \
    return done

ssize_t write(int fd, const void *from, size_t size) {
    struct iovec part = {(void *)from, size};
    WRITING(position(fd, &st), &part, 1, syscall(SYS_write, fd, from, size));
}
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
    struct iovec part = {(void *)from, size};
    WRITING((uint64_t)at, &part, 1, syscall(SYS_pwrite64, fd, from, size, at));
}
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) { return pwrite64(fd, from, size, at); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
    WRITING(position(fd, &st), parts, count, syscall(SYS_writev, fd, parts, count));
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
    WRITING((uint64_t)at, parts, count, REAL(pwritev64)(fd, parts, count, at));
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return pwritev64(fd, parts, count, at); }

/* Changes that are logged once they were made. */
#define CHANGING(name, call, told) \
    if (!(name)) return call; \
    BEGIN; \
    int done = (int)(call); \
    kept = errno; \
    if (done == 0) { told; } \
    errno = kept; \
    END; \
    return done

int ftruncate64(int fd, off64_t size) {
    struct stat st;
    CHANGING(ours(fd, &st), syscall(SYS_ftruncate, fd, size), note('T', st.st_ino, (uint64_t)size, ""));
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
int truncate64(const char *path, off64_t size) {
    char space[2 * PATH_MAX];
    struct stat st;
    CHANGING(ours_at(AT_FDCWD, path, space), syscall(SYS_truncate, path, size), stat(path, &st); note('T', st.st_ino, (uint64_t)size, ""));
}
int truncate(const char *path, off_t size) { return truncate64(path, size); }
int fallocate64(int fd, int mode, off64_t at, off64_t size) {
    struct stat st;
    CHANGING(ours(fd, &st), syscall(SYS_fallocate, fd, mode, at, size),
             mode ? note('?', st.st_ino, 0, "fallocate with a mode") : note('G', st.st_ino, (uint64_t)(at + size), ""));
}
int fallocate(int fd, int mode, off_t at, off_t size) { return fallocate64(fd, mode, at, size); }
int posix_fallocate64(int fd, off64_t at, off64_t size) { return fallocate64(fd, 0, at, size) ? errno : 0; }
int posix_fallocate(int fd, off_t at, off_t size) { return posix_fallocate64(fd, at, size); }

int mkdirat(int dir, const char *path, mode_t mode) {
    char space[2 * PATH_MAX];
    struct stat st;
    const char *name = ours_at(dir, path, space);
    CHANGING(name, syscall(SYS_mkdirat, dir, path, mode), lstat(space, &st); note('M', st.st_ino, 0, name));
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
int unlinkat(int dir, const char *path, int flags) {
    char space[2 * PATH_MAX];
    const char *name = ours_at(dir, path, space);
    CHANGING(name, syscall(SYS_unlinkat, dir, path, flags), note('U', 0, 0, name));
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) { return unlink(path) && errno == EISDIR ? rmdir(path) : 0; }

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    char one[2 * PATH_MAX], two[2 * PATH_MAX];
    const char *old = ours_at(from_dir, from, one), *new = ours_at(to_dir, to, two);
    CHANGING(old || new, syscall(SYS_renameat2, from_dir, from, to_dir, to, flags),
             if (!old || !new || flags > RENAME_NOREPLACE) note('?', 0, 0, "a rename in, out or in exchange");
             else note_pair('R', old, new));
}
int renameat(int from_dir, const char *from, int to_dir, const char *to) { return renameat2(from_dir, from, to_dir, to, 0); }
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
    char one[2 * PATH_MAX], two[2 * PATH_MAX];
    const char *old = ours_at(from_dir, from, one), *new = ours_at(to_dir, to, two);
    CHANGING(new, syscall(SYS_linkat, from_dir, from, to_dir, to, flags),
             if (!old) note('?', 0, 0, "a link to elsewhere"); else note_pair('L', old, new));
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
int symlinkat(const char *from, int dir, const char *to) {
    char space[2 * PATH_MAX];
    CHANGING(ours_at(dir, to, space), syscall(SYS_symlinkat, from, dir, to), note('?', 0, 0, "a symbolic link"));
}
int symlink(const char *from, const char *to) { return symlinkat(from, AT_FDCWD, to); }

/* inode 0 is everything. */
static int syncing(int fd, uint64_t inode, long number) {
    const char *fuse = getenv("POWER_FUSE");
    BEGIN;
    if (fuse && !access(fuse, F_OK)) kill(getpid(), SIGKILL);
    uint64_t which = (uint64_t)getpid() << 32 | ++syncs;
    note('S', inode, which, "");
    END;
    usleep(SYNC_MICROSECONDS);
    long done = syscall(number, fd);
    pthread_mutex_lock(&lock);
    kept = errno;
    if (done == 0) note('E', inode, which, "");
    END;
    return (int)done;
}
int fsync(int fd) {
    struct stat st;
    return ours(fd, &st) ? syncing(fd, st.st_ino, SYS_fsync) : (int)syscall(SYS_fsync, fd);
}
int fdatasync(int fd) {
    struct stat st;
    return ours(fd, &st) ? syncing(fd, st.st_ino, SYS_fdatasync) : (int)syscall(SYS_fdatasync, fd);
}
int syncfs(int fd) {
    struct stat st;
    return ours(fd, &st) ? syncing(fd, 0, SYS_syncfs) : (int)syscall(SYS_syncfs, fd);
}
void sync(void) {
    if (log_fd < 0) syscall(SYS_sync);
    else syncing(0, 0, SYS_sync);
}

/* Ways to change a file that the log does not follow: said, so that the test fails. */
static void unknown(int fd, const char *what) {
    struct stat st;
    if (ours(fd, &st)) note('?', st.st_ino, 0, what);
}
/* Copying inside the kernel is not followed either, but can be declined: as on a kernel
   that does not have it, the program then reads and writes. */
static int declined(int fd) {
    struct stat st;
    if (!ours(fd, &st)) return 0;
    errno = ENOSYS;
    return 1;
}
ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *to_at, size_t size, unsigned flags) {
    return declined(to) ? -1 : syscall(SYS_copy_file_range, from, at, to, to_at, size, flags);
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t size) {
    return declined(to) ? -1 : syscall(SYS_sendfile, to, from, at, size);
}
ssize_t sendfile(int to, int from, off_t *at, size_t size) { return sendfile64(to, from, at, size); }
ssize_t splice(int from, off64_t *at, int to, off64_t *to_at, size_t size, unsigned flags) {
    return declined(to) ? -1 : syscall(SYS_splice, from, at, to, to_at, size, flags);
}
ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t at, int flags) {
    unknown(fd, "pwritev2");
    return REAL(pwritev2)(fd, parts, count, at, flags);
}
void *mmap64(void *where, size_t size, int how, int flags, int fd, off64_t at) {
    if (fd >= 0 && how & PROT_WRITE && flags & MAP_SHARED) unknown(fd, "a writable shared mapping");
    return (void *)syscall(SYS_mmap, where, size, how, flags, fd, at);
}
void *mmap(void *where, size_t size, int how, int flags, int fd, off_t at) { return mmap64(where, size, how, flags, fd, at); }
