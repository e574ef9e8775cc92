// The current work: what runs, and what ended otherwise than well and was not put away yet.

import { measured, placeInLine } from "../estimate.js"
import { duration } from "../format.js"
import { lineOf } from "../line.js"
import * as task from "../task.js"

const IDS_A_REQUEST = 50 // the API's limit

let sent = 0

// toNewest shows the beginning of the strip, once the new card is drawn there: the strip
// keeps in its place what was at its edge before.
const toNewest = () => setTimeout(() => document.getElementById("strip").scrollTo({ left: 0 }))

export const createTasks = ({ api, store }) => ({
  list: [], // newest first
  timer: 0,
  failed: 0,
  moving: 0, // orders of the line that the service is being told
  usual: {}, // by model: how long a picture takes here, ms, as running tasks tell

  get running() { return this.list.filter((x) => task.active(x) && x.status !== "SENDING") },
  // busy is how many go on by themselves: one that is held back does not.
  get busy() { return this.list.filter((x) => task.active(x) && !task.held(x)).length },
  get paused() { return this.running.some(task.paused) },
  get over() { return this.visible.filter((x) => !task.active(x)).length },
  get line() { return lineOf(this.list) }, // who waits, the next to begin first
  get visible() { return this.list.filter((x) => !store("library").hidden.includes(x.task_id)) },

  find(id) { return this.list.find((x) => x.task_id === id) },
  holds(id) { return this.list.some((x) => x.task_id === id) },

  // begin shows a task before the service has answered. What went well before joins the
  // library now, not when it ended: nothing moves by itself.
  begin(body) {
    for (const x of this.list.filter((x) => x.status === "COMPLETED")) this.settle(x.task_id)
    const id = `sending-${++sent}`
    const card = task.sending(body, id, Date.now() + store("app").offset)
    card.progress.expected_ms = store("composer").expected
    this.list = [{ ...card, card: id }, ...this.list]
    this.changed()
    toNewest()
    return id
  },

  accepted(id, answer) {
    if (this.holds(answer.task_id)) return this.drop(id) // a replay of one that is here already
    this.list = this.list.map((x) => (x.task_id === id ? { ...x, ...answer } : x))
    this.changed()
  },

  drop(id) {
    this.list = this.list.filter((x) => x.task_id !== id)
    this.changed()
  },

  // add takes in tasks that the service says are running: what begins last comes first.
  add(tasks) {
    for (const x of tasks.filter((x) => !this.holds(x.task_id))) {
      const at = this.list.findIndex((other) => task.queued(other) < task.queued(x))
      this.list.splice(at < 0 ? this.list.length : at, 0, { ...x })
    }
    this.apply(tasks)
  },

  // show takes in what was just asked for, where it is seen.
  show(tasks) {
    this.add(tasks)
    toNewest()
  },

  // apply takes over newer readings of tasks that are shown.
  apply(tasks) {
    const now = Date.now() + store("app").offset
    for (const next of tasks) {
      const at = this.list.findIndex((x) => x.task_id === next.task_id)
      if (at < 0) continue
      if (next.progress.expected_ms > 0) this.usual[next.model] = next.progress.expected_ms
      const old = this.list[at]
      if (task.same(old, next)) continue
      const fresh = task.merge(old, next, now)
      this.list[at] = { ...fresh, ...(this.moving > 0 && { progress: { ...fresh.progress, queued_at: old.progress.queued_at } }), card: old.card }
      if (task.active(old) && !task.active(next)) this.ended(next)
    }
    this.changed()
  },

  ended(x) {
    const app = store("app")
    app.measure()
    const words = x.status === "COMPLETED" ? app.t("announce.done", { n: x.images.length }) : app.t(`status.${x.status}`)
    store("toasts").announce(words)
    if (app.notify && document.hidden) new Notification(words, { body: x.prompt, tag: x.task_id, icon: "/favicon.svg" })
  },

  // settle puts a card away; its pictures are in the library from then on.
  settle(id) {
    const x = this.find(id)
    if (!x) return
    const { card: _, ...plain } = x
    this.drop(id)
    store("library").take(plain)
  },

  settleAll() { for (const x of this.list.filter((x) => !task.active(x))) this.settle(x.task_id) },

  changed() {
    store("app").tick(this.busy > 0)
    clearTimeout(this.timer)
    this.timer = 0
    if (this.running.length > 0) this.schedule()
  },

  schedule() {
    const delay = task.pollDelay({ hidden: document.hidden, failed: this.failed, idle: this.busy === 0 })
    this.timer = setTimeout(() => this.poll(), delay)
  },

  async poll() {
    const ids = this.running.map((x) => x.task_id)
    try {
      for (let at = 0; at < ids.length; at += IDS_A_REQUEST) {
        const asked = ids.slice(at, at + IDS_A_REQUEST)
        const items = await api.tasks(asked)
        const gone = asked.filter((id) => !items.some((x) => x.task_id === id))
        this.list = this.list.filter((x) => !gone.includes(x.task_id))
        this.failed = 0
        this.apply(items)
      }
    } catch {
      this.failed++ // the banner says that nobody answers; the next try comes later
    }
    this.changed()
  },

  async cancel(x) { await this.change(x, () => api.cancel(x.task_id)) },

  // hold keeps what waits of a task from being begun, or lets it go on.
  async hold(x) { await this.change(x, () => (x.images.some((im) => im.status === "held") ? api.release : api.hold)(x.task_id)) },
  async next(x) { if (await this.change(x, () => api.next(x.task_id))) store("line").lineUp() },

  // hasten puts a new task in front, where it has not begun already.
  async hasten(id) {
    try {
      this.apply([await api.next(id)])
      store("line").lineUp()
    } catch {
      // it has begun, or the next poll tells
    }
  },

  async retry(x) {
    const next = await this.change(x, () => api.retry(x.task_id))
    if (next) store("library").forget(x.task_id)
  },

  async change(x, call) {
    try {
      const next = await call()
      if (this.holds(x.task_id)) this.apply([next])
      else this.add([next])
      return next
    } catch (err) {
      store("toasts").problem(err)
      return null
    }
  },

  // slowCase says how long it may take, where this installation has enough to tell.
  slowCase(x) {
    const app = store("app")
    const past = measured(store("library").tasks, x.model)
    if (!past || past.works.slow < past.works.median * 1.3) return ""
    return app.t("progress.slow", { time: duration(past.works.slow, app.lang) })
  },

  // progress says in words where a task is: what happens and for how long.
  progress(x) {
    const app = store("app")
    if (x.status === "SENDING") return app.t("compose.sending")
    const stage = task.stage(x)
    const ms = task.elapsed(x, app.now)
    const time = duration(ms, app.lang)
    if (task.held(x)) return app.t("progress.held")
    if (task.paused(x)) return app.t("progress.paused", { time })
    const place = placeInLine(this.list, x)
    if (stage === "waiting" && place > 0) return app.t("progress.inLine", { n: place, time })
    if (stage !== "working") return app.t(`progress.${stage}`, { time })
    const usual = duration(x.progress.expected_ms, app.lang)
    if (!x.progress.expected_ms) return app.t("progress.open", { time })
    return app.t(ms > x.progress.expected_ms ? "progress.longer" : "progress.working", { time, usual })
  },
})
