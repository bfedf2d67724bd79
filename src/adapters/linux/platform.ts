/** Linux, as the host wants it. */
import type {
  Ability,
  CopyRange,
  DataAfter,
  FileCalls,
  LockFile,
  Mounter,
  Platform,
  SendDatagram,
} from "../../host/platform.ts";
import { hasKoffi } from "../koffi.ts";

export const linux: Platform = {
  worthCopying: 256 * 1024 ** 2, // a smaller layer is done before koffi is loaded

  async copyRange(): Promise<CopyRange | undefined> {
    if (!(await hasKoffi())) return undefined;
    const { copy_file_range } = await import("./libc.ts");
    return (source, sourceAt, target, targetAt, length) =>
      Math.max(0, Number(copy_file_range(source, [sourceAt], target, [targetAt], length, 0)));
  },

  async dataAfter(): Promise<DataAfter | undefined> {
    if (!(await hasKoffi())) return undefined;
    const { ENXIO, errno, lseek, SEEK_DATA } = await import("./libc.ts");
    return (file, at) => {
      const data = Number(lseek(file, at, SEEK_DATA));
      if (data >= 0) return data;
      return errno() === ENXIO ? undefined : at;
    };
  },

  async lockFile(): Promise<LockFile | undefined> {
    if (!(await hasKoffi())) return undefined;
    const { EAGAIN, flock, LOCK } = await import("./libc.ts");
    const { atOnce, checked } = await import("./system-call.ts");
    return (file, shared) => {
      const result = atOnce(flock, file, (shared ? LOCK.SHARED : LOCK.EXCLUSIVE) | LOCK.NOT_BLOCKING);
      return result !== -EAGAIN && checked("lock a file", result) === 0;
    };
  },

  async mounter(): Promise<Mounter | undefined> {
    return (await hasKoffi()) ? (await import("./mount.ts")).mounter : undefined;
  },

  async overlayOptions(): Promise<readonly string[]> {
    return (await import("./overlay-options.ts")).overlayOptions();
  },

  async fileCalls(): Promise<FileCalls | undefined> {
    return (await hasKoffi()) ? (await import("./file-calls.ts")).fileCalls : undefined;
  },

  async sendDatagram(): Promise<SendDatagram | undefined> {
    return (await hasKoffi()) ? (await import("./datagram.ts")).sendDatagram : undefined;
  },

  async abilities(): Promise<readonly Ability[]> {
    return (await import("./abilities.ts")).linuxAbilities();
  },
};
