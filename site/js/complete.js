// What the words before the caret may become: a template behind /, a choice behind {, and
// behind {{ what a template's placeholder of that name holds. Pure.

const MOST = 8 // offers at once

// typedAt is what is being typed at the caret: {kind, word, from}, or null.
export function typedAt(text, caret) {
  const before = text.slice(0, caret)
  const slash = /^\/([^\n{]{0,40})$/.exec(before)
  if (slash && caret === text.length) return { kind: "template", word: slash[1], from: 0 }
  const braces = /([{｛]{1,2})([^{}｛｝|｜\n]{0,40})$/.exec(before)
  if (!braces || before[braces.index - 1] === "\\") return null
  return { kind: braces[1].length > 1 ? "value" : "choice", word: braces[2], from: braces.index }
}

// choicesIn lists the choices that stand in texts, outermost ones, each once.
export function choicesIn(texts) {
  const found = new Set()
  for (const text of texts) {
    let depth = 0, from = 0
    for (let i = 0; i < text.length; i++) {
      if (text[i] === "\\") i++
      else if (text[i] === "{" && depth++ === 0) from = i
      else if (text[i] === "}" && depth > 0 && --depth === 0) {
        const group = text.slice(from, i + 1)
        if (group.includes("|") && !group.startsWith("{{")) found.add(group)
      }
    }
  }
  return [...found]
}

// offers are what the typed word may become: {text, name, template} with the text that
// takes its place, or the template that fills the form.
export function offers({ kind, word }, { templates, sent }) {
  const wanted = word.trim().toLowerCase()
  const fits = (s) => s.toLowerCase().includes(wanted)
  if (kind === "template") {
    const named = templates.filter((t) => fits(t.name)), tagged = templates.filter((t) => !fits(t.name) && t.tags.some(fits))
    return [...named, ...tagged].slice(0, MOST).map((t) => ({ name: t.name, about: t.description ?? "", template: t }))
  }
  if (kind === "choice") {
    const known = choicesIn([...sent, ...templates.flatMap((t) => t.placeholders.map((p) => p.default))])
    return known.filter(fits).slice(0, MOST).map((text) => ({ name: text, about: "", text }))
  }
  const values = new Map()
  for (const t of templates) for (const p of t.placeholders) if (p.default && fits(p.name)) values.set(p.default, p.name)
  return [...values].slice(0, MOST).map(([text, name]) => ({ name, about: text, text }))
}

// taken is the text with an offer in the place of what was typed, and where the caret is then.
export function taken(text, caret, { from }, offer) {
  const rest = text.slice(caret).replace(/^[}｝]{1,2}/, "")
  return { text: text.slice(0, from) + offer.text + rest, caret: from + offer.text.length }
}
