/* Before the first paint: which view this address is, and the theme chosen last time. Not a module, so that it runs first. */
(() => {
  const root = document.documentElement;
  root.dataset.view = /^\/tracker\/[^/]/.test(location.pathname) ? "room" : "landing";
  try {
    root.dataset.theme = localStorage.getItem("flighttap.theme") || "auto";
  } catch {
    root.dataset.theme = "auto";
  }
})();
