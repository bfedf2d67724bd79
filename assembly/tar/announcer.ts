/** An entry of which all is known but its data, on its way to the listener. */
import { ErrorCode } from "../abi";
import { fail } from "../host";
import { Entry, EntryListener } from "../tree/entry";
import { Records } from "../tree/record";
import { AttributeCollector } from "./attributes";
import { TarRules } from "./rules";

export class Announcer {
  /** Entries handed on. */
  entries: u64 = 0;
  private attributes: AttributeCollector = new AttributeCollector();

  /** @param maxPathLength  bytes that a name or target may have */
  constructor(private listener: EntryListener, private maxPathLength: u32, private rules: TarRules) {}

  /**
   * Hands `entry` on, with the attributes that its records tell.
   *
   * @returns whether its data is wanted
   * @fails OutOfRange  its name or target is longer than the limit; and as the listener does
   */
  announce(entry: Entry, records: Records, headerAt: u64): bool {
    const longest = max(entry.nameLength, entry.linkLength);
    if (longest > this.maxPathLength) {
      fail(ErrorCode.OutOfRange, `tar: header at ${headerAt}: path of ${longest} bytes, past the limit of ${this.maxPathLength}`);
    }
    if (this.rules == TarRules.Go) this.attributes.collect(records);
    else this.attributes.collectAll(records);
    entry.records = records;
    entry.attributes = this.attributes.at;
    entry.attributeCount = this.attributes.count;
    this.entries++;
    return this.listener.entry(entry);
  }
}
