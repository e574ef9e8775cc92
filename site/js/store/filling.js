// The dialog that asks what a template's placeholders hold.

import { Problem } from "../api.js"

export const createFilling = ({ api, store }) => ({
  here: false, // the dialog is there
  template: null,
  values: {},
  problem: "",
  busy: false,

  get open() { return this.template !== null },
  get fields() { return this.template?.placeholders ?? [] },
  // preview is the prompt as it would be: {text, name} with a name where a value stands.
  get preview() {
    return (this.template?.parts ?? []).map((part, key) => {
      if (!part.name) return { key, text: part.text, name: "" }
      const field = this.fields.find((f) => f.name === part.name)
      return { key, text: this.values[part.name] || field?.default || part.name, name: part.name }
    })
  },
  // lacking is the first placeholder that has to be filled in and is not.
  get lacking() { return this.fields.find((f) => !f.default && !this.values[f.name]?.trim())?.name ?? "" },

  show(template) {
    this.values = {}
    this.problem = ""
    this.here = true
    setTimeout(() => { this.template = template }) // once the dialog is drawn
  },
  set(name, value) { this.values = { ...this.values, [name]: value } },
  close() { this.template = null },

  // fill makes the prompt and puts it into the form.
  async fill() {
    if (this.busy || this.lacking) return
    const { template } = this
    const values = Object.fromEntries(Object.entries(this.values).map(([k, v]) => [k, v.trim()]).filter(([, v]) => v))
    this.busy = true
    try {
      const made = await api.fill(template.template_id, values, store("composer").templateLanguage)
      this.close()
      store("composer").takeTemplate(made)
    } catch (err) {
      this.problem = err instanceof Problem ? err.fields.map((f) => f.message).join(" ") || store("app").say(err.words) : store("app").t("error.unreachable")
    } finally {
      this.busy = false
    }
  },
})
