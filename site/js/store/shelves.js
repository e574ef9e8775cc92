// The places that a person makes: folders, and saved searches, which are folders that fill themselves.

import { number } from "../format.js"
import { arranged } from "../order.js"
import { filterOf, queryOf } from "../query.js"

const VIEWS = { folders: "folder", searches: "search" } // by kind

export const createShelves = ({ api, store }) => ({
  folders: [], // oldest first
  searches: [],
  loaded: false,

  async load() {
    try {
      const [folders, searches] = await Promise.all([api.shelves("folders"), api.shelves("searches")])
      Object.assign(this, { folders, searches, loaded: true })
    } catch (err) {
      store("toasts").problem(err)
    }
  },

  find(kind, id) { return this[kind].find((x) => idOf(x) === id) },
  // here is the kind of place one is in, and the place.
  get here() {
    const { view, id } = store("route")
    const kind = Object.keys(VIEWS).find((k) => VIEWS[k] === view)
    return kind ? { kind, shelf: this.find(kind, id) } : null
  },
  get name() { return this.here?.shelf?.name ?? "" },

  places(kind) {
    const { route, app, library } = { route: store("route"), app: store("app"), library: store("library") }
    return this[kind].map((x) => {
      const id = idOf(x), n = library.counts?.folders[id] ?? 0
      return {
        id, name: x.name, first: [...x.name][0], href: `#${VIEWS[kind]}/${id}`, here: route.view === VIEWS[kind] && route.id === id,
        count: kind === "folders" && n > 0 ? number(n, app.lang) : "",
      }
    })
  },

  // make asks for a name and makes a folder, or saves the search as it stands. It resolves to it, or to null.
  async make(kind, go = true) {
    const app = store("app")
    const name = await store("question").ask({ title: app.t(`new.${kind}`), label: app.t("shelf.name"), verb: app.t(`make.${kind}`), value: kind === "searches" ? store("library").filter.q.trim() : "" })
    if (!name) return null
    return this.change(kind, async () => {
      const made = await api.makeShelf(kind, kind === "folders" ? { name } : { name, query: this.query() })
      this[kind] = [...this[kind], made]
      if (go) location.hash = `${VIEWS[kind]}/${idOf(made)}`
      return made
    })
  },

  // query is what is shown now, as it is saved.
  query() {
    const { place, filter } = store("library")
    return queryOf({ ...place, ...filter })
  },

  async rename() {
    const app = store("app"), { kind, shelf } = this.here
    const name = await store("question").ask({ title: app.t(`rename.${kind}`), label: app.t("shelf.name"), verb: app.t("shelf.save"), value: shelf.name })
    if (name && name !== shelf.name) this.edit(kind, shelf, { name })
  },

  // save keeps the filters as they are now in the saved search one is in.
  save() { this.edit("searches", this.here.shelf, { query: this.query() }) },

  get changed() {
    const here = this.here
    return here?.kind === "searches" && Boolean(here.shelf) && JSON.stringify(this.query()) !== JSON.stringify(queryOf(filterOf(here.shelf.query)))
  },

  edit(kind, shelf, change) {
    return this.change(kind, async () => this.put(kind, await api.editShelf(kind, idOf(shelf), change)))
  },
  put(kind, now) { this[kind] = this[kind].map((x) => (idOf(x) === idOf(now) ? now : x)) },

  async remove() {
    const app = store("app"), { kind, shelf } = this.here
    const yes = await store("question").ask({ title: app.t(`remove.${kind}`, { name: shelf.name }), text: app.t(`stay.${kind}`), verb: app.t("action.delete"), grave: true })
    if (!yes) return
    await this.change(kind, async () => {
      while (!(await api.dropShelf(kind, idOf(shelf)))) { /* a folder gives up its tasks in steps */ }
      this[kind] = this[kind].filter((x) => x !== shelf && idOf(x) !== idOf(shelf))
      location.hash = "library"
      store("library").recount()
    })
  },

  async change(kind, call) {
    try {
      return await call()
    } catch (err) {
      store("toasts").problem(err)
      this.load()
      return null
    }
  },

  // arrange puts a task before another of the folder one is in, or at the end. It is shown once
  // this is through; the service is told meanwhile.
  arrange(id, before) {
    const { shelf } = this.here
    const library = store("library"), app = store("app")
    const { shown, order } = arranged(library.tasks.map((x) => x.task_id), shelf.order, id, before)
    this.put("folders", { ...shelf, order })
    library.reorder(shown)
    store("toasts").announce(app.t("folders.moved", { at: shown.indexOf(id) + 1, n: shown.length }))
    this.keep(idOf(shelf), order)
  },

  // keep tells the service of an order. One request is under way at a time, so that none passes
  // another; of what is wanted meanwhile only the last is sent.
  async keep(id, order) {
    const busy = wanted.has(id)
    wanted.set(id, order)
    if (busy) return
    try {
      for (let sent = null; sent !== wanted.get(id);) {
        sent = wanted.get(id)
        await api.editShelf("folders", id, { order: sent })
      }
    } catch (err) {
      store("toasts").problem(err)
      await this.load()
      store("library").refilter()
    } finally {
      wanted.delete(id)
    }
  },
})

const wanted = new Map() // orders that are being saved, by folder

const idOf = (x) => x.folder_id ?? x.search_id
