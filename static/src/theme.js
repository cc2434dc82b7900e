/*
 * Puts the chosen theme on the page before it is painted. A classic script, loaded blocking in
 * the head; DSFR's own script writes the choice (key "scheme") and follows the system later on.
 */
(function () {
  var root = document.documentElement;
  var scheme = "system";
  try {
    scheme = localStorage.getItem("scheme") || scheme;
  } catch (error) {
    // Storage is forbidden here: the system's theme it is.
  }
  if (["light", "dark", "system"].indexOf(scheme) < 0) scheme = "system";
  var dark = scheme === "dark" || (scheme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.setAttribute("data-fr-scheme", scheme);
  root.setAttribute("data-fr-theme", dark ? "dark" : "light");
})();
