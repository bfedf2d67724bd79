/** Order and sameness of names of Windows: by the upper case of each unit of UTF-16. */

/** Upper case of a unit. @param upcase  65,536 u16 */
// @ts-ignore: decorator
@inline
export function upperCase(upcase: usize, unit: u32): u32 {
  return load<u16>(upcase + 2 * <usize>unit);
}

/** Below zero if the first name comes first; 0: they are one name but for case. */
export function compareNames(upcase: usize, a: usize, aUnits: u32, b: usize, bUnits: u32): i32 {
  const units = min(aUnits, bUnits);
  for (let i: u32 = 0; i < units; i++) {
    const one = load<u16>(a + 2 * i);
    const other = load<u16>(b + 2 * i);
    if (one == other) continue;
    const order = <i32>upperCase(upcase, one) - <i32>upperCase(upcase, other);
    if (order != 0) return order;
  }
  return <i32>aUnits - <i32>bUnits;
}
