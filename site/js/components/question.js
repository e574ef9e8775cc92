// The dialog of store/question.js.

import { hideDialog, showDialog } from "./dialogs.js"

export const question = () => ({
  back: null, // what had the focus

  init() {
    this.$watch("$store.question.open", (open) => (open ? this.show() : this.hide()))
  },
  show() {
    this.back = document.activeElement
    this.$nextTick(() => {
      showDialog(this.$root)
      this.$root.querySelector("input")?.select()
    })
  },
  hide() {
    if (!this.$root.open) return
    hideDialog(this.$root)
    this.back?.focus({ preventScroll: true })
  },
})
