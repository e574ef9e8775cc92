// The library's filters: as the page holds them, a text each, and as the API keeps them. Pure.

export const NO_FILTER = { q: "", status: "", model: "", tag: "", order: "" }

const FLAGS = ["favourite", "error"]

// queryOf is what the API keeps of filters; what says nothing is left out.
export function queryOf(filter) {
  const query = {}
  for (const name of Object.keys(filter).sort()) {
    const value = filter[name]
    if (!value || name === "bin" || name === "parent") continue
    if (name === "status") query.status = value.split(",")
    else query[name] = FLAGS.includes(name) ? true : value.trim()
  }
  return query
}

// filterOf is the page's filters for what the API keeps.
export function filterOf(query) {
  const filter = { ...NO_FILTER }
  for (const [name, value] of Object.entries(query)) filter[name] = Array.isArray(value) ? value.join(",") : String(value)
  return filter
}

const DAY_MS = 86_400_000

// narrowed is a filter with one more condition, as the list of more filters names it: a
// ratio, a flag, or so many days up to now.
export function narrowed(filter, choice, now) {
  const [name, value] = choice.split("=")
  if (name !== "days") return { ...filter, [name]: value }
  return { ...filter, from: new Date(now - (value - 1) * DAY_MS).toISOString().slice(0, 10), to: "" }
}

// unshown names the conditions that no field of the page shows; has tells for those of
// status, model and tag whether theirs does.
export function unshown({ q, order, ...filter }, has) {
  return Object.keys(filter).filter((name) => filter[name] && !(has[name]?.(filter[name]) ?? false))
}

// completed is the search box's text once a suggestion stands in the place of its last word.
// A name before a colon waits for its value; everything else is whole.
export function completed(text, word, { kind, text: value }) {
  const begun = text.slice(0, text.length - word.length) + (word.startsWith("-") ? "-" : "")
  if (kind === "operator") return `${begun}${value}:`
  return `${begun}${kind}:${/\s/.test(value) ? `"${value}"` : value} `
}
