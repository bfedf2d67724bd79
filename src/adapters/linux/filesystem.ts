/** A filesystem is opened, configured and made: the mount calls of Linux 5.2 and later. */
import { closeSync, readSync } from "node:fs";
import { ErrorCode, ImageError } from "../../host/errors.ts";
import {
  AT_FDCWD,
  FSCONFIG_CMD_CREATE,
  FSCONFIG_CMD_RECONFIGURE,
  FSCONFIG_SET_FLAG,
  FSCONFIG_SET_STRING,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  FSPICK_CLOEXEC,
  FSPICK_SYMLINK_NOFOLLOW,
  fsconfig,
  fsmount,
  fsopen,
  fspick,
  SYS_fsconfig,
  SYS_fsmount,
  SYS_fsopen,
  SYS_fspick,
} from "./libc.ts";
import type { MountOptions } from "./mount-options.ts";
import { checked, failure, onThread } from "./system-call.ts";

/** The longest text that fsconfig(2) takes for a value: Linux, fs/fsopen.c. Bytes. */
export const MAX_VALUE_LENGTH = 255;

/** A filesystem that is not mounted yet, or one that is to change. Each step throws what the kernel says of it. */
export class FilesystemContext {
  private constructor(
    private readonly file: number,
    private readonly subject: string,
  ) {}

  /** @param subject  what messages begin with */
  static async open(type: string, subject: string): Promise<FilesystemContext> {
    const file = await onThread(fsopen, SYS_fsopen, type, FSOPEN_CLOEXEC);
    return new FilesystemContext(checked(`${subject}: ${type}`, file), subject);
  }

  /** Of what is mounted on `target`. */
  static async pick(target: string, subject: string): Promise<FilesystemContext> {
    const file = await onThread(fspick, SYS_fspick, AT_FDCWD, target, FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW);
    return new FilesystemContext(checked(subject, file), subject);
  }

  /** @param value  none for a flag */
  async set(key: string, value?: string): Promise<void> {
    const length = Buffer.byteLength(value ?? "");
    if (length > MAX_VALUE_LENGTH) {
      const message = `${this.subject}: ${key} has ${length} bytes, and the kernel takes ${MAX_VALUE_LENGTH}`;
      throw new ImageError(ErrorCode.InvalidArgument, message);
    }
    const command = value === undefined ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
    await this.configure(command, key, value ?? null);
  }

  async setAll({ flags, data }: Pick<MountOptions, "flags" | "data">): Promise<void> {
    for (const flag of flags) await this.set(flag);
    for (const [key, value] of data) await this.set(key, value);
  }

  /** @returns the mount, as an open file: it is in no place yet, and goes if it is closed */
  async mount(attributes: number): Promise<number> {
    await this.configure(FSCONFIG_CMD_CREATE, null, null);
    const mounted = await onThread(fsmount, SYS_fsmount, this.file, FSMOUNT_CLOEXEC, attributes);
    if (mounted < 0) throw this.failed(mounted);
    return mounted;
  }

  async reconfigure(): Promise<void> {
    await this.configure(FSCONFIG_CMD_RECONFIGURE, null, null);
  }

  close(): void {
    closeSync(this.file);
  }

  private async configure(command: number, key: string | null, value: string | null): Promise<void> {
    const result = await onThread(fsconfig, SYS_fsconfig, this.file, command, key, value, 0);
    if (result < 0) throw this.failed(result, value === null ? "" : `: ${key}=${value}`);
  }

  private failed(result: number, step = ""): ImageError {
    return failure(`${this.subject}${step}`, result, readMessages(this.file));
  }
}

/** What the kernel has to say of the last step: a line for each read, such as "e ext4: Unknown parameter 'x'". */
function readMessages(file: number): string {
  const messages: string[] = [];
  const line = Buffer.alloc(4096);
  try {
    for (;;) messages.push(line.toString("utf8", 2, readSync(file, line)).trim());
  } catch {
    return messages.join("; "); // ENODATA: there are no more
  }
}
