// Where one is in the library. Each place has an address, so that back and a reload lead there.

export const createRoute = ({ store }) => ({
  view: "library",

  get places() {
    const app = store("app")
    const place = (view, icon, name) => ({ view, icon, name, href: `#${view}`, here: this.view === view, count: "" })
    return [place("library", "#i-images", app.t("place.library"))]
  },
  get title() { return this.places.find((p) => p.here)?.name ?? "" },
})
