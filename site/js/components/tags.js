// Tags: the menu that gives them to what is chosen, and the dialog with all there are.

import { hideDialog, showDialog } from "./dialogs.js"
import { popup } from "./popup.js"

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
