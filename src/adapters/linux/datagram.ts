/** Datagrams between processes of this machine, which Node has no call for. Source: unix(7), sendto(2). */
import { closeSync } from "node:fs";
import { AF_UNIX, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_DGRAM, sendto, socket } from "./libc.ts";
import { atOnce, checked } from "./system-call.ts";

/** As `SendDatagram` says. */
export function sendDatagram(address: string, bytes: Uint8Array): void {
  const subject = `datagram to ${address.replace("\0", "@")}`;
  const name = socketName(address);
  const file = checked(subject, atOnce(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  try {
    checked(subject, atOnce(sendto, file, bytes, bytes.length, MSG_NOSIGNAL, name, name.length));
  } finally {
    closeSync(file);
  }
}

/** struct sockaddr_un up to the end of its path: of a name behind a zero each byte counts, and no zero follows. */
function socketName(address: string): Uint8Array {
  return Buffer.concat([new Uint8Array(Uint16Array.of(AF_UNIX).buffer), Buffer.from(address)]);
}
