import { useEffect, useState } from "./vendor/preact.mjs";

const KEY = "kampkin.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();
const tell = () => listeners.forEach((f) => f());
system.addEventListener("change", tell);

export const theme = () => document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light");

export function toggleTheme() {
  const next = theme() === "dark" ? "light" : "dark";
  const ofSystem = next === (system.matches ? "dark" : "light");
  // Back at the system's choice there is nothing to remember: the page follows it again.
  if (ofSystem) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (ofSystem) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch { /* not remembered, but shown */ }
  tell();
}

export function useTheme() {
  const [value, set] = useState(theme());
  useEffect(() => {
    const f = () => set(theme());
    listeners.add(f);
    return () => listeners.delete(f);
  }, []);
  return value;
}
