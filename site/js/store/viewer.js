// The picture at full size, and the way from one to the next.

import * as task from "../task.js"

export const createViewer = ({ store }) => ({
  open: false,
  scope: "", // a task's id, or empty for the whole library
  key: "",
  details: true,
  loadedKey: "",
  brokenKey: "",

  get list() {
    if (!this.open) return []
    const x = this.scope && store("tasks").find(this.scope)
    return x ? task.tiles([{ ...x, status: "COMPLETED" }]) : store("library").pictures
  },
  get at() { return this.list.findIndex((tile) => tile.key === this.key) },
  get tile() { return this.list[this.at] ?? null },
  get loaded() { return this.loadedKey === this.key },
  get broken() { return this.brokenKey === this.key },
  get first() { return this.at <= 0 },
  get last() { return this.at >= this.list.length - 1 },

  show(x, image, scope = "") {
    this.scope = scope
    this.open = true
    this.go(`${x.task_id}/${image.index}`)
  },

  go(key) {
    this.key = key
    const tile = this.tile
    if (!tile) return
    if (!task.linkAlive(tile.image, Date.now() + store("app").offset)) store("library").freshen(tile.task.task_id)
    this.preload()
  },

  // preload fetches the neighbours, so that an arrow shows the next at once.
  preload() {
    for (const by of [1, -1]) {
      const next = this.list[this.at + by]
      if (next) new Image().src = next.image.url
    }
  },

  move(by) {
    const next = this.list[this.at + by]
    if (next) this.go(next.key)
    if (this.at > this.list.length - 4 && !this.scope) store("library").loadMore()
  },

  remove() {
    const { task: x } = this.tile
    const rest = this.list.filter((tile) => tile.task.task_id !== x.task_id)
    const after = this.list.slice(this.at).find((tile) => tile.task.task_id !== x.task_id) ?? rest.at(-1)
    store("library").remove(x)
    if (after) this.go(after.key)
    else this.close()
  },

  close() { this.open = false },
})
