// The dialog of a template's placeholders on the page.

import { hideDialog, showDialog } from "./dialogs.js"

export const filling = () => ({
  init() {
    this.$watch("$store.filling.open", (open) => {
      if (open) this.$nextTick(() => showDialog(this.$root))
      else if (this.$root.open) {
        hideDialog(this.$root)
        this.$nextTick(() => document.getElementById("prompt").focus())
      }
    })
  },
  write(event, field) { this.$store.filling.set(field.name, event.target.value) },
})
