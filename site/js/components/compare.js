// Two pictures over or beside each other, and what their recipes do not have alike.

import { hideDialog, showDialog } from "./dialogs.js"
import { recipeOf } from "./details.js"

const MODES = ["slider", "side", "blink"]

export const compare = () => ({
  modes: MODES,
  at: 50, // of the slider, percent
  blinked: false,

  init() {
    this.$watch("$store.compare.ready", (ready) => {
      if (ready) this.$nextTick(() => showDialog(this.$root))
      else if (this.$root.open) hideDialog(this.$root)
    })
  },

  // differences are the rows of both recipes that differ, in the order of the first.
  get differences() {
    const { app, compare } = this.$store
    const rows = ({ task, image }) => new Map([[app.t("compose.prompt"), task.prompt], ...recipeOf({ task, image }, app).map((r) => [r.name, r.value])])
    const a = rows(compare.a), b = rows(compare.b)
    return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name))
      .map((name) => ({ name, a: a.get(name) ?? "–", b: b.get(name) ?? "–" }))
  },

  slide(event) {
    if (this.$store.compare.mode !== "slider" || (event.type === "pointermove" && event.buttons !== 1 && event.pointerType !== "mouse")) return
    const box = event.currentTarget.getBoundingClientRect()
    this.at = Math.min(100, Math.max(0, ((event.clientX - box.left) / box.width) * 100))
  },
  keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const { compare } = this.$store
    if (event.key === "c") compare.swap()
    if (event.key === "m") compare.mode = MODES[(MODES.indexOf(compare.mode) + 1) % MODES.length]
    if (event.key === " " && compare.mode === "blink" && event.target.tagName !== "BUTTON") {
      event.preventDefault()
      this.blinked = !this.blinked
    }
  },
  close() { this.$store.compare.close() },
})
