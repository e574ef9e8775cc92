// All tags there are.

import { number } from "../format.js"
import { hideDialog, showDialog } from "./dialogs.js"

export const tagDialog = () => ({
  back: null, // what had the focus

  init() { addEventListener("tags-wanted", () => this.show()) },

  get list() {
    const { library, app } = this.$store
    return library.tags.map((tag) => ({ tag, count: number(library.counts.tags[tag], app.lang) }))
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
