// The menus that put what is chosen into a folder and give it tags, and the dialog with all tags.

import { hideDialog, showDialog } from "./dialogs.js"
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

export const tagMenu = () => ({
  ...popup(),
  tag: "",

  init() { addEventListener("tag-wanted", () => { if (!this.open) this.toggle() }) },

  add() {
    const tag = this.tag.trim()
    this.tag = ""
    if (tag) this.$store.selection.tag(tag)
  },
})

export const tagDialog = () => ({
  back: null, // what had the focus

  init() { addEventListener("tags-wanted", () => this.show()) },

  get list() {
    const { library, app } = this.$store
    return library.tags.map((tag) => ({ tag, count: new Intl.NumberFormat(app.lang).format(library.counts.tags[tag]) }))
  },

  show() {
    this.back = document.activeElement
    showDialog(this.$root)
  },
  close() {
    hideDialog(this.$root)
    this.back?.focus()
  },
  look(tag) {
    this.close()
    this.$store.library.narrow({ tag })
  },
})
