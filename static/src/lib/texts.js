/** The page's own words: a dictionary the server translated, filled in with values. */

export function textsFrom(scriptId) {
  const texts = JSON.parse(document.getElementById(scriptId).textContent);
  const rules = new Intl.PluralRules(document.documentElement.lang || "fr");

  /** The text under `key`, its `%(name)s` placeholders replaced. */
  function text(key, values = {}) {
    const template = texts[key];
    if (template === undefined) throw new Error(`no text under "${key}"`);
    return template.replace(/%\((\w+)\)s/g, (whole, name) => String(values[name] ?? whole));
  }

  /** The singular or plural of `key` (`key_one`, `key_other`) for a count, given as `%(count)s`. */
  function counted(key, count, values = {}) {
    const form = rules.select(count) === "one" ? "one" : "other";
    return text(`${key}_${form}`, { count, ...values });
  }

  return { text, counted };
}
