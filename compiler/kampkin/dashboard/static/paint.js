// Not a module: it must run before the first paint, or a remembered theme would flash.
try {
  const theme = localStorage.getItem("kampkin.theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch { /* storage may be blocked: then the system's theme holds */ }
