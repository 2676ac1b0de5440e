import { useEffect, useState } from "preact/hooks";

const KEPT_AS = "tracker:theme";
const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const keptTheme = (): Theme =>
  THEMES.find((one) => one === localStorage.getItem(KEPT_AS)) ?? "auto";
const ICONS: Readonly<Record<Theme, string>> = { auto: "◐", light: "☀", dark: "☾" };

/** Light, dark, or as the system has it. */
export function ThemeChoice() {
  const [theme, setTheme] = useState(keptTheme);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(KEPT_AS, theme);
  }, [theme]);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  return (
    <button
      type="button"
      class="button is-quiet is-icon"
      title={`Colours: ${theme}`}
      aria-label={`Colours: ${theme}. Change to ${next}`}
      onClick={() => setTheme(next)}
    >
      <span aria-hidden="true">{ICONS[theme]}</span>
    </button>
  );
}
