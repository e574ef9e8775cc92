// What is kept: tasks that are over, newest first, page by page.

import { Problem, Unreachable } from "../api.js"
import * as task from "../task.js"

const PAGE = 24
const SEARCH_PAUSE_MS = 300
const FRESHEN_PAUSE_MS = 30_000 // between two requests for new links of the same task
const REVISIT_MS = 30_000 // a list younger than this is not read again

export const createLibrary = ({ api, persist, store }) => ({
  tasks: [],
  cursor: "",
  filter: { q: "", status: "", model: "" },
  loading: false,
  loaded: false, // the first page is here
  failed: false,
  hidden: [], // ids that are being deleted and can still be brought back
  askedAt: 0,
  round: 0, // of the filter: answers to an older one are dropped
  wasUntouched: persist(null).as("untouched"), // what the first drawing goes by, before the answer is here
  freshened: {},
  searchTimer: 0,

  get tiles() {
    const away = (x) => this.hidden.includes(x.task_id) || store("tasks").holds(x.task_id)
    return task.tiles(this.tasks.filter((x) => !away(x)))
  },
  get filtered() { return Boolean(this.filter.q || this.filter.status || this.filter.model) },
  get more() { return this.cursor !== "" },
  // ends has the place where the list goes on, so that each place is watched for anew.
  get ends() { return this.more ? [this.cursor] : [] },
  get empty() { return this.loaded && !this.loading && this.tiles.length === 0 && !this.more },
  // untouched: nothing was made here yet, so the page shows how to begin.
  get untouched() {
    if (!this.loaded) return Boolean(this.wasUntouched) && store("tasks").visible.length === 0
    return this.empty && !this.filtered && store("tasks").visible.length === 0
  },

  // unknown: a first visit, and no answer yet. Drawing nothing is better than drawing the wrong thing.
  get unknown() { return !this.loaded && !this.failed && this.wasUntouched === null && store("app").reachable },

  // resume rebuilds the page from the service: what runs, and the newest of what is kept.
  async resume() {
    try {
      const [active] = await Promise.all([api.history({ status: "active", limit: 100 }), this.reload()])
      store("tasks").add(active.items)
      store("tasks").poll()
    } catch (err) {
      store("toasts").problem(err)
    }
    store("app").measure()
  },

  revisit() {
    if (Date.now() - this.askedAt > REVISIT_MS) this.resume()
  },

  query(cursor) { return { limit: PAGE, cursor, ...this.filter, q: this.filter.q.trim() } },

  // reload reads the first page anew. What is shown stays until it is there.
  async reload() {
    const round = ++this.round
    this.loading = true
    this.failed = false
    try {
      const page = await api.history(this.query(""))
      if (round !== this.round) return
      this.tasks = this.known(page.items)
      this.cursor = page.next_cursor ?? ""
      this.loaded = true
      this.askedAt = Date.now()
    } catch (err) {
      if (round === this.round) this.failed = true
      if (!(err instanceof Unreachable)) throw err
    } finally {
      if (round === this.round) this.loading = false
    }
  },

  async loadMore() {
    if (this.loading || !this.more) return
    const round = this.round
    this.loading = true
    this.failed = false
    try {
      const page = await api.history(this.query(this.cursor))
      if (round !== this.round) return
      const have = new Set(this.tasks.map((x) => x.task_id))
      this.tasks = [...this.tasks, ...this.known(page.items).filter((x) => !have.has(x.task_id))]
      this.cursor = page.next_cursor ?? ""
    } catch (err) {
      if (round !== this.round) return
      this.failed = true
      store("toasts").problem(err)
    } finally {
      if (round === this.round) this.loading = false
    }
  },

  // known leaves out what runs, and keeps links that still live.
  known(items) {
    const now = Date.now() + store("app").offset
    const old = new Map(this.tasks.map((x) => [x.task_id, x]))
    return items.filter((x) => !task.active(x)).map((x) => task.merge(old.get(x.task_id), x, now))
  },

  search() {
    clearTimeout(this.searchTimer)
    this.searchTimer = setTimeout(() => this.refilter(), SEARCH_PAUSE_MS)
  },

  async refilter() {
    clearTimeout(this.searchTimer)
    try {
      await this.reload()
    } catch (err) {
      store("toasts").problem(err)
    }
  },

  clearFilter() {
    this.filter = { q: "", status: "", model: "" }
    this.refilter()
  },

  // take adds a task that has just ended.
  take(x) {
    if (task.matches(x, this.filter)) this.tasks = task.place(this.tasks, x)
  },

  forget(id) { this.tasks = this.tasks.filter((x) => x.task_id !== id) },

  // remove hides a task now and deletes it when the toast with the way back has gone.
  remove(x) {
    const app = store("app")
    const n = task.done(x).length
    this.hidden = [...this.hidden, x.task_id]
    store("toasts").add({
      text: n > 0 ? app.t("delete.pictures", { n }) : app.t("delete.record"),
      action: app.t("action.undo"),
      act: () => this.unhide(x.task_id),
      whenGone: () => this.erase(x),
    })
  },

  unhide(id) { this.hidden = this.hidden.filter((h) => h !== id) },

  async erase(x) {
    try {
      await api.remove(x.task_id, store("app").leaving)
    } catch (err) {
      if (!(err instanceof Problem && err.status === 404)) {
        this.unhide(x.task_id)
        store("toasts").add({ kind: "error", text: store("app").t("delete.failed") })
        return
      }
    }
    this.forget(x.task_id)
    store("tasks").drop(x.task_id)
    this.unhide(x.task_id)
    if (!store("app").leaving) store("app").measure()
  },

  // freshen asks for new links of a task whose own have ended. It answers whether it asked.
  async freshen(id) {
    const now = Date.now()
    if (now - (this.freshened[id] ?? 0) < FRESHEN_PAUSE_MS) return false
    this.freshened[id] = now
    try {
      const items = await api.tasks([id])
      this.tasks = this.tasks.map((x) => (x.task_id === id && items[0] ? items[0] : x))
      store("tasks").apply(items)
      return items.length > 0
    } catch {
      return false
    }
  },
})
