/** The paths of files in which something was found, made at the end, for those alone. */
import { Arena, ByteBuffer } from "../../bytes/memory";
import { appendUtf8 } from "../../bytes/utf16";
import { LinkTableHeader, MAX_NAME_UNITS } from "../format";
import { CheckState } from "./check-state";
import { Seen } from "./file-states";
import { Finding } from "./findings";

/** Bytes; longer ones are not shown. */
const MAX_PATH: u32 = 4096;
const SLASH: u8 = 0x2f;

export class Paths {
  private arena: Arena = new Arena(64 * 1024);
  private path: ByteBuffer = new ByteBuffer();
  private name: ByteBuffer = new ByteBuffer();
  private units: ByteBuffer = new ByteBuffer();

  constructor(private state: CheckState) {
    this.path.reserve(MAX_PATH);
    this.units.reserve(2 * MAX_NAME_UNITS);
  }

  /** Gives the findings their paths. */
  find(): void {
    const findings = this.state.findings;
    for (let i: u32 = 0; i < findings.kept; i++) {
      const finding = findings.get(i);
      if (finding.file != 0 && this.state.hasFile(finding.file)) this.tell(finding);
    }
  }

  /** From its name up. */
  private tell(finding: Finding): void {
    const state = this.state;
    let id = finding.file;
    let at = MAX_PATH;
    if (!(state.fileOf(id).seen & Seen.Met)) return;
    if (state.fileOf(id).directory == 0) store<u8>(this.path.at + --at, SLASH);
    for (; state.fileOf(id).directory != 0; id = state.fileOf(id).directory) {
      this.readName(state.fileOf(id).directory, state.fileOf(id).entry);
      if (this.name.length + 1 > at) return;
      at -= this.name.length + 1;
      store<u8>(this.path.at + at, SLASH);
      memory.copy(this.path.at + at + 1, this.name.at, this.name.length);
    }
    finding.pathLength = MAX_PATH - at;
    finding.path = this.arena.take(finding.pathLength);
    memory.copy(finding.path, this.path.at + at, finding.pathLength);
  }

  /** Of an entry that was read before. */
  private readName(directory: u32, entry: u32): void {
    const state = this.state;
    const regions = state.regions;
    state.readRecord(directory);
    const table = state.record.dataOffset;
    const count = regions.u32At(table + offsetof<LinkTableHeader>("count"));
    const at = regions.u32At(table + offsetof<LinkTableHeader>() + 4 * <u64>count + 4 * <u64>entry);
    const units = regions.u16At(table + at);
    regions.copy(table + at + 2, this.units.at, 2 * <u32>units);
    this.name.clear();
    appendUtf8(this.units.at, units, this.name);
  }
}
