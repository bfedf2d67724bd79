/** Light or dark: as the system has it, until the page is told; then as it was told last. */
export type Theme = "light" | "dark";

const KEY = "layerkiln-theme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

export function theme(): Theme {
  return remembered() ?? (systemIsDark.matches ? "dark" : "light");
}

/** Puts the theme on the page, now and whenever the system changes it. Pictures watch the attribute `data-theme`. */
export function startTheme(onChange: () => void): void {
  const apply = () => {
    document.documentElement.dataset.theme = theme();
    onChange();
  };
  systemIsDark.addEventListener("change", apply);
  apply();
}

export function setTheme(wanted: Theme): void {
  document.documentElement.dataset.theme = wanted;
  try {
    localStorage.setItem(KEY, wanted);
  } catch {} // a page that may keep nothing forgets it
}

function remembered(): Theme | undefined {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "dark" || kept === "light" ? kept : undefined;
  } catch {
    return undefined;
  }
}
