// The picture at full size, and the way from one to the next. It has an entry in the
// browser's history of its own, so that Back closes it.

import { addressOf, pictureIn } from "../address.js"
import * as task from "../task.js"

export const createViewer = ({ api, store }) => ({
  open: false,
  scope: "", // a task's id, or empty for the whole library
  guest: null, // a task that a link named and that neither strip nor library has
  key: "",
  details: true,
  loadedKey: "",
  brokenKey: "",
  leaving: false, // the browser is on its way back

  get list() {
    if (!this.open) return []
    const x = this.scope && (store("tasks").find(this.scope) ?? this.guest)
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
    this.note()
    if (!task.linkAlive(tile.image, Date.now() + store("app").offset)) store("library").freshen(tile.task.task_id)
    this.preload()
  },

  // note puts the picture into the address: a new entry where the view opens, the same
  // one while it goes from picture to picture.
  note() {
    if (this.leaving || location.hash === addressOf(this.key)) return
    if (pictureIn(location.hash)) history.replaceState(history.state, "", addressOf(this.key))
    else history.pushState({ viewer: true }, "", addressOf(this.key))
  },

  // follow shows what the address names, or closes what it does not.
  async follow() {
    if (this.leaving) {
      this.leaving = false
      if (this.open) this.note()
      return
    }
    const here = pictureIn(location.hash)
    if (!here) this.open = false
    else if (!this.open || this.key !== `${here.id}/${here.index}`) await this.visit(here)
  },

  // visit shows a picture of any task, wherever it lies.
  async visit({ id, index }) {
    const key = `${id}/${index}`
    const tile = store("library").find(key)
    if (tile) return this.show(tile.task, tile.image)
    try {
      const [x] = store("tasks").holds(id) ? [store("tasks").find(id)] : await api.tasks([id])
      const pictures = x ? task.done(x) : []
      if (pictures.length === 0) return this.miss(x)
      this.guest = x
      this.show(x, pictures.find((im) => im.index === index) ?? pictures[0], id)
    } catch (err) {
      this.forget()
      store("toasts").problem(err)
    }
  },

  // miss says why a link leads to no picture.
  miss(x) {
    const app = store("app")
    this.forget()
    const words = !x ? app.t("link.gone") : task.active(x) ? app.t("link.working") : app.t("link.none", { status: app.t(`status.${x.status}`) })
    store("toasts").add({ text: words })
  },

  // forget leaves the address of the library in the place of a picture's.
  forget() { if (pictureIn(location.hash)) history.replaceState(null, "", store("route").address) },

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
    if (x.binned_at) return store("bin").put(x)
    store("bin").put(x)
    if (after) this.go(after.key)
    else this.close()
  },

  close() {
    if (!this.open) return
    this.open = false
    if (history.state?.viewer && pictureIn(location.hash)) {
      this.leaving = true
      history.back()
    } else {
      this.forget()
    }
  },
})
