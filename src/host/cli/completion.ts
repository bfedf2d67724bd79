/** `layerkiln completion`: what a shell needs to complete our commands and flags. */
import { buildInstallCommand, buildUninstallCommand, type StricliAutoCompleteContext } from "@stricli/auto-complete";
import { buildCommand, buildRouteMap } from "@stricli/core";

/** What a shell runs, with the words of the line after it, to learn what may come next. */
const PROPOSE = "layerkiln complete --";

const SCRIPT = `__layerkiln_complete() { export COMP_LINE; COMPREPLY=( $(${PROPOSE} $COMP_LINE) ); return 0; }
complete -o default -o nospace -F __layerkiln_complete layerkiln
`;

const bash = buildCommand<Record<never, never>, [], StricliAutoCompleteContext>({
  loader: async () =>
    function () {
      this.process.stdout.write(SCRIPT);
    },
  parameters: {},
  docs: { brief: 'Print a script for bash: eval "$(layerkiln completion bash)"' },
});

export const completion = buildRouteMap<"bash" | "install" | "uninstall", StricliAutoCompleteContext>({
  routes: {
    bash,
    install: buildInstallCommand("layerkiln", { bash: PROPOSE }),
    uninstall: buildUninstallCommand("layerkiln", { bash: true }),
  },
  docs: { brief: "Complete commands and flags in your shell" },
});
