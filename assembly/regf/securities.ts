/** The security descriptors of a hive that is written: each stands there once, and knows how many keys have it. */
import { DIGEST_SIZE, sha256 } from "../bytes/sha256";
import { IdTable } from "../tree/id-table";
import { Bins } from "./bins";
import { NOWHERE, Security, SECURITY_SIZE, Signature } from "./format";

const digest = memory.data(32, 8);

export class Securities {
  /** Cells by the digest of their descriptors, and by the address of the descriptor they were made of. */
  private byContent: IdTable = new IdTable();
  private byAddress: IdTable = new IdTable();
  private first: u32 = NOWHERE;
  private last: u32 = NOWHERE;

  constructor(private bins: Bins) {}

  /**
   * The cell of a descriptor, for one key more.
   *
   * @param from  must not move or change as long as descriptors come
   */
  use(from: usize, size: u32): u32 {
    let cell = <u32>this.byAddress.get(from);
    if (cell == 0) {
      cell = this.find(from, size);
      this.byAddress.set(from, cell);
    }
    this.security(cell).references++;
    return cell;
  }

  private find(from: usize, size: u32): u32 {
    sha256(from, size, digest);
    const id = load<u64>(digest) | 1; // 0 is no id
    const known = <u32>this.byContent.get(id);
    if (known != 0 && this.holds(known, from, size)) return known;
    const cell = this.add(from, size);
    this.byContent.set(id, cell);
    return cell;
  }

  private holds(cell: u32, from: usize, size: u32): bool {
    const security = this.security(cell);
    if (security.descriptorSize != size) return false;
    return memory.compare(changetype<usize>(security) + SECURITY_SIZE, from, size) == 0;
  }

  /** Puts it at the end of the ring. */
  private add(from: usize, size: u32): u32 {
    const cell = this.bins.take(SECURITY_SIZE + size);
    if (this.first == NOWHERE) this.first = this.last = cell;
    const security = this.security(cell);
    security.signature = <u16>Signature.Security;
    security.next = this.first;
    security.previous = this.last;
    security.descriptorSize = size;
    memory.copy(changetype<usize>(security) + SECURITY_SIZE, from, size);
    this.security(this.last).next = cell;
    this.security(this.first).previous = cell;
    this.security(cell).next = this.first;
    this.last = cell;
    return cell;
  }

  private security(cell: u32): Security {
    return changetype<Security>(this.bins.at(cell));
  }
}

if (DIGEST_SIZE != 32) ERROR("regf: room for a digest");
