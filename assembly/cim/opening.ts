/**
 * A CIM that is being opened: its header says which regions it needs, and these are handed in one by one.
 *
 *     const opening = new Opening(source);               // of <name>.cim
 *     opening.nameOf(index)  opening.addRegion(index, source)…
 *     const reader = opening.reader();
 */
import { ErrorCode } from "../abi";
import { allocate } from "../bytes/memory";
import { fail } from "../host";
import { Source } from "../source";
import { CimReader } from "./reader";
import { Header, openRegion } from "./reading/header";
import { Regions } from "./reading/regions";

/** Room for the name of a region, with a zero behind it. */
const NAME_SIZE: u32 = 64;

export class Opening {
  readonly header: Header;
  readonly regions: Regions;
  private name: usize = allocate(NAME_SIZE);

  /** @fails Unsupported  it is no CIM, or of a version that is not known; Corrupt */
  constructor(source: Source) {
    const header = new Header(source);
    this.header = header;
    this.regions = new Regions(header.regionCount, header.struct.majorVersion);
  }

  /** Regions that the image needs, those of its parents first. */
  get regionCount(): u32 {
    return this.header.regionCount;
  }

  /**
   * Puts `<guid>_<n>` into memory, with a zero behind it: a region stands in a file of that name behind `region_`.
   *
   * @returns its address
   */
  nameOf(index: u32): usize {
    this.assertHas(index);
    const text = this.header.nameOf(index);
    String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, this.name, true);
    return this.name;
  }

  /** Each once, before `reader`. @fails Corrupt, Unsupported */
  addRegion(index: u32, source: Source): void {
    this.assertHas(index);
    openRegion(source, index);
    this.regions.add(index, source);
  }

  /** @fails Corrupt, Unsupported */
  reader(): CimReader {
    return new CimReader(this.header, this.regions);
  }

  private assertHas(index: u32): void {
    if (index >= this.regionCount) fail(ErrorCode.InvalidArgument, `image: no region ${index} of ${this.regionCount}`);
  }
}
