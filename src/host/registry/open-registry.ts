/** The servers of a repository, and who we are to them. */
import { credentialsIn, type FindCredentials } from "./credentials.ts";
import { endpointsOf } from "./endpoint.ts";
import type { HttpClient } from "./http-client.ts";
import type { PullOptions } from "./pull.ts";
import type { Reference } from "./reference.ts";
import { Registry } from "./registry.ts";
import { RegistryServer } from "./registry-server.ts";

const RETRY = { tries: 5, firstPauseMs: 1000 };

/** @throws ImageError  InvalidArgument: a mirror that cannot be */
export function openRegistry(client: HttpClient, { registry, repository }: Reference, options: PullOptions): Registry {
  const find = finderOf(options, registry);
  const endpoints = endpointsOf(registry, options);
  const servers = endpoints.map((endpoint) => new RegistryServer(client, endpoint, repository, find));
  const { retry = RETRY, onTrouble = () => {} } = options;
  return new Registry(servers, { retry, onTrouble });
}

/** What is given by the caller is for the registry alone. */
function finderOf({ credentials }: PullOptions, registry: string): FindCredentials {
  const find = credentialsIn(process.env);
  if (credentials === undefined) return find;
  return async (host, ...rest) => (host === registry ? credentials : find(host, ...rest));
}
