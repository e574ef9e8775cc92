// Joins html/*.in.html into the pages that are served. In the parts
//   {{part name}}    stands for the part of that name
//   {{icon name}}    for an icon of Lucide; further words are classes of the drawing
//   {{sprite}}       for the icons that the page and the modules name, and no others
import { readdir, readFile, writeFile } from "node:fs/promises"

const site = new URL("../", import.meta.url)
const read = (name) => readFile(new URL(name, site), "utf8")

async function replace(text, pattern, make) {
  const made = await Promise.all([...text.matchAll(pattern)].map((m) => make(...m.slice(1))))
  return text.replace(pattern, () => made.shift())
}

const parts = (name) => read(`html/${name}.in.html`).then((text) =>
  replace(text, /^[ \t]*\{\{part ([a-z-]+)\}\}\n/gm, parts))

const icon = (name, more) =>
  `<svg class="icon${more}" aria-hidden="true"><use href="#i-${name}"/></svg>`

async function symbol(name) {
  const svg = await read(`node_modules/lucide-static/icons/${name}.svg`)
  const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"))
  return `<symbol id="i-${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>")}</symbol>`
}

async function sprite(html) {
  const scripts = await Promise.all((await readdir(new URL("js/", site), { recursive: true })).filter((name) => name.endsWith(".js")).map((name) => read(`js/${name}`)))
  const names = [...new Set([...[html, ...scripts].join("\n").matchAll(/"#i-([a-z0-9-]+)"/g)].map((m) => m[1]))].sort()
  return `<svg class="sprite" aria-hidden="true">\n${(await Promise.all(names.map(symbol))).join("\n")}\n</svg>`
}

export async function page(name) {
  let html = await parts(name)
  html = await replace(html, /\{\{icon ([a-z0-9-]+)((?: [a-z-]+)*)\}\}/g, icon)
  html = await replace(html, /\{\{sprite\}\}/g, () => sprite(html))
  html = html.replace(/^ +/gm, "").replace(/<!-- .*? -->\n/gs, "") // they are for those who read the parts
  const left = html.match(/\{\{[^}]*\}\}/)
  if (left) throw new Error(`html/${name}.in.html: nothing is known of ${left[0]}`)
  return html
}

// With a folder as argument the pages go there, to be compared with what is committed.
const out = process.argv[2] ? new URL(`${process.argv[2]}/`, `file://${process.cwd()}/`) : site
for (const name of ["index", "components", "docs"]) await writeFile(new URL(`${name}.html`, out), await page(name))
