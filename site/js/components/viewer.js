// The full view: a modal dialog, so that the browser keeps the focus inside.

import { bytes, dimensions, duration, moment } from "../format.js"
import * as task from "../task.js"
import { copyText } from "./clipboard.js"
import { hideDialog, showDialog } from "./dialogs.js"
import { deleteLabel } from "./tile.js"

const SWIPE_PX = 50 // shorter is a tap
const DRAG_PX = 4 // further is no click

export const viewer = () => ({
  touchX: 0,
  hold: null, // where a drag began
  dragged: false,

  init() {
    this.$watch("$store.viewer.open", (open) => (open ? this.show() : this.hide()))
    // A picture may go while it is looked at, by a delete elsewhere.
    this.$watch("$store.viewer.at", (at) => { if (at < 0) this.$store.viewer.close() })
  },

  get item() { return this.$store.viewer.tile },
  get picture() { return this.item?.image ?? null },
  get file() { return task.fileName(this.item.task, this.picture) },
  get deleteText() { return deleteLabel(this.item.task, this.$store.app) },
  get place() {
    const { viewer, library, app } = this.$store
    const more = library.more && !viewer.scope
    return app.t(more ? "viewer.placeMore" : "viewer.place", { at: viewer.at + 1, n: viewer.list.length })
  },
  get hasSeed() { return typeof this.picture.seed === "number" },

  get recipe() {
    const { app } = this.$store
    const x = this.item.task, image = this.picture
    const model = app.catalog.items.find((m) => m.id === x.model)
    const rows = [
      ["recipe.model", model ? app.say(model.name) : x.model],
      ["recipe.size", dimensions(image.width, image.height)],
      ["recipe.file", `${image.format.toUpperCase()} · ${bytes(image.bytes, app.lang)}`],
      ["recipe.seed", this.hasSeed ? String(image.seed) : ""],
      ["recipe.created", moment(x.created_at, app.lang)],
      ["recipe.took", task.took(x) > 0 ? duration(task.took(x), app.lang) : ""],
    ]
    const own = (model?.fields ?? []).filter((f) => f.name !== "seed" && x.params[f.name] !== undefined)
    for (const f of own) rows.push([app.say(f.label), this.valueWords(x.params[f.name])])
    return rows.filter(([, value]) => value).map(([name, value]) => ({ name: app.t(name), value }))
  },
  valueWords(value) {
    const { app } = this.$store
    if (typeof value === "boolean") return app.t(value ? "value.on" : "value.off")
    return new Intl.NumberFormat(app.lang, { maximumFractionDigits: 2 }).format(value)
  },

  show() {
    this.$store.viewer.details = !matchMedia("(max-width: 47.99rem)").matches
    showDialog(this.$root)
  },
  hide() {
    const key = this.$store.viewer.key
    hideDialog(this.$root)
    const tile = document.querySelector(`[data-key="${CSS.escape(key)}"] .tile-open`)
    tile?.focus()
  },
  close() { this.$store.viewer.close() },
  toggleDetails() { this.$store.viewer.details = !this.$store.viewer.details },

  use() {
    this.$store.composer.recall(this.item.task)
    this.close()
    this.$nextTick(() => document.getElementById("prompt").focus())
  },
  copy() { copyText(this.item.task.prompt, this.$store) },

  keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const does = {
      ArrowLeft: () => this.$store.viewer.move(-1),
      ArrowRight: () => this.$store.viewer.move(1),
      z: () => this.zoom(),
      i: () => this.toggleDetails(),
    }[event.key]
    if (!does || (event.key.startsWith("Arrow") && this.$store.viewer.zoomed)) return
    event.preventDefault()
    does()
  },

  arrive() { this.$store.viewer.loadedKey = this.$store.viewer.key },
  async fail() {
    const { viewer, library } = this.$store
    const key = viewer.key
    if (!(await library.freshen(this.item.task.task_id))) viewer.brokenKey = key
  },

  zoom() {
    const { viewer } = this.$store
    viewer.zoomed = !viewer.zoomed
    const canvas = this.$refs.canvas
    if (viewer.zoomed) {
      this.$nextTick(() => canvas.scrollTo((canvas.scrollWidth - canvas.clientWidth) / 2, (canvas.scrollHeight - canvas.clientHeight) / 2))
    }
  },
  // zoomAt keeps the point that was clicked in the middle.
  zoomAt(event) {
    if (this.dragged) return
    const { viewer } = this.$store
    const box = event.target.getBoundingClientRect()
    const { width, height } = this.picture
    const scale = Math.min(box.width / width, box.height / height)
    const x = (event.clientX - box.left - (box.width - width * scale) / 2) / scale
    const y = (event.clientY - box.top - (box.height - height * scale) / 2) / scale
    viewer.zoomed = !viewer.zoomed
    const canvas = this.$refs.canvas
    if (viewer.zoomed) this.$nextTick(() => canvas.scrollTo(x - canvas.clientWidth / 2, y - canvas.clientHeight / 2))
  },

  // A mouse drags the picture about; a finger scrolls it anyway.
  grab(event) {
    this.dragged = false
    if (!this.$store.viewer.zoomed || event.pointerType !== "mouse") return
    const { scrollLeft, scrollTop } = this.$refs.canvas
    this.hold = { x: event.clientX, y: event.clientY, scrollLeft, scrollTop }
  },
  drag(event) {
    if (!this.hold) return
    const dx = event.clientX - this.hold.x, dy = event.clientY - this.hold.y
    if (Math.hypot(dx, dy) > DRAG_PX) this.dragged = true
    this.$refs.canvas.scrollTo(this.hold.scrollLeft - dx, this.hold.scrollTop - dy)
  },
  drop() { this.hold = null },

  touch(event) { this.touchX = event.touches.length === 1 ? event.touches[0].clientX : NaN },
  swipe(event) {
    const by = event.changedTouches[0].clientX - this.touchX
    if (this.$store.viewer.zoomed || !(Math.abs(by) > SWIPE_PX)) return
    this.$store.viewer.move(by < 0 ? 1 : -1)
  },
})
