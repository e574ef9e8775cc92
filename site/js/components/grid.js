// The grid: what is in sight of it, and how mouse, finger and keys act on it.

import { step } from "../layout.js"
import * as task from "../task.js"
import { copyText } from "./clipboard.js"
import { deleteLabel, restTitle, retryLabel } from "./words.js"

const EXCERPT = 80 // characters of the prompt in a name that is read out
const MOVES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"]

export const grid = () => ({
  init() {
    const library = this.$store.library
    new ResizeObserver(() => library.measure(this.$root.clientWidth)).observe(this.$root)
    let due = false
    const look = () => {
      due = false
      if (!this.$root.offsetParent) return
      library.seen(-this.$root.getBoundingClientRect().top, innerHeight)
    }
    const soon = () => {
      if (!due) requestAnimationFrame(look)
      due = true
    }
    addEventListener("scroll", soon, { passive: true })
    addEventListener("resize", soon)
    this.$watch("$store.library.revision", soon)
    // load and error of pictures do not bubble.
    this.$root.addEventListener("load", (e) => e.target.classList.add("is-here"), true)
    this.$root.addEventListener("error", (e) => this.fail(e.target), true)
  },

  get hovered() { return this.$store.library.hovered },

  nameOf(t) { return [...t.task.prompt].slice(0, EXCERPT).join("") },
  restTitle(x) { return restTitle(x, this.$store.app) },
  retryText(x) { return retryLabel(x, this.$store.app) },
  deleteText(x) { return deleteLabel(x, this.$store.app) },
  fileOf(t) { return task.fileName(t.task, t.image) },
  why(x) {
    const [first] = task.failures(x)
    return first && x.status !== "CANCELLED" ? this.$store.app.say(first.error.title) : ""
  },

  use(t) { this.$store.composer.recall(t.task) },
  copy(t) { copyText(t.task.prompt, this.$store) },
  inform(t) { this.$store.details.toggle(t.key) },
  remove(t) { this.$store.library.remove(t.task) },
  retry(t) { this.$store.tasks.retry(t.task) },

  // A link may have ended while the page was open: once, ask for another.
  async fail(img) {
    const tile = this.tileOf(img)
    if (!tile || !img.matches(".tile-img")) return
    if (!(await this.$store.library.freshen(tile.task.task_id))) img.closest(".tile")?.classList.add("is-broken")
  },

  tileOf(target) {
    const key = target.closest?.("[data-key]")?.dataset.key
    return key ? this.$store.library.find(key) : null
  },

  // go moves the focus to a tile, and the page with it.
  go(i) {
    const { library, details } = this.$store
    const tile = library.tiles[i]
    if (!tile) return
    library.at = tile.key
    details.follow(tile.key)
    const row = library.rowOf(i)
    const top = this.$root.getBoundingClientRect().top + row.y
    const least = document.querySelector(".composer").getBoundingClientRect().bottom + 8
    if (top < least) scrollBy(0, top - least)
    else if (top + row.h > innerHeight - 8) scrollBy(0, top + row.h - innerHeight + 8)
    library.look()
    this.$nextTick(() => this.$root.querySelector(`.tile[data-key="${CSS.escape(tile.key)}"]`)?.focus({ preventScroll: true }))
  },

  open(t) {
    if (t.kind === "picture") this.$store.viewer.show(t.task, t.image)
    else this.$store.details.show(t.key)
  },

  events: {
    ["@pointerover"](event) {
      if (event.pointerType !== "mouse" || !matchMedia("(hover: hover)").matches) return
      const tile = this.tileOf(event.target)
      const { library } = this.$store
      library.hovered = tile && library.sight.find((t) => t.key === tile.key) || null
    },
    ["@pointerleave"]() { this.$store.library.hovered = null },
    ["@focusin"](event) {
      const tile = this.tileOf(event.target)
      if (tile && event.target.matches(".tile")) this.$store.library.at = tile.key
    },
    ["@click"](event) {
      const tile = this.tileOf(event.target)
      if (!tile) return
      const { selection } = this.$store
      if (event.shiftKey) selection.range(tile.key)
      else if (event.ctrlKey || event.metaKey) selection.toggle(tile.key)
      else this.open(tile)
      this.$store.library.at = tile.key
    },
    ["@keydown"](event) {
      const { library } = this.$store
      const i = library.indexOf(library.at)
      if (event.altKey || event.ctrlKey || event.metaKey || i < 0) return
      if (MOVES.includes(event.key)) {
        event.preventDefault()
        return this.go(step(library.plan, i, event.key))
      }
      if (event.key === "Enter") {
        event.preventDefault()
        this.open(library.tiles[i])
      }
      if (event.key === "i") this.inform(library.tiles[i])
    },
  },
})
