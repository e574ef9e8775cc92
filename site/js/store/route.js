// Where one is in the library. Each place has an address, so that back and a reload lead there.

import { pictureIn } from "../address.js"

const VIEWS = ["library", "favourites"]

export const createRoute = ({ store }) => ({
  view: "library",

  get places() {
    const app = store("app")
    const place = (view, icon, name, count = 0) => ({
      view, icon, name, href: `#${view}`, here: this.view === view, count: count > 0 ? new Intl.NumberFormat(app.lang).format(count) : "",
    })
    return [
      place("library", "#i-images", app.t("place.library")),
      place("favourites", "#i-star", app.t("place.favourites"), store("library").counts?.favourites),
    ]
  },
  get title() { return this.places.find((p) => p.here)?.name ?? "" },

  // follow goes where the address says. A picture's address leaves the library where it is.
  follow() {
    if (pictureIn(location.hash)) return
    const view = VIEWS.find((name) => location.hash === `#${name}`) ?? "library"
    if (view === this.view) return
    this.view = view
    store("library").go(view)
  },
})
