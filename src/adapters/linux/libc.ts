/** The libc calls we make, as their man pages declare them. No logic here. */
import koffi from "koffi";

const libc = koffi.load(null); // the one that Node itself is linked to, glibc or musl

/** A call that is declared here. Those that may wait for a disk are made by `onThread`. */
export type Call = ReturnType<typeof libc.func>;

/** copy_file_range(2). koffi has no ssize_t. */
export const copy_file_range = libc.func(
  "intptr_t copy_file_range(int fd_in, _Inout_ int64_t *off_in, int fd_out, _Inout_ int64_t *off_out, size_t size, unsigned int flags)",
);

/** lseek(2) */
export const lseek = libc.func("int64_t lseek(int fd, int64_t offset, int whence)");
export const SEEK_DATA = 3;

/** flock(2) */
export const flock = libc.func("int flock(int fd, int operation)");
export const LOCK = { SHARED: 1, EXCLUSIVE: 2, NOT_BLOCKING: 4 };

/** mount(2) */
export const mount = libc.func(
  "int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)",
);
export const MS = { RDONLY: 1, SYNCHRONOUS: 1 << 4, MANDLOCK: 1 << 6, DIRSYNC: 1 << 7, LAZYTIME: 1 << 25 };
/** For the propagation of mount_setattr(2). */
export const MS_PROPAGATION = { UNBINDABLE: 1 << 17, PRIVATE: 1 << 18, SLAVE: 1 << 19, SHARED: 1 << 20 };

/** umount2(2) */
export const umount2 = libc.func("int umount2(const char *target, int flags)");
export const MNT_DETACH = 2;
export const UMOUNT_NOFOLLOW = 8;

// The newer mount calls have wrappers in glibc since 2.36 and in musl none, so they go by number. All architectures that Node
// runs on share these numbers.
export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_EMPTY_PATH = 0x1000;
export const AT_RECURSIVE = 0x8000;
const O_CLOEXEC = 0o2000000;

/** open_tree(2) */
export const SYS_open_tree = 428;
export const open_tree = libc.func("long syscall(long number, int dirfd, const char *path, unsigned int flags)");
export const OPEN_TREE_CLONE = 1;
export const OPEN_TREE_CLOEXEC = O_CLOEXEC;

/** move_mount(2) */
export const SYS_move_mount = 429;
export const move_mount = libc.func(
  "long syscall(long number, int from_dirfd, const char *from_path, int to_dirfd, const char *to_path, unsigned int flags)",
);
export const MOVE_MOUNT_F_EMPTY_PATH = 4;

/** fsopen(2) */
export const SYS_fsopen = 430;
export const fsopen = libc.func("long syscall(long number, const char *type, unsigned int flags)");
export const FSOPEN_CLOEXEC = 1;

/** fsconfig(2), with text for a value */
export const SYS_fsconfig = 431;
export const fsconfig = libc.func(
  "long syscall(long number, int fd, unsigned int command, const char *key, const char *value, int aux)",
);
export const FSCONFIG_SET_FLAG = 0;
export const FSCONFIG_SET_STRING = 1;
export const FSCONFIG_CMD_CREATE = 6;
export const FSCONFIG_CMD_RECONFIGURE = 7;

/** fsmount(2) */
export const SYS_fsmount = 432;
export const fsmount = libc.func("long syscall(long number, int fd, unsigned int flags, unsigned int attributes)");
export const FSMOUNT_CLOEXEC = 1;

/** fspick(2) */
export const SYS_fspick = 433;
export const fspick = libc.func("long syscall(long number, int dirfd, const char *path, unsigned int flags)");
export const FSPICK_CLOEXEC = 1;
export const FSPICK_SYMLINK_NOFOLLOW = 2;

/** mount_setattr(2) */
export const SYS_mount_setattr = 442;
export const mount_setattr = libc.func(
  "long syscall(long number, int dirfd, const char *path, unsigned int flags, const void *attr, size_t size)",
);
/** Attributes of a mount; ATIME is the mask of those that exclude one another. */
export const MOUNT_ATTR = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  ATIME: 0x70,
  RELATIME: 0x00,
  NOATIME: 0x10,
  STRICTATIME: 0x20,
  NODIRATIME: 0x80,
  NOSYMFOLLOW: 0x200000,
};

/** ioctl(2), with a number for an argument, or a struct */
export const ioctl = libc.func("int ioctl(int fd, unsigned long request, unsigned long argument)");
export const ioctlStruct = libc.func("int ioctl(int fd, unsigned long request, void *argument)");
/** loop(4); its device numbers are those of Linux's Documentation/admin-guide/devices.txt. */
export const LOOP_CTL_GET_FREE = 0x4c82;
export const LOOP_CONFIGURE = 0x4c0a;
export const LOOP_MAJOR = 7;
export const LO_FLAGS = { READ_ONLY: 1, AUTOCLEAR: 4, DIRECT_IO: 16 };

/** listxattr(2), getxattr(2), setxattr(2): of a symbolic link itself */
export const llistxattr = libc.func("intptr_t llistxattr(const void *path, _Out_ void *list, size_t size)");
export const lgetxattr = libc.func(
  "intptr_t lgetxattr(const void *path, const void *name, _Out_ void *value, size_t size)",
);
export const lsetxattr = libc.func(
  "int lsetxattr(const void *path, const void *name, const void *value, size_t size, int flags)",
);

/** mknod(2). Declared when asked for: glibc exports it since 2.33 only. */
export const declareMknod = () => libc.func("int mknod(const void *path, unsigned int mode, uint64_t device)");

/** socket(2) */
export const socket = libc.func("int socket(int domain, int type, int protocol)");
export const AF_UNIX = 1;
export const SOCK_DGRAM = 2;
export const SOCK_CLOEXEC = O_CLOEXEC;

/** sendto(2) */
export const sendto = libc.func(
  "intptr_t sendto(int sockfd, const void *buf, size_t size, int flags, const void *dest_addr, unsigned int addrlen)",
);
export const MSG_NOSIGNAL = 0x4000;

export const errno = (): number => koffi.errno();
/** Numbers by their names. */
export const ERRNO = koffi.os.errno as Readonly<Record<string, number>>;
export const { EAGAIN, EBUSY, EINVAL, ENODATA, ENOENT, ENXIO, EOPNOTSUPP } = ERRNO as Record<
  "EAGAIN" | "EBUSY" | "EINVAL" | "ENODATA" | "ENOENT" | "ENXIO" | "EOPNOTSUPP",
  number
>;
