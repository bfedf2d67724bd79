/** What a caller asks for, as numbers and bytes under the numbers of an enum of abi.ts. */
import { ErrorCode } from "./abi";
import { allocate } from "./bytes/memory";
import { fail } from "./host";

/** The longest option: a salt, or the name of a file. */
const MAX_BYTES: u32 = 256;
/** More than there are. */
const MAX_OPTIONS: i32 = 64;

/** What is asked of an image, until it is opened. */
export class Options {
  /** Numbers, or addresses of bytes. */
  private values: StaticArray<u64> = new StaticArray<u64>(MAX_OPTIONS);
  private lengths: StaticArray<u32> = new StaticArray<u32>(MAX_OPTIONS);

  /** @fails InvalidArgument  no such option */
  set(option: i32, value: u64): void {
    if (option <= 0 || option >= MAX_OPTIONS) fail(ErrorCode.InvalidArgument, `options: no option ${option}`);
    this.values[option] = value;
  }

  /** Takes a copy of `length` bytes at `from`, up to 256. @fails InvalidArgument  no such option */
  setBytes(option: i32, from: usize, length: u32): void {
    if (length > MAX_BYTES) fail(ErrorCode.InvalidArgument, `options: ${length} bytes for option ${option}`);
    const copy = allocate(MAX_BYTES);
    memory.copy(copy, from, length);
    this.set(option, copy);
    this.lengths[option] = length;
  }

  /** Bytes of an option that `setBytes` set. */
  lengthOf(option: i32): u32 {
    return this.lengths[option];
  }

  isSet(option: i32): bool {
    return this.values[option] != 0;
  }

  valueOf(option: i32, otherwise: u64): u64 {
    const value = this.values[option];
    return value != 0 ? value : otherwise;
  }
}
