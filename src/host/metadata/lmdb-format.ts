/**
 * The file of lmdb, data format 2, as 64-bit little-endian machines write it.
 *
 *     page     0  number      8  transaction  16  -   18  flags   20  lower  22  upper (or 20: count of overflow pages)
 *             24  offsets of nodes, 2 bytes each, up to 24 + lower; nodes from 24 + upper to the end. Offsets count from 24
 *     node     0  size of the data, or number of the page below: low 4 bytes   4  flags (or its high 2 bytes)
 *              6  size of the key   8  key, data
 *     meta    24  magic  28  version  40  size of the map  48  tree of free pages  96  tree of records
 *            144  last page  152  transaction
 *     tree     0  page size  4  flags  6  depth  8  branch pages  16  leaf pages  24  overflow pages  32  entries  40  root
 *
 * Source: lmdb-js, dependencies/lmdb/libraries/liblmdb/mdb.c.
 */
import { ErrorCode, ImageError } from "../errors.ts";

export const PAGE_SIZE = 4096;
export const PAGE_HEADER_SIZE = 24;
export const NODE_HEADER_SIZE = 8;

/** Bytes of a node's data that name the pages where its data is. */
export const OVERFLOW_REFERENCE_SIZE = 24;

export const BRANCH = 1;
export const LEAF = 2;
export const OVERFLOW = 4;
const META = 8;

/** Of a node: its data is in overflow pages. */
export const BIG = 1;

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;

/** The map is one file, and the tree of free pages has integers for keys. */
const META_FLAGS = 0x4008;

export interface Tree {
  /** Undefined in an empty tree. */
  readonly root: number | undefined;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
}

export interface Meta {
  readonly free: Tree;
  readonly records: Tree;
  readonly lastPage: number;
  readonly transaction: number;
}

/** @throws ImageError  Corrupt; Unsupported: another version of lmdb's file */
export function readMeta(page: Buffer, number: number): Meta {
  const version = page.readUInt32LE(28) & 0xffff;
  if (page.readUInt16LE(18) !== META || page.readUInt32LE(24) !== MAGIC)
    throw corrupt(`page ${number} is no meta page`);
  if (version !== DATA_VERSION) throw new ImageError(ErrorCode.Unsupported, `has data format ${version}, not 2`);
  const [pageSize, flags, recordFlags] = [page.readUInt32LE(48), page.readUInt16LE(52), page.readUInt16LE(100)];
  if (pageSize !== PAGE_SIZE || flags !== META_FLAGS || recordFlags !== 0)
    throw corrupt(`meta page ${number} has page size ${pageSize}, flags ${flags} and ${recordFlags}`);
  return {
    free: readTree(page.subarray(48)),
    records: readTree(page.subarray(96)),
    lastPage: readCount(page, 144),
    transaction: readCount(page, 152),
  };
}

function readTree(at: Buffer): Tree {
  const isEmpty = at.readBigUInt64LE(40) === 2n ** 64n - 1n;
  return {
    root: isEmpty ? undefined : readCount(at, 40),
    depth: at.readUInt16LE(6),
    branchPages: readCount(at, 8),
    leafPages: readCount(at, 16),
    overflowPages: readCount(at, 24),
    entries: readCount(at, 32),
  };
}

/** 8 bytes that count something that there is. @throws ImageError  Corrupt */
export function readCount(bytes: Buffer, at: number): number {
  const count = bytes.readBigUInt64LE(at);
  if (count > Number.MAX_SAFE_INTEGER) throw corrupt(`a count is ${count}`);
  return Number(count);
}

export interface Node {
  readonly flags: number;

  /** In a branch: number of the page below. */
  readonly child: number;

  /** In a leaf: bytes of data. */
  readonly size: number;
  readonly key: Buffer;

  /** In a leaf: the data, or where it is. */
  readonly data: Buffer;
}

/** The nodes of a branch or leaf. They fill their part of the page, and each other's place is not taken. @throws ImageError  Corrupt */
export function readNodes(page: Buffer, number: number, isLeaf: boolean): Node[] {
  const [lower, upper] = [page.readUInt16LE(20), page.readUInt16LE(22)];
  const body = page.subarray(PAGE_HEADER_SIZE);
  if (lower % 2 !== 0 || lower > upper || upper > body.length)
    throw corrupt(`page ${number} has bounds ${lower} and ${upper}`);
  const offsets = Array.from({ length: lower / 2 }, (_, index) => body.readUInt16LE(2 * index));
  const nodes = offsets.map((offset) => readNode(body, offset, number, isLeaf));
  let end = upper;
  for (const { offset, length } of offsets
    .map((offset, i) => ({ offset, length: lengthOf(nodes[i]!) }))
    .sort(byOffset)) {
    if (offset !== end) throw corrupt(`page ${number} has a node at ${offset}, not at ${end}`);
    end += length;
  }
  if (end !== body.length) throw corrupt(`page ${number} has nodes up to ${end} of ${body.length}`);
  return nodes;
}

const byOffset = (a: { offset: number }, b: { offset: number }): number => a.offset - b.offset;

function readNode(body: Buffer, offset: number, number: number, isLeaf: boolean): Node {
  if (offset + NODE_HEADER_SIZE > body.length) throw corrupt(`page ${number} has a node at ${offset}`);
  const [low, flags, keySize] = [
    body.readUInt32LE(offset),
    body.readUInt16LE(offset + 4),
    body.readUInt16LE(offset + 6),
  ];
  if (isLeaf && flags > BIG) throw corrupt(`page ${number} has a node with flags ${flags}`);
  const keyEnd = offset + NODE_HEADER_SIZE + keySize;
  const dataSize = !isLeaf ? 0 : flags === BIG ? OVERFLOW_REFERENCE_SIZE : low;
  if (keyEnd + dataSize > body.length) throw corrupt(`page ${number} has a node up to ${keyEnd + dataSize}`);
  return {
    flags,
    child: low + flags * 2 ** 32,
    size: low,
    key: body.subarray(offset + NODE_HEADER_SIZE, keyEnd),
    data: body.subarray(keyEnd, keyEnd + dataSize),
  };
}

/** Nodes stand at even places. */
function lengthOf({ key, data }: Node): number {
  const length = NODE_HEADER_SIZE + key.length + data.length;
  return length + (length % 2);
}

export function corrupt(what: string): ImageError {
  return new ImageError(ErrorCode.Corrupt, what);
}
