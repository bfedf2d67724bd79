/** Where services of Windows keep what is theirs, and are called. */
import type { ServicePlaces } from "../../host/platform.ts";

/** @param environment  of this process: Windows says there on which disk its folders are */
export function servicePlaces(environment: NodeJS.ProcessEnv = process.env): ServicePlaces {
  const data = environment.ProgramData ?? "C:\\ProgramData";
  const programs = environment.ProgramFiles ?? "C:\\Program Files";
  return {
    root: (name) => `${data}\\layerkiln\\${name}`,
    address: (name) => `\\\\.\\pipe\\layerkiln-${name}`,
    containerdAddress: "\\\\.\\pipe\\containerd-containerd",
    containerdConfig: `${programs}\\containerd\\config.toml`,
  };
}
