// "Show me the call": the form as a program, in four languages. What writes the programs is
// fetched when it is asked for.

import { requestBody } from "../catalog.js"
import { copyText } from "./clipboard.js"
import { hideDialog, keptKey, showDialog } from "./dialogs.js"

export const call = () => ({
  languages: [],
  language: "curl",
  text: "",
  back: null, // what had the focus

  init() { addEventListener("call-wanted", () => this.show()) },

  async show() {
    this.back = document.activeElement
    try {
      this.program = await import("/js/call.js")
    } catch {
      return this.$store.toasts.add({ kind: "error", text: this.$store.app.t("error.unreachable") })
    }
    this.languages = this.program.LANGUAGES
    this.write(this.language)
    showDialog(this.$root)
  },
  write(language) {
    const { composer } = this.$store
    const body = requestBody(composer.model, composer.form)
    if (!body.prompt) body.prompt = this.$store.app.t("example.fox")
    this.language = language
    this.text = this.program.code(language, { base: `${location.origin}/api/v1`, method: "POST", path: "/generate", body, keyed: keptKey() !== "" })
  },
  copy() { copyText(this.text, this.$store, "call.copied") },
  close() {
    hideDialog(this.$root)
    this.back?.focus()
  },
})
