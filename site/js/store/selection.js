// The tiles that are chosen, to do one thing with all of them.

import * as task from "../task.js"
import { zipped } from "../zip.js"

export const createSelection = ({ store }) => ({
  keys: new Set(),
  saving: null, // {done, total} while an archive is made
  from: "", // where a range begins

  get size() { return this.keys.size },
  has(key) { return this.keys.has(key) },

  // tiles are the chosen ones that are still there, in the grid's order.
  get tiles() { return store("library").tiles.filter((t) => this.keys.has(t.key)) },

  toggle(key) {
    if (!this.keys.delete(key)) this.keys.add(key)
    this.from = key
  },

  // range chooses everything between where it began and key.
  range(key) {
    const library = store("library")
    const a = library.indexOf(this.from || library.at), b = library.indexOf(key)
    if (a < 0 || b < 0) return this.toggle(key)
    for (const t of library.tiles.slice(Math.min(a, b), Math.max(a, b) + 1)) this.keys.add(t.key)
  },

  get pictures() { return this.tiles.filter((t) => t.kind === "picture") },
  get tasks() { return [...new Map(this.tiles.map((t) => [t.task.task_id, t.task])).values()] },
  get allFavourite() { return this.tasks.length > 0 && this.tasks.every((x) => x.favourite) },

  remove() { store("bin").put(...this.tasks) },

  restore() { store("bin").restore(this.tasks.map((x) => x.task_id)) },

  favour() {
    const favourite = !this.allFavourite
    return this.act({ action: favourite ? "favourite" : "unfavourite" }, () => ({ favourite }))
  },

  // move puts what is chosen into a folder; an empty id takes it out.
  async move(folder) {
    const app = store("app"), name = store("shelves").find("folders", folder)?.name
    const n = await this.act({ action: "folder", folder }, () => ({ folder }))
    if (n > 0) store("toasts").add({ text: folder ? app.t("folders.put", { n, name }) : app.t("folders.out", { n }) })
    if (n > 0) this.clear()
  },

  // shift moves the one that is chosen on in its folder.
  shift(by) { store("library").shift(this.tasks[0].task_id, by) },

  // act does one thing with all that is chosen, and resolves to the number of tasks it was done with.
  async act(action, change) {
    const { done } = await store("many").run(action, { ids: this.tasks.map((x) => x.task_id) })
    store("library").change(done, change)
    store("library").recount()
    return done.length
  },

  // download makes one archive of the chosen pictures, here in the browser.
  async download() {
    const pictures = this.pictures
    this.saving = { done: 0, total: pictures.length }
    try {
      saveAs(await zipped(this.fetched(pictures)), "pictures.zip")
    } catch {
      store("toasts").add({ kind: "error", text: store("app").t("select.notSaved") })
    } finally {
      this.saving = null
    }
  },

  async* fetched(pictures) {
    for (const t of pictures) {
      const response = await fetch(t.image.url)
      if (!response.ok) throw new Error(`${t.key}: ${response.status}`)
      yield { name: task.fileName(t.task, t.image), data: await response.blob() }
      this.saving.done++
    }
  },

  all() { for (const t of store("library").tiles) this.keys.add(t.key) },
  set(keys) { this.keys = new Set(keys) },
  clear() {
    this.keys.clear()
    this.from = ""
  },
})

// saveAs hands a file to the browser's own downloads.
function saveAs(blob, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
