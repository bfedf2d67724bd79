/** The top of the page: its name, and the switch between light and dark. */
import { button, element } from "../element.ts";
import { setTheme, startTheme, theme } from "../theme.ts";

export function masthead(leave: () => void): HTMLElement {
  const name = button("layerkiln", leave, { class: "wordmark", "aria-label": "layerkiln: back to the start" });
  return element("header", { class: "masthead" }, name, themeSwitch());
}

function themeSwitch(): HTMLElement {
  const made = button(
    "",
    () => {
      setTheme(theme() === "dark" ? "light" : "dark");
      show();
    },
    { class: "quiet" },
  );
  const show = () => {
    made.textContent = theme() === "dark" ? "Light" : "Dark";
    made.setAttribute("aria-label", `Switch to ${theme() === "dark" ? "light" : "dark"} colours`);
  };
  startTheme(show);
  return made;
}
