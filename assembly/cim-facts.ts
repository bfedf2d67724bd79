/** What a CIM says of itself, in numbers. */
import { CimFact, ErrorCode } from "./abi";
import { CimReader } from "./cim/reader";
import { fail } from "./host";

/** @fails InvalidArgument  no such fact */
export function cimFactOf(reader: CimReader, what: CimFact): u64 {
  switch (what) {
    case CimFact.MajorVersion:
      return reader.header.struct.majorVersion;
    case CimFact.MinorVersion:
      return reader.header.struct.minorVersion;
    case CimFact.Regions:
      return reader.header.regionCount;
    case CimFact.RegionSets:
      return reader.header.setCount;
    case CimFact.FileTables:
      return reader.tables.tableCount;
    case CimFact.Records:
      return reader.tables.recordCount;
    case CimFact.RegionBytes:
      return reader.regions.totalSize;
    default:
      fail(ErrorCode.InvalidArgument, `reader: no fact ${what}`);
      return 0;
  }
}
