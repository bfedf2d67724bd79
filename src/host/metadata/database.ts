/**
 * lmdb, as much of it as we need: states of an ordered map from bytes to bytes, and changes to it that happen together.
 *
 * A state that is being read does not change, and keeps no writer waiting. Nothing is written until all changes of a
 * transaction are known: so they may take their time, and nobody sees half of them.
 */
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import type { KeyRange } from "./layout.ts";
import { isCorruption } from "./lmdb-check.ts";
import { PAGE_SIZE } from "./lmdb-format.ts";

export type Entry = readonly [key: Buffer, value: Buffer];

/** The map as it was at one moment. */
export interface State {
  get(key: Buffer): Buffer | undefined;

  /** In the order of keys. To stop early costs nothing. */
  range(range: KeyRange): Iterable<Entry>;
}

/** New values; undefined removes. Keys are Latin-1, so that they are compared as their bytes are. */
export type Changes = ReadonlyMap<string, Buffer | undefined>;

type Lmdb = typeof import("lmdb");
type Root = import("lmdb").RootDatabase<Buffer, Buffer>;

/** An open read transaction, which is to be ended. */
export interface ReadState extends State {
  end(): void;
}

/** Reads that may be open at a time, in all processes. */
const MAX_READERS = 1024;

/**
 * On Windows lmdb maps of a file that it only reads what the file has at that moment, and ends the process where it reads on
 * behind that, when another has made the file longer (mdb.c, mdb_env_map). A file that may be written is mapped as far as it may grow.
 */
const MAPS_WHAT_IS_THERE = process.platform === "win32";

export class Database {
  private constructor(
    private readonly path: string,
    private readonly root: Root,
  ) {}

  /**
   * @param path      a file, which is there unless it may be made
   * @param readOnly  nothing is going to be applied
   * @throws ImageError  Unavailable: lmdb is missing; Corrupt
   */
  static async open(path: string, { readOnly }: { readOnly: boolean }): Promise<Database> {
    const { open } = await loadLmdb();
    try {
      const root: Root = open({
        path,
        readOnly: readOnly && !MAPS_WHAT_IS_THERE,
        noSubdir: true,
        encoding: "binary",
        keyEncoding: "binary",
        pageSize: PAGE_SIZE, // wherever it was made: it sets the limit of keys
        maxReaders: MAX_READERS,
        overlappingSync: false, // a commit has reached the disk when it returns
      });
      return new Database(path, root);
    } catch (error) {
      throw failure(path, error);
    }
  }

  read(): ReadState {
    const { path, root } = this;
    const transaction = this.#begin();
    let ended = false;
    /** lmdb would read what is no longer there. */
    const assertOpen = (): void => {
      if (ended) throw new ImageError(ErrorCode.FailedPrecondition, "metadata: the transaction has ended");
    };
    return {
      get(key) {
        assertOpen();
        try {
          return root.get(key, { transaction });
        } catch (error) {
          throw failure(path, error);
        }
      },
      *range({ start, end }) {
        assertOpen();
        try {
          for (const { key, value } of root.getRange({ start, end, transaction })) {
            yield [key, value];
            assertOpen();
          }
        } catch (error) {
          throw failure(path, error);
        }
      },
      end() {
        if (!ended) transaction.done();
        ended = true;
      },
    };
  }

  #begin(): ReturnType<Root["useReadTransaction"]> {
    try {
      this.root.resetReadTxn(); // the newest state, not the one that this turn of the event loop has read already
      return this.root.useReadTransaction();
    } catch (error) {
      throw failure(this.path, error);
    }
  }

  /**
   * All changes or none: they are on the disk when this returns. It keeps the event loop waiting for that long; lmdb's
   * asynchronous commits report some failures where nobody can catch them.
   */
  apply(changes: Changes): void {
    try {
      this.root.transactionSync(() => {
        for (const [key, value] of changes) {
          const bytes = Buffer.from(key, "latin1");
          if (value === undefined) this.root.removeSync(bytes);
          else this.root.putSync(bytes, value);
        }
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ImageError(
        ErrorCode.FailedPrecondition,
        `${this.path}: cannot be written, and nothing was changed: ${reason}; the disk may be full`,
        error,
      );
    }
  }

  close(): Promise<void> {
    return this.root.close();
  }
}

/** An error of lmdb's. */
function failure(path: string, error: unknown): ImageError {
  if (!isCorruption(error)) return toImageError(path, error);
  return new ImageError(ErrorCode.Corrupt, `${path}: ${(error as Error).message}; put a copy of it back`, error);
}

/** Only those who keep snapshots load it: it has native code. */
async function loadLmdb(): Promise<Lmdb> {
  try {
    return await import("lmdb");
  } catch (error) {
    throw new ImageError(
      ErrorCode.Unavailable,
      "metadata: the package lmdb, which keeps snapshots' metadata, cannot be loaded; npm install lmdb",
      error,
    );
  }
}
