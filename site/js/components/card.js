// One task of the current work; x comes from the loop around it.

import { placeInLine } from "../estimate.js"
import { duration } from "../format.js"
import * as task from "../task.js"
import { retryLabel, taskFacts, technical } from "./words.js"

export const card = () => ({
  busy: false,

  get running() { return task.active(this.x) },
  get problems() { return this.running ? [] : task.failures(this.x) },
  get canRetry() { return ["PARTIAL", "FAILED", "CANCELLED"].includes(this.x.status) },
  get retryText() { return retryLabel(this.x, this.$store.app) },
  get inLine() { return this.running && this.x.status !== "SENDING" && task.inLine(this.x) },
  get held() { return this.x.images.some((im) => im.status === "held") },
  get holdText() { return this.$store.app.t(this.held ? "action.release" : "action.hold") },
  get holdIcon() { return this.held ? "#i-play" : "#i-pause" },
  // behind tells whether others of one's own begin before it, so that it can be next.
  get behind() { return this.inLine && placeInLine(this.$store.tasks.list, this.x) > 0 },
  // movable tells whether it can change places with others of one's own.
  get movable() { return this.inLine && this.$store.tasks.line.length > 1 },
  get stages() {
    const at = task.STAGES.indexOf(task.stage(this.x))
    return task.STAGES.map((name, i) => ({ name, now: i === at, past: i < at }))
  },
  // Upright pictures stand side by side, others in a block.
  get columns() {
    const n = this.x.images.length
    return this.shape < 0.8 && n <= 4 ? n : Math.ceil(Math.sqrt(n))
  },
  get shape() { return Math.min(Math.max(task.shape(this.x, task.done(this.x)[0]), 0.5), 2.2) },
  // media is width ÷ height of the place for all pictures.
  get media() {
    const rows = Math.ceil(this.x.images.length / this.columns)
    return (this.shape * this.columns) / rows
  },
  get slow() { return task.stage(this.x) === "working" ? this.$store.tasks.slowCase(this.x) : "" },
  get facts() { return taskFacts(this.x, this.$store.app) },
  get verdict() {
    const app = this.$store.app
    const ms = task.took(this.x)
    const words = app.t(`status.${this.x.status}`)
    return this.x.status === "COMPLETED" && ms > 0 ? `${words} · ${duration(ms, app.lang)}` : words
  },

  technical,
  view(image) { this.$store.viewer.show(this.x, image, this.x.task_id) },
  refresh() { this.$store.library.freshen(this.x.task_id) },
  use() { this.$store.composer.recall(this.x) },
  dismiss() { this.$store.tasks.settle(this.x.task_id) },
  remove() { this.$store.bin.put(this.x) },
  grab(event) { if (event.button === 0) this.$store.line.grab(event, this.x) },
  ahead() { this.$store.line.shift(this.x, 1) },
  // shift is what Alt and an arrow do anywhere in the card: ahead is to the right.
  shift(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (!by || !event.altKey || !this.movable) return
    event.preventDefault()
    this.$store.line.shift(this.x, by)
  },
  async hold() { await this.once(() => this.$store.tasks.hold(this.x)) },
  async next() { await this.once(() => this.$store.tasks.next(this.x)) },
  async cancel() { await this.once(() => this.$store.tasks.cancel(this.x)) },
  async retry() { await this.once(() => this.$store.tasks.retry(this.x)) },

  // once keeps a button from being pressed again before the answer is there.
  async once(call) {
    this.busy = true
    try {
      await call()
    } finally {
      this.busy = false
    }
  },
})
