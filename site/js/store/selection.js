// The tiles that are chosen, to do one thing with all of them.

import { saveAs } from "../files.js"
import { queryOf } from "../query.js"
import * as task from "../task.js"
import { zipped } from "../zip.js"

export const createSelection = ({ api, store }) => ({
  keys: new Set(),
  saving: null, // {done, total} while an archive is made
  from: "", // where a range begins
  every: null, // all that match are chosen, not only what is read: {query, n, more}

  get size() { return this.keys.size },
  has(key) { return this.keys.has(key) },

  // tiles are the chosen ones that are still there, in the grid's order.
  get tiles() { return store("library").tiles.filter((t) => this.keys.has(t.key)) },

  toggle(key) {
    this.every = null
    if (!this.keys.delete(key)) this.keys.add(key)
    this.from = key
  },

  // range chooses everything between where it began and key.
  range(key) {
    this.every = null
    const library = store("library")
    const a = library.indexOf(this.from || library.at), b = library.indexOf(key)
    if (a < 0 || b < 0) return this.toggle(key)
    for (const t of library.tiles.slice(Math.min(a, b), Math.max(a, b) + 1)) this.keys.add(t.key)
  },

  get pictures() { return this.tiles.filter((t) => t.kind === "picture") },
  get tasks() { return [...new Map(this.tiles.map((t) => [t.task.task_id, t.task])).values()] },
  get allFavourite() { return this.tasks.length > 0 && this.tasks.every((x) => x.favourite) },

  get tags() { return [...new Set(this.tasks.flatMap((x) => x.tags ?? []))].sort() },

  // number and words say how much is chosen, or how far it is dealt with.
  get number() { return this.every?.n ?? this.size },
  get words() {
    const app = store("app"), { progress } = store("many")
    if (progress && progress.total > 1) return app.t("select.saving", progress)
    return this.every ? app.t("select.every", { n: this.every.n }) : app.t("select.count", { n: this.size })
  },

  // canWiden: all that is read is chosen, and more matches.
  get canWiden() {
    const library = store("library")
    return !this.every && library.more && !library.place.parent && this.size > 0 && this.size >= library.size
  },

  // widen chooses all that match, and says how many those are.
  async widen() {
    const { place: { bin, ...place }, filter: { order, ...filter } } = store("library")
    const query = { query: queryOf({ ...place, ...filter }), ...(bin && { bin: true }) }
    try {
      const { matched, more } = await api.batch({ action: "favourite", ...query }) // without a number nothing is changed
      this.every = { query, n: matched, more }
    } catch (err) {
      store("toasts").problem(err)
    }
  },

  async remove() {
    if (!this.every) return store("bin").put(...this.tasks)
    const app = store("app"), inBin = Boolean(this.every.query.bin)
    const gone = await this.actOnEvery({ action: inBin ? "delete_now" : "delete" }, inBin ? "every.erase" : "every.delete")
    if (gone.length > 0 && !inBin) store("bin").tell(app.t("every.binned", { n: gone.length }), gone)
  },

  restore() {
    return this.every ? this.actOnEvery({ action: "restore" }, "every.restore") : store("bin").restore(this.tasks.map((x) => x.task_id))
  },

  tag(tag) {
    return this.act({ action: "tag", tags: [tag] }, (x) => ({ tags: [...new Set([...(x.tags ?? []), tag])] }))
  },
  untag(tag) {
    return this.act({ action: "untag", tags: [tag] }, (x) => ({ tags: x.tags.filter((t) => t !== tag) }))
  },

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
    if (this.every) return (await this.actOnEvery(action, `every.${action.action}`)).length
    const { done } = await store("many").run(action, { ids: this.tasks.map((x) => x.task_id) })
    store("library").change(done, change)
    store("library").recount()
    return done.length
  },

  // actOnEvery asks with the number, does it, and resolves to the ids of the tasks it was done with.
  async actOnEvery(action, question) {
    const app = store("app"), { query, n, more } = this.every
    const yes = await store("question").ask({
      title: app.t(question, { n, tag: action.tags?.[0], name: store("shelves").find("folders", action.folder)?.name }),
      text: more ? app.t("every.more", { n }) : "", verb: app.t("every.yes", { n }), grave: action.action === "delete_now",
    })
    if (!yes) return []
    const { done } = await store("many").run(action, { query, expect: n })
    this.clear()
    store("library").refilter()
    store("library").recount()
    return done
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

  all() { this.set(store("library").tiles.map((t) => t.key)) },
  set(keys) {
    this.every = null
    this.keys = new Set(keys)
  },
  clear() {
    this.keys.clear()
    this.every = null
    this.from = ""
  },
})
