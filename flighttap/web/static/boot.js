/* Before the first paint: which view this address is, and the theme of the link or of last time. Not a module, so that it runs first. */
(() => {
  const root = document.documentElement;
  const said = new URLSearchParams(location.search);
  root.dataset.view = /^\/tracker\/[^/]/.test(location.pathname) ? "room" : "landing";
  root.dataset.theme = "auto";
  if (said.has("embed")) root.dataset.embed = "";
  try {
    const theme = said.get("theme") || JSON.parse(localStorage.getItem("flighttap.habits")).theme;
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
  } catch {
    // nothing is kept
  }
})();
