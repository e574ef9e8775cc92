// Templates of prompts, one's own and those built in: a choice fills the form.

import { popup } from "./popup.js"

export const templates = () => ({
  ...popup(),
  list: [],

  async unfold() {
    if (!this.open) {
      try {
        this.list = await this.$store.composer.templates()
      } catch (err) {
        this.$store.toasts.problem(err)
      }
    }
    this.toggle()
  },

  async take(template) {
    this.open = false
    document.getElementById("prompt").focus()
    await this.$store.composer.useTemplate(template)
  },
})
