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

// completed is the search box's text once a suggestion stands in the place of its last word.
// A name before a colon waits for its value; everything else is whole.
export function completed(text, word, { kind, text: value }) {
  const begun = text.slice(0, text.length - word.length) + (word.startsWith("-") ? "-" : "")
  if (kind === "operator") return `${begun}${value}:`
  return `${begun}${kind}:${/\s/.test(value) ? `"${value}"` : value} `
}
