// "Show me the call": the form as a program, in four languages.

import { code, LANGUAGES } from "../call.js"
import { requestBody } from "../catalog.js"
import { keptKey } from "../key.js"
import { copyText } from "./clipboard.js"
import { hideDialog, showDialog } from "./dialogs.js"

export const call = () => ({
  languages: LANGUAGES,
  language: "curl",
  text: "",
  back: null, // what had the focus

  init() { addEventListener("call-wanted", () => this.show()) },

  show() {
    this.back = document.activeElement
    this.write(this.language)
    showDialog(this.$root)
  },
  write(language) {
    const { composer } = this.$store
    const body = requestBody(composer.model, composer.form)
    if (!body.prompt) body.prompt = this.$store.app.t("example.fox")
    this.language = language
    this.text = code(language, { base: `${location.origin}/api/v1`, method: "POST", path: "/generate", body, keyed: keptKey() !== "" })
  },
  copy() { copyText(this.text, this.$store, "call.copied") },
  close() {
    hideDialog(this.$root)
    this.back?.focus()
  },
})
