// The menus that put what is chosen into a folder, or give it tags.

import { popup } from "./popup.js"

export const folderMenu = () => ({
  ...popup(),

  keep: {
    ...popup().keep,
    ["@folder-wanted.window"]() { if (!this.open) this.toggle() },
  },

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

export const tagMenu = () => ({
  ...popup(),
  tag: "",

  keep: {
    ...popup().keep,
    ["@tag-wanted.window"]() { if (!this.open) this.toggle() },
  },

  add() {
    const tag = this.tag.trim()
    this.tag = ""
    if (tag) this.$store.selection.tag(tag)
  },
})
