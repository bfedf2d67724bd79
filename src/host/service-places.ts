/** Where servers keep what is theirs and are called, unless they are told. */
import type { Platform, ServicePlaces } from "./platform.ts";

/** The custom of systems that have no other. */
const UNIX: ServicePlaces = {
  root: (name) => `/var/lib/layerkiln/${name}`,
  address: (name) => `/run/layerkiln/${name}.sock`,
  containerdAddress: "/run/containerd/containerd.sock",
  containerdConfig: "/etc/containerd/config.toml",
};

export function servicePlacesOf(platform: Platform | undefined): ServicePlaces {
  return platform?.servicePlaces?.() ?? UNIX;
}
