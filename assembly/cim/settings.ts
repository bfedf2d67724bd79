/** What is asked of an image beside its tree. */
import { Profile } from "./profile";

export class CimSettings {
  profile: Profile = new Profile();
  /** 16 bytes, in Windows's order; 0: made of content and name. */
  guid: usize = 0;
  /** Bytes that are mixed into a GUID that is made. */
  name: usize = 0;
  nameLength: u32 = 0;
  /** Of a fork: the parent's. */
  lineage: Lineage | null = null;
}

/** What a fork has from its parent. */
export class Lineage {
  /** RegionSets, the oldest first. */
  sets: usize = 0;
  setCount: u32 = 0;
  /** Region offset of its upcase table. */
  upcasePlace: u64 = 0;
}
