// The menu that puts what is chosen into a folder, or takes it out.

import { popup } from "./popup.js"

export const folderMenu = () => ({
  ...popup(),

  init() { addEventListener("folder-wanted", () => { if (!this.open) this.toggle() }) },

  get inside() { return this.$store.selection.tasks.some((x) => x.folder) },

  put(folder) {
    this.open = false
    this.$store.selection.move(folder)
  },
  async make() {
    this.open = false
    const made = await this.$store.shelves.make("folders", false)
    if (made) this.$store.selection.move(made.folder_id)
  },
})
