// The full view: a modal dialog, so that the browser keeps the focus inside.

import { number } from "../format.js"
import * as z from "../zoom.js"
import { mixed } from "./details.js"
import { hideDialog, showDialog } from "./dialogs.js"

const SWIPE_PX = 60 // shorter is no swipe
const CLICK_PX = 5 // further is no click
const STEP = 1.25 // a notch of the wheel
const PAN_PX = 80 // an arrow key, where the picture is larger than its place
const PIXELS = 3 // device pixels for each of the picture's, from which on they are shown as squares

export const viewer = () => mixed({
  place: "viewer",
  view: { scale: 1, x: 0, y: 0 },
  box: { width: 1, height: 1 },
  pointers: new Map(), // where fingers or the mouse are
  held: false,
  start: null, // of a drag: {x, y, moved}
  opener: null, // what had the focus before

  init() {
    this.$watch("$store.viewer.open", (open) => (open ? this.show() : this.hide()))
    this.$watch("$store.viewer.key", () => this.reset())
    // A picture may go while it is looked at, by a delete elsewhere.
    this.$watch("$store.viewer.at", (at) => { if (at < 0) this.$store.viewer.close() })
  },

  get item() { return this.$store.viewer.tile },
  get ratio() { return devicePixelRatio },
  get whole() { return z.isFit(this.view, this.picture, this.box, this.ratio) },
  get pixels() { return this.view.scale * this.ratio >= PIXELS },
  get percent() {
    return number(this.view.scale * this.ratio, this.$store.app.lang, { style: "percent" })
  },
  get placeText() {
    const { viewer, library, app } = this.$store
    const more = library.more && !viewer.scope
    return app.t(more ? "viewer.placeMore" : "viewer.place", { at: viewer.at + 1, n: viewer.list.length })
  },
  get layer() {
    const { width, height } = this.picture
    const { scale, x, y } = this.view
    return { width: `${width * scale}px`, height: `${height * scale}px`, transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }
  },

  show() {
    this.opener = document.activeElement
    this.$store.viewer.details = !matchMedia("(max-width: 47.99rem)").matches
    // What is focused first must be there before the dialog opens.
    this.$nextTick(() => {
      const canvas = this.$refs.canvas
      if (!canvas) return
      showDialog(this.$root)
      new ResizeObserver(() => this.measure()).observe(canvas)
      this.measure()
    })
  },
  hide() {
    if (!this.$root.open) return
    const key = this.$store.viewer.key
    hideDialog(this.$root)
    const i = this.$store.library.indexOf(key)
    if (i < 0 && this.opener?.isConnected) return this.opener.focus() // a card of the current work
    this.$store.library.at = key
    const tile = document.querySelector(`.tile[data-key="${CSS.escape(key)}"]`)
    if (tile) tile.focus({ preventScroll: this.inSight(tile) })
    else if (i >= 0) dispatchEvent(new CustomEvent("show-tile", { detail: i }))
  },
  inSight(tile) {
    const { top, bottom } = tile.getBoundingClientRect()
    return top > 0 && bottom < innerHeight
  },
  close() { this.$store.viewer.close() },
  print() { globalThis.print() },
  toggleDetails() { this.$store.viewer.details = !this.$store.viewer.details },

  measure() {
    const canvas = this.$refs.canvas
    if (!canvas || !this.picture) return
    const style = getComputedStyle(canvas)
    const was = this.whole, first = this.box.width === 1
    this.box = {
      width: canvas.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight),
      height: canvas.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom),
    }
    if (was || first) this.reset()
    else this.view = z.held(this.view, this.picture, this.box)
  },
  reset() {
    if (this.picture) this.view = z.fitted(this.picture, this.box, this.ratio)
  },

  // zoom goes between all of the picture and its own pixels.
  zoom() { this.zoomTo(this.whole ? 1 / this.ratio : 0) },
  zoomBy(factor, point) { this.zoomTo(this.view.scale * factor, point) },
  zoomTo(scale, point) { this.view = z.zoomed(this.view, this.picture, this.box, scale, point, this.ratio) },
  pan(dx, dy) { this.view = z.moved(this.view, this.picture, this.box, dx, dy) },

  // point is where an event is, from the middle of the place for the picture.
  point(event) {
    const r = this.$refs.canvas.getBoundingClientRect()
    return { x: event.clientX - r.left - r.width / 2, y: event.clientY - r.top - r.height / 2 }
  },

  use() {
    this.$store.composer.recall(this.item.task)
    this.close()
    this.$nextTick(() => document.getElementById("prompt").focus())
  },
  remove() { this.$store.viewer.remove() },

  keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea")) return
    const arrows = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key]
    const does = {
      z: () => this.zoom(), i: () => this.toggleDetails(),
      "+": () => this.zoomBy(STEP ** 2), "=": () => this.zoomBy(STEP ** 2), "-": () => this.zoomBy(STEP ** -2), 0: () => this.zoomTo(0), 1: () => this.zoomTo(1 / this.ratio),
    }[event.key]
    if (arrows && this.whole && arrows[0] === 0) return
    if (!arrows && !does) return
    event.preventDefault()
    if (does) does()
    else if (this.whole) this.$store.viewer.move(-arrows[0])
    else this.pan(arrows[0] * PAN_PX, arrows[1] * PAN_PX)
  },

  arrive() { this.$store.viewer.loadedKey = this.$store.viewer.key },
  async fail() {
    const { viewer, library } = this.$store
    const key = viewer.key
    if (!(await library.freshen(this.item.task.task_id))) viewer.brokenKey = key
  },

  // One finger or the mouse moves the picture, or turns to the next; two fingers zoom.
  hand: {
    ["@wheel.prevent"](event) {
      this.zoomBy(event.deltaY < 0 ? STEP : 1 / STEP, this.point(event))
    },
    ["@pointerdown"](event) {
      if (event.button !== 0) return
      this.$refs.canvas.setPointerCapture(event.pointerId)
      this.pointers.set(event.pointerId, this.point(event))
      this.held = true
      this.start = { ...this.point(event), far: 0, many: this.pointers.size > 1 }
    },
    ["@pointermove"](event) {
      const before = this.pointers.get(event.pointerId)
      if (!before) return
      const now = this.point(event)
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1]
      this.pointers.set(event.pointerId, now)
      this.start.far = Math.max(this.start.far, Math.hypot(now.x - this.start.x, now.y - this.start.y))
      if (other) {
        const span = (p) => Math.hypot(p.x - other.x, p.y - other.y)
        if (span(before) > 0) this.zoomBy(span(now) / span(before), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 })
      } else if (this.whole) {
        this.view = { ...this.view, x: now.x - this.start.x }
      } else {
        this.pan(now.x - before.x, now.y - before.y)
      }
    },
    ["@pointerup"](event) {
      if (!this.pointers.delete(event.pointerId)) return
      const now = this.point(event), { x, y, far, many } = this.start
      if (this.pointers.size > 0) {
        this.start.many = true
        return
      }
      this.held = false
      if (many) return this.whole && this.reset()
      if (far <= CLICK_PX) return this.zoomTo(this.whole ? 1 / this.ratio : 0, now)
      if (!this.whole) return
      this.reset()
      if (Math.abs(now.x - x) > SWIPE_PX) this.$store.viewer.move(now.x < x ? 1 : -1)
      else if (event.pointerType === "touch" && now.y - y > SWIPE_PX * 1.5) this.close()
    },
    ["@pointercancel"](event) {
      this.pointers.delete(event.pointerId)
      this.held = false
    },
  },
})
