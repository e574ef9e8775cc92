// What takes how much of the space: the library with its favourites and folders, the bin, and files made to be taken out.

import { bytes } from "../format.js"

const MOST_FOLDERS = 5

export const space = () => ({
  init() { addEventListener("settings-wanted", () => this.$store.app.measure()) },

  // leave closes the dialog around it, which knows how.
  leave() { this.$root.closest("dialog").dispatchEvent(new Event("cancel", { cancelable: true })) },

  get rows() {
    const { app, shelves } = this.$store
    const own = app.storage?.own
    if (!own) return []
    const row = (name, icon, href, n, part = false) => ({ name, icon, href, n, part, size: bytes(n, app.lang) })
    const all = Object.values(own.status).reduce((sum, n) => sum + n, 0)
    const folders = shelves.folders.map((f) => row(f.name, "#i-folder", `#folder/${f.folder_id}`, own.folders[f.folder_id] ?? 0, true))
      .sort((a, b) => b.n - a.n).slice(0, MOST_FOLDERS)
    return [
      row(app.t("place.library"), "#i-images", "#library", all),
      row(app.t("place.favourites"), "#i-star", "#favourites", own.favourites, true), ...folders,
      row(app.t("place.bin"), "#i-trash-2", "#bin", own.bin), row(app.t("archive.earlier"), "#i-package", "#archive", own.exports),
    ].filter((r) => r.n > 0)
  },
})
