/**
 * What the service manager is told: that the server is ready, and that it ends.
 *
 * Source: sd_notify(3), "Notes": a datagram to the socket that NOTIFY_SOCKET names.
 */
import type { Platform } from "../platform.ts";
import type { Log } from "./log.ts";

export type ServiceState = "READY=1" | "STOPPING=1";

/** Without a service manager: nothing. That it cannot be told is logged, and no more. */
export async function tellServiceManager(
  state: ServiceState,
  platform: Platform | undefined,
  log: Log,
  address: string | undefined = process.env.NOTIFY_SOCKET,
): Promise<void> {
  if (address === undefined || address === "") return;
  const send = await platform?.sendDatagram?.();
  if (send === undefined) {
    log.warn({ address, state }, "the service manager cannot be told: the package koffi is not installed");
    return;
  }
  try {
    send(address.replace(/^@/, "\0"), Buffer.from(state));
  } catch (err) {
    log.warn({ err, state }, "the service manager cannot be told");
  }
}
