/** The attributes of one entry, checked and made a set. */
import { ErrorCode } from "../../abi";
import { compareBytes, Literal } from "../../bytes/literal";
import { ByteBuffer } from "../../bytes/memory";
import { mergeSort, Order } from "../../bytes/merge-sort";
import { quote } from "../../bytes/quote";
import { fail } from "../../host";
import { Entry } from "../../tree/entry";
import { Path } from "../../tree/path";
import { OVERLAY_OPAQUE, YES } from "../../tree/whiteout";
import { setPrefix, Xattr } from "../xattr";
import { aclIsMode, aclMode, aclRoom, encodeAcl } from "./acl";
import { AttributeSet, AttributeSets, PackedAttribute, round4 } from "./attribute-set";

const MAX_NAME_LENGTH: u32 = 255;
/** The kernel's XATTR_SIZE_MAX. */
const MAX_VALUE_LENGTH: u32 = 65_536;
const TRUSTED_OVERLAY = new Literal("trusted.overlay.");
const USER_OVERLAY = new Literal("user.overlay.");

/** Numbers that stand for the start of a name: see ../xattr.ts. */
const enum Index {
  User = 1,
  AccessAcl = 2,
  DefaultAcl = 3,
  Trusted = 4,
  Security = 6,
}

export class AttributeCollector {
  private list: ByteBuffer = new ByteBuffer();
  private order: ByteBuffer = new ByteBuffer();
  private packed: ByteBuffer = new ByteBuffer();
  /** ACLs in ext4's form. It must not move while `list` points to it. */
  private acls: ByteBuffer = new ByteBuffer();
  /** Permissions that an access ACL gives; -1: there is none. */
  mode: i32 = -1;

  /** @param overlay  whether what overlayfs keeps in attributes is refused: a layer must not say where others are read */
  constructor(private sets: AttributeSets, private overlay: bool) {}

  /**
   * @param path  for messages
   * @returns the set of the entry's attributes, or null if it has none
   * @fails Corrupt  an ACL or a name that the kernel would not take; OutOfRange  a name or value past its limit;
   *        Unsupported  a namespace that ext4 does not have; FailedPrecondition  an attribute of overlayfs
   */
  collect(entry: Entry, path: Path, isDirectory: bool): AttributeSet | null {
    this.mode = -1;
    if (entry.attributeCount == 0) return null;
    this.clear();
    this.reserveAcls(entry);
    for (let i: u32 = 0; i < entry.attributeCount; i++) {
      const attribute = entry.attribute(i);
      this.check(attribute.name, attribute.nameLength, attribute.valueLength, path);
      const xattr = this.add(attribute.name, attribute.nameLength, attribute.value, attribute.valueLength);
      this.checkPrefix(xattr, path);
    }
    return this.intern(path, isDirectory);
  }

  /** @returns `set` with the attribute by which overlayfs hides what is below a directory */
  withOpaque(set: AttributeSet | null): AttributeSet {
    this.clear();
    if (set) {
      let each = set.first;
      for (let i: u32 = 0; i < set.count; i++, each = each.next) this.addPacked(each);
    }
    this.add(OVERLAY_OPAQUE.at, OVERLAY_OPAQUE.length, YES.at, YES.length);
    return this.pack(this.sort());
  }

  private clear(): void {
    this.list.clear();
    this.acls.clear();
  }

  private reserveAcls(entry: Entry): void {
    let room: u32 = 0;
    for (let i: u32 = 0; i < entry.attributeCount; i++) room += aclRoom(entry.attribute(i).valueLength);
    this.acls.reserve(room);
  }

  private check(name: usize, nameLength: u32, valueLength: u32, path: Path): void {
    if (nameLength > MAX_NAME_LENGTH) {
      const why = `its name of ${nameLength} bytes is past the limit of ${MAX_NAME_LENGTH}`;
      refuse(ErrorCode.OutOfRange, path, name, nameLength, why);
    }
    if (valueLength > MAX_VALUE_LENGTH) {
      const why = `its value of ${valueLength} bytes is past the limit of ${MAX_VALUE_LENGTH}`;
      refuse(ErrorCode.OutOfRange, path, name, nameLength, why);
    }
    if (!this.overlay) return;
    if (TRUSTED_OVERLAY.startsOf(name, nameLength) || USER_OVERLAY.startsOf(name, nameLength)) {
      refuse(ErrorCode.FailedPrecondition, path, name, nameLength, "overlayfs would obey it; a layer says so by whiteouts");
    }
  }

  private checkPrefix(xattr: Xattr, path: Path): void {
    switch (xattr.index) {
      case Index.AccessAcl:
      case Index.DefaultAcl:
        if (xattr.restLength == 0) return;
        break;
      case Index.User:
      case Index.Trusted:
      case Index.Security:
        if (xattr.restLength > 0) return;
        refuse(ErrorCode.Corrupt, path, xattr.name, xattr.nameLength, "its name ends with its prefix");
    }
    refuse(ErrorCode.Unsupported, path, xattr.name, xattr.nameLength, "ext4 has no such namespace");
  }

  private at(i: u32): Xattr {
    return changetype<Xattr>(this.list.at + i * offsetof<Xattr>());
  }

  private add(name: usize, nameLength: u32, value: usize, valueLength: u32): Xattr {
    const xattr = this.append();
    xattr.name = name;
    xattr.nameLength = nameLength;
    xattr.value = value;
    xattr.valueLength = valueLength;
    setPrefix(xattr);
    return xattr;
  }

  private addPacked(packed: PackedAttribute): void {
    const xattr = this.append();
    xattr.name = packed.name;
    xattr.nameLength = packed.nameLength;
    xattr.value = packed.value;
    xattr.valueLength = packed.valueLength;
    xattr.prefixLength = 0;
    xattr.index = packed.index;
  }

  private append(): Xattr {
    const list = this.list;
    list.reserve(list.length + offsetof<Xattr>());
    const xattr = changetype<Xattr>(list.at + list.length);
    list.length += offsetof<Xattr>();
    return xattr;
  }

  private intern(path: Path, isDirectory: bool): AttributeSet | null {
    let kept: u32 = 0;
    const count = this.sort();
    for (let i: u32 = 0; i < count; i++) {
      const xattr = load<Xattr>(this.order.at + i * sizeof<usize>());
      const isAcl = xattr.index == Index.AccessAcl || xattr.index == Index.DefaultAcl;
      if (isAcl && !this.convertAcl(xattr, path, isDirectory)) continue;
      store<Xattr>(this.order.at + kept++ * sizeof<usize>(), xattr);
    }
    return kept > 0 ? this.pack(kept) : null;
  }

  /** @returns whether anything is left of it to be stored */
  private convertAcl(xattr: Xattr, path: Path, isDirectory: bool): bool {
    const to = this.acls.at + this.acls.length;
    const length = encodeAcl(xattr.value, xattr.valueLength, to);
    if (length < 0) refuse(ErrorCode.Corrupt, path, xattr.name, xattr.nameLength, "is no ACL that the kernel would take");
    if (length == 0) return false;
    this.acls.length += length;
    xattr.value = to;
    xattr.valueLength = length;
    if (xattr.index == Index.DefaultAcl) {
      if (!isDirectory) refuse(ErrorCode.Corrupt, path, xattr.name, xattr.nameLength, "only a directory can have one");
      return true;
    }
    this.mode = aclMode;
    return !aclIsMode;
  }

  /** Fills `order` with one attribute a name: the last of those that came. @returns how many */
  private sort(): u32 {
    const count = this.list.length / offsetof<Xattr>();
    this.order.reserve(2 * count * sizeof<usize>());
    const order = this.order.at;
    for (let i: u32 = 0; i < count; i++) store<Xattr>(order + i * sizeof<usize>(), this.at(i));
    mergeSort(order, order + count * sizeof<usize>(), count, byBlockOrder);
    let kept: u32 = 0;
    for (let i: u32 = 0; i < count; i++) {
      const xattr = load<Xattr>(order + i * sizeof<usize>());
      const following = i + 1 < count ? load<Xattr>(order + (i + 1) * sizeof<usize>()) : null;
      if (following && compareXattrs(xattr, following) == 0) continue;
      store<Xattr>(order + kept++ * sizeof<usize>(), xattr);
    }
    return kept;
  }

  private pack(count: u32): AttributeSet {
    const packed = this.packed;
    packed.clear();
    for (let i: u32 = 0; i < count; i++) {
      const xattr = load<Xattr>(this.order.at + i * sizeof<usize>());
      const size = <u32>offsetof<PackedAttribute>() + round4(xattr.restLength) + round4(xattr.valueLength);
      packed.reserve(packed.length + size);
      const at = packed.at + packed.length;
      memory.fill(at, 0, size);
      const attribute = changetype<PackedAttribute>(at);
      attribute.valueLength = xattr.valueLength;
      attribute.index = <u8>xattr.index;
      attribute.nameLength = <u8>xattr.restLength;
      memory.copy(attribute.name, xattr.name + xattr.prefixLength, xattr.restLength);
      memory.copy(attribute.value, xattr.value, xattr.valueLength);
      packed.length += size;
    }
    return this.sets.intern(packed.at, packed.length, count);
  }
}

function refuse(code: ErrorCode, path: Path, name: usize, nameLength: u32, why: string): void {
  fail(code, `ext4: "${quote(path.at, path.length)}": extended attribute "${quote(name, nameLength)}": ${why}`);
}

class ByBlockOrder extends Order {
  compare(a: usize, b: usize): i32 {
    return compareXattrs(changetype<Xattr>(a), changetype<Xattr>(b));
  }
}
const byBlockOrder = new ByBlockOrder();

/** The kernel looks a name up by this order, and stops where it would have stood. */
function compareXattrs(a: Xattr, b: Xattr): i32 {
  if (a.index != b.index) return a.index < b.index ? -1 : 1;
  if (a.restLength != b.restLength) return a.restLength < b.restLength ? -1 : 1;
  return compareBytes(a.name + a.prefixLength, a.restLength, b.name + b.prefixLength, b.restLength);
}
