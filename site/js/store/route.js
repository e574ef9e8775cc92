// Where one is in the library. Each place has an address, so that back and a reload lead there.

import { pictureIn } from "../address.js"
import { number } from "../format.js"
import { filterOf } from "../query.js"

// What each view asks for, by the id of what it is a view of.
const PLACES = {
  library: () => ({}), favourites: () => ({ favourite: "true" }), bin: () => ({ bin: "true" }),
  folder: (id) => ({ folder: id }), search: () => ({}), from: (id) => ({ parent: id }),
}

export const createRoute = ({ store }) => ({
  view: "library",
  id: "", // of a folder, a saved search or a task, where the view is of one

  get places() {
    const { counts } = store("library")
    return [
      this.link("library", "#i-images"),
      this.link("favourites", "#i-star", counts?.favourites),
    ]
  },
  get bin() { return this.link("bin", "#i-trash-2", store("library").counts?.bin) },

  link(view, icon, count = 0) {
    const { lang } = store("app")
    return { view, icon, name: store("app").t(`place.${view}`), href: `#${view}`, here: this.view === view, count: count > 0 ? number(count, lang) : "" }
  },

  get address() { return `#${[this.view, this.id].filter(Boolean).join("/")}` },
  get title() { return store("shelves").name || store("app").t(`place.${this.view}`) },

  // follow goes where the address says. A picture's address leaves the library where it is.
  follow() {
    if (pictureIn(location.hash)) return
    if (location.hash === "#archive") { // a dialog, and no place
      history.replaceState(null, "", this.address)
      return store("archive").open()
    }
    const [view, id = ""] = location.hash.slice(1).split("/")
    const known = view in PLACES ? view : "library"
    if (known === this.view && id === this.id) return
    this.view = known
    this.id = id
    this.go()
  },

  // go shows the view; a saved search once it is known.
  go() {
    const saved = this.view === "search" && store("shelves").find("searches", this.id)
    store("library").go(PLACES[this.view](this.id), saved ? filterOf(saved.query) : {})
  },
})
