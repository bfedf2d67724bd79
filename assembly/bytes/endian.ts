/** Big-endian fields: WebAssembly is little-endian everywhere, so a swap is always right. */

// @ts-ignore: decorator
@inline
export function be<T>(value: T): T {
  return bswap<T>(value);
}
