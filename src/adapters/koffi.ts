/** Whether calls of the system can be made at all. */

/** koffi is an optional dependency: it may have no build for this machine. Loading it takes 10 ms, so not before it is needed. */
export async function hasKoffi(): Promise<boolean> {
  try {
    await import("koffi");
    return true;
  } catch {
    return false;
  }
}
