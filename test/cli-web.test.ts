/** `layerkiln web`, run as people run it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runLayerkiln } from "./fixtures/program.ts";
import { inRepository } from "./fixtures/repository.ts";
import { layerkiln } from "./oracles/layerkiln.ts";

const web = suite("layerkiln web");

/** Runs it while `work` lasts, and ends it with `signal`. @returns its exit code, and all it said on standard error */
async function serving(
  words: string[],
  work: (said: string, child: ChildProcess) => Promise<void>,
  { signal = "SIGTERM" as NodeJS.Signals, env = {} } = {},
): Promise<{ exitCode: number; errors: string }> {
  const child = spawn(process.execPath, [layerkiln, "web", ...words], { env: { ...process.env, ...env } });
  try {
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
    const [said] = await Promise.race([once(child.stdout.setEncoding("utf8"), "data"), once(child, "exit")]);
    assert.type(said, "string", errors);
    await work(said, child);
    const ended = once(child, "exit");
    child.kill(signal);
    const [exitCode] = await ended;
    return { exitCode, errors };
  } finally {
    child.kill("SIGKILL");
  }
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  web(`serves the page that we ship until ${signal}`, async () => {
    const { exitCode, errors } = await serving(
      ["--port", "0"],
      async (said) => {
        const address = said.match(/^(http:\/\/localhost:\d+\/)\nCtrl\+C ends it\.\n$/)?.[1];
        assert.ok(address, said);
        const page = await fetch(address);
        assert.is(page.status, 200);
        assert.is(await page.text(), readFileSync(inRepository("build/page/index.html"), "utf8"));
      },
      { signal },
    );
    assert.equal([exitCode, errors], [0, ""]);
  });
}

web("says as JSON where it listens, once it does", async () => {
  await serving(["--port", "0", "--json"], async (said) => {
    const { address, port } = JSON.parse(said);
    assert.is(address, `http://localhost:${port}/`);
    assert.is((await fetch(address)).status, 200);
    const { status, stderr } = runLayerkiln(["web", "--port", String(port)]);
    assert.equal([status, stderr], [1, `layerkiln: web: port ${port} is taken; --port names another\n`]);
  });
});

web("opens the browser that there is", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cli-web-"));
  try {
    const opened = join(folder, "opened");
    writeFileSync(
      join(folder, "xdg-open"),
      `#!/bin/sh\nprintf %s "$1" >'${opened}.new' && mv '${opened}.new' '${opened}'\n`,
    );
    chmodSync(join(folder, "xdg-open"), 0o755);
    const env = { PATH: `${folder}${delimiter}${process.env.PATH}` };
    await serving(
      ["--port", "0", "--json", "--open"],
      async (said) => assert.is(await read(opened), JSON.parse(said).address),
      { env },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

web("serves on where no browser can be opened, and says so", async () => {
  const { exitCode, errors } = await serving(
    ["--port", "0", "--json", "--open"],
    async (said, child) => {
      await once(child.stderr!, "data");
      assert.is((await fetch(JSON.parse(said).address)).status, 200);
    },
    { env: { PATH: "/nowhere" } },
  );
  assert.is(exitCode, 0);
  assert.match(errors, /^layerkiln: the browser was not opened: .*xdg-open ENOENT\n$/);
});

for (const port of ["x", "-1", "65536", "1.5"]) {
  web(`knows no port "${port}"`, () => {
    const { status, stderr } = runLayerkiln(["web", `--port=${port}`]);
    assert.is(status, 2);
    assert.match(stderr, /--port: ".*" is no port: 0 to 65535/);
  });
}

/** What is in the file at `path`, once it is there. */
async function read(path: string): Promise<string> {
  for (let waited = 0; ; waited += 50) {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if (waited > 10_000) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

web.run();
