/** The environment of a container image, as a script that login shells read. */

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What a shell or a login sets itself. Some of them cannot be assigned to, and end a script that tries. */
const OF_THE_SHELL = new Set([
  ..."HOME USER LOGNAME SHELL HOSTNAME TERM PWD OLDPWD SHLVL _".split(" "),
  ..."IFS OPTIND OPTARG OPTERR PPID UID EUID GID GROUPS LINENO RANDOM SECONDS".split(" "),
  ..."SHELLOPTS BASHOPTS BASH BASHPID BASH_ARGC BASH_ARGV BASH_VERSINFO BASH_VERSION DIRSTACK FUNCNAME".split(" "),
]);

export interface ProfileScript {
  /** Nothing where there is nothing to set. */
  readonly text: string;

  /** Names of variables that are left out: no shell can export them, or they are the shell's own. */
  readonly leftOut: readonly string[];
}

/**
 * A script in the language of all shells of POSIX. Directories in `PATH` come before those that are there already, which
 * may lead to another system's programs; every other variable is set to what it is in a container.
 *
 * @param environment  `NAME=value` each; the last of a name counts
 */
export function profileScript(environment: readonly string[]): ProfileScript {
  const variables = new Map<string, string>();
  for (const variable of environment) {
    const equals = variable.indexOf("=");
    if (equals > 0) variables.set(variable.slice(0, equals), variable.slice(equals + 1));
  }
  if (variables.get("PATH") === "") variables.delete("PATH"); // before a colon it would mean the directory that one is in
  const names = [...variables.keys()];
  const leftOut = names.filter((name) => !isOurs(name, variables.get(name)!));
  const lines = names.filter((name) => !leftOut.includes(name)).map((name) => assign(name, variables.get(name)!));
  if (lines.length === 0) return { text: "", leftOut };
  return { text: `# The environment of the container image that this system was made of.\n${lines.join("")}`, leftOut };
}

const isOurs = (name: string, value: string): boolean =>
  NAME.test(name) && !OF_THE_SHELL.has(name) && !value.includes("\0");

function assign(name: string, value: string): string {
  const text = quoted(value);
  if (name !== "PATH") return `export ${name}=${text}\n`;
  return `case ":$PATH:" in
  *:${text}:*) ;;
  *) PATH=${text}"\${PATH:+:$PATH}" ;;
esac
export PATH
`;
}

/** Between single quotes nothing means anything but the quote that ends them. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
