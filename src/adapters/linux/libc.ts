/** The libc calls we make, as their man pages declare them. No logic here. */
import koffi from "koffi";

const libc = koffi.load(null); // the one that Node itself is linked to, glibc or musl

/** copy_file_range(2). koffi has no ssize_t. */
export const copy_file_range = libc.func(
  "intptr_t copy_file_range(int fd_in, _Inout_ int64_t *off_in, int fd_out, _Inout_ int64_t *off_out, size_t size, unsigned int flags)",
);

/** lseek(2) */
export const lseek = libc.func("int64_t lseek(int fd, int64_t offset, int whence)");
export const SEEK_DATA = 3;

export const errno = (): number => koffi.errno();
export const { ENXIO } = koffi.os.errno;
