// Short messages at the edge of the page, and what is only said to screen readers.

import { Problem, Unreachable } from "../api.js"

const SHOWN_MS = 6_000
const LONGEST = 4 // toasts at once; older ones make room

let lastId = 0

export const createToasts = ({ store }) => ({
  list: [],
  spoken: "",

  // add shows a toast. An action may be taken until it goes, by itself unless it stays.
  add({ text, kind = "info", action = "", act = null, detail = "", changes = [], stays = false }) {
    const same = this.list.find((x) => x.text === text && !x.act)
    if (same) this.take(same.id)
    const toast = { id: ++lastId, text, kind, action, act, detail, changes, stays, timer: 0 }
    this.list.push(toast)
    while (this.list.length > LONGEST) this.drop(this.list[0].id)
    this.release(toast.id)
    return toast.id
  },

  // problem says in words what an API call ended with.
  problem(err) {
    if (err instanceof Unreachable) return // the banner says it, quietly
    this.add({ kind: "error", ...describe(err, store("app")) })
  },

  announce(text) { this.spoken = text },

  find(id) { return this.list.find((x) => x.id === id) },

  // hold keeps a toast while it is pointed at or has the focus.
  hold(id) { clearTimeout(this.find(id)?.timer) },

  release(id) {
    const toast = this.find(id)
    if (!toast) return
    clearTimeout(toast.timer)
    if (!toast.stays) toast.timer = setTimeout(() => this.drop(id), SHOWN_MS)
  },

  drop(id) { this.take(id) },

  act(id) {
    const toast = this.take(id)
    if (toast?.act) toast.act()
  },

  take(id) {
    const toast = this.find(id)
    if (!toast) return null
    clearTimeout(toast.timer)
    this.list = this.list.filter((x) => x.id !== id)
    return toast
  },
})

// describe puts an error into words: the service's own where it sent some.
export function describe(err, app) {
  if (err instanceof Unreachable) return { text: app.t("error.unreachable"), detail: "" }
  if (!(err instanceof Problem)) return { text: app.t("error.page"), detail: String(err?.message ?? err) }
  const text = app.say(err.words) || app.t(err.status >= 500 ? "error.service" : "error.request")
  const detail = [`HTTP ${err.status}`, err.code, err.requestId, ...err.fields.map((f) => `${f.name}: ${f.message}`)].filter(Boolean).join(" · ")
  return { text, detail }
}
