// The grid: what is in sight of it, and how mouse, finger and keys act on it.

import { gapAt, step, within } from "../layout.js"
import * as task from "../task.js"
import { copyText } from "./clipboard.js"
import { binLeft, deleteLabel, restTitle, retryLabel } from "./words.js"

const EXCERPT = 80 // characters of the prompt in a name that is read out
const MOVES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"]

const LASSO_PX = 8 // nearer, it is a click
const LONG_MS = 450 // shorter, it is a touch

export const grid = () => ({
  moved: null, // the tile that is dragged in its folder: {key, x, y}
  gap: null, // where it would go: {at, style}
  from: null, // where a box is drawn from
  lasso: null, // its style
  long: false, // a finger chooses
  finger: null, // where one is, and since when: {x, y, timer, chose}

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
    addEventListener("show-tile", (e) => this.go(e.detail))
    this.$watch("$store.library.revision", soon)
    // load and error of pictures do not bubble.
    this.$root.addEventListener("load", (e) => e.target.classList.add("is-here"), true)
    this.$root.addEventListener("error", (e) => this.fail(e.target), true)
  },

  get hovered() { return this.$store.library.hovered },

  nameOf(t) { return [[...t.task.prompt].slice(0, EXCERPT).join(""), this.leftText(t.task)].filter(Boolean).join(" · ") },
  restTitle(x) { return restTitle(x, this.$store.app) },
  retryText(x) { return retryLabel(x, this.$store.app) },
  deleteText(x) { return deleteLabel(x, this.$store.app) },
  leftText(x) { return binLeft(x, this.$store.app) },
  fileOf(t) { return task.fileName(t.task, t.image) },
  why(x) {
    const [first] = task.failures(x)
    return first && x.status !== "CANCELLED" ? this.$store.app.say(first.error.title) : ""
  },

  pick(event, t) {
    if (event.shiftKey) this.$store.selection.range(t.key)
    else this.$store.selection.toggle(t.key)
  },
  favour(t) { this.$store.library.mark(t.task, { favourite: !t.task.favourite }) },
  use(t) { this.$store.composer.recall(t.task) },
  copy(t) { copyText(t.task.prompt, this.$store) },
  inform(t) { this.$store.details.toggle(t.key) },
  remove(t) { this.$store.bin.put(t.task) },
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

  // keys are what a key does to the tile with the focus, or to what is chosen.
  keys(t) {
    const { composer, selection, compare } = this.$store
    const many = selection.size > 0
    if (t.task.binned_at) return this.binKeys(t, many)
    return {
      Enter: () => this.open(t),
      " ": () => selection.toggle(t.key),
      Escape: () => selection.clear(),
      Delete: () => (many ? selection.remove() : this.remove(t)),
      ".": () => (many ? selection.favour() : this.favour(t)),
      i: () => this.inform(t),
      z: () => this.open(t),
      c: () => compare.show(),
      a: () => composer.recall(t.task, "all", t.image),
      r: () => composer.recall(t.task, "remix"),
      p: () => composer.recall(t.task, "prompt"),
      s: () => composer.recall(t.task, "seed", t.image),
      f: () => this.ask("folder-wanted", t),
      t: () => this.ask("tag-wanted", t),
      d: () => composer.recall(t.task, "size", t.image),
    }
  },

  // ask opens a menu of the selection bar, for this tile where none is chosen.
  ask(menu, t) {
    if (this.$store.selection.size === 0) this.$store.selection.toggle(t.key)
    setTimeout(() => dispatchEvent(new CustomEvent(menu))) // once the bar is drawn
  },

  binKeys(t, many) {
    const { bin, selection } = this.$store
    return {
      Enter: () => this.open(t), z: () => this.open(t), i: () => this.inform(t),
      " ": () => selection.toggle(t.key), Escape: () => selection.clear(),
      Delete: () => (many ? selection.remove() : this.remove(t)),
      u: () => (many ? selection.restore() : bin.restore([t.task.task_id])),
    }
  },

  // touch waits whether a finger stays.
  touch(event) {
    const tile = this.tileOf(event.target)
    clearTimeout(this.finger?.timer)
    this.finger = { x: event.clientX, y: event.clientY, timer: 0, chose: false }
    if (!tile) return
    this.finger.timer = setTimeout(() => {
      this.finger.chose = this.long = true
      this.$store.selection.toggle(tile.key)
    }, LONG_MS)
  },

  // drag shows where the tile that is held would go.
  drag(event) {
    if (!this.gap && Math.hypot(event.clientX - this.moved.x, event.clientY + scrollY - this.moved.y) < LASSO_PX) return
    const { plan } = this.$store.library
    const shelf = this.$root.getBoundingClientRect()
    const { at, x, y, h } = gapAt(plan, event.clientX - shelf.left, event.clientY - shelf.top)
    this.gap = { at, style: { transform: `translate(${x}px, ${y}px)`, height: `${h}px` } }
  },
  drop() {
    const { library, shelves } = this.$store
    const t = library.find(this.moved.key)
    const before = library.tiles.slice(this.gap.at).find((other) => other.task !== t.task)
    const after = library.tiles[this.gap.at - 1]
    this.gap = null
    addEventListener("click", (e) => e.stopPropagation(), { capture: true, once: true })
    if (t && before?.task !== t.task && after?.task !== t.task) shelves.arrange(t.task.task_id, before?.task.task_id ?? null)
  },

  // rearrange moves the task of a tile in its folder as an arrow key says.
  async rearrange(event, i) {
    const { library } = this.$store
    const t = library.tiles[i]
    if (!library.ordered || !MOVES.slice(0, 4).includes(event.key)) return
    event.preventDefault()
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    const there = library.tiles[step(library.plan, i, event.key)]
    const ids = library.tasks.map((x) => x.task_id)
    await library.shift(t.task.task_id, by ?? ids.indexOf(there.task.task_id) - ids.indexOf(t.task.task_id))
    this.go(library.indexOf(t.key))
  },

  open(t) {
    if (t.kind === "picture") this.$store.viewer.show(t.task, t.image)
    else this.$store.details.show(t.key)
  },

  events: {
    ["@pointerover"](event) {
      if (event.pointerType !== "mouse" || matchMedia("(pointer: coarse)").matches) return
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
      if (this.finger?.chose) return
      if (event.shiftKey) selection.range(tile.key)
      else if (event.ctrlKey || event.metaKey || (this.long && selection.size > 0)) selection.toggle(tile.key)
      else this.open(tile)
      this.$store.library.at = tile.key
    },
    // A finger that stays chooses, and the browser's own menu keeps away; from then on a touch
    // chooses too, until nothing is chosen.
    ["@contextmenu"](event) {
      if (this.finger && this.tileOf(event.target)) event.preventDefault()
    },
    // The mouse draws a box from where there is no button; what it touches is chosen.
    ["@pointerdown"](event) {
      if (event.pointerType === "touch") return this.touch(event)
      this.finger = null
      if (event.pointerType !== "mouse" || event.button !== 0 || event.target.closest("button, a")) return
      const tile = this.tileOf(event.target)
      if (tile && this.$store.library.ordered && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
        this.moved = { key: tile.key, x: event.clientX, y: event.clientY + scrollY }
        return
      }
      this.from = { x: event.clientX, y: event.clientY + scrollY, keys: new Set(event.shiftKey ? this.$store.selection.keys : []) }
    },
    ["@pointercancel.window"]() { clearTimeout(this.finger?.timer) },
    ["@pointermove.window"](event) {
      if (this.finger && Math.hypot(event.clientX - this.finger.x, event.clientY - this.finger.y) > LASSO_PX) clearTimeout(this.finger.timer)
      if (this.moved) return this.drag(event)
      if (!this.from) return
      const far = Math.hypot(event.clientX - this.from.x, event.clientY + scrollY - this.from.y)
      if (!this.lasso && far < LASSO_PX) return
      const { library, selection } = this.$store
      const shelf = this.$root.getBoundingClientRect()
      const x = [this.from.x, event.clientX].map((n) => n - shelf.left), y = [this.from.y - scrollY, event.clientY].map((n) => n - shelf.top)
      const box = { left: Math.min(...x), right: Math.max(...x), top: Math.min(...y), bottom: Math.max(...y) }
      this.lasso = { transform: `translate(${box.left}px, ${box.top}px)`, width: `${box.right - box.left}px`, height: `${box.bottom - box.top}px` }
      selection.set([...this.from.keys, ...within(library.plan, box).map((i) => library.tiles[i].key)])
    },
    ["@pointerup.window"]() {
      clearTimeout(this.finger?.timer)
      if (this.gap) this.drop()
      this.moved = null
      if (this.lasso) addEventListener("click", (e) => e.stopPropagation(), { capture: true, once: true })
      this.from = this.lasso = null
    },
    ["@keydown"](event) {
      const { library, selection } = this.$store
      const i = library.indexOf(library.at)
      if (i < 0) return
      if (event.altKey) return this.rearrange(event, i)
      if (event.ctrlKey || event.metaKey) {
        if (event.key !== "a") return
        event.preventDefault()
        return selection.all()
      }
      if (MOVES.includes(event.key)) {
        event.preventDefault()
        const to = step(library.plan, i, event.key)
        if (event.shiftKey) {
          if (selection.size === 0) selection.toggle(library.at)
          selection.range(library.tiles[to].key)
        }
        return this.go(to)
      }
      const does = this.keys(library.tiles[i])[event.key]
      if (!does || (/^[a-z.]$/.test(event.key) && !this.$store.app.letters)) return
      event.preventDefault()
      does()
    },
  },
})
