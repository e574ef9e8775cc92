// Writes icons.svg: one symbol for each icon that index.html names, and no other.
import { readFile, writeFile } from "node:fs/promises"

const site = new URL("../", import.meta.url)
const html = await readFile(new URL("index.html", site), "utf8")
const names = [...new Set([...html.matchAll(/icons\.svg#([a-z0-9-]+)/g)].map((m) => m[1]))].sort()

const symbol = async (name) => {
  const svg = await readFile(new URL(`node_modules/lucide-static/icons/${name}.svg`, site), "utf8")
  const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"))
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>")}</symbol>`
}

const symbols = await Promise.all(names.map(symbol))
await writeFile(new URL("icons.svg", site), `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`)
