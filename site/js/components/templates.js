// Templates of prompts, one's own and those built in, and the prompts that were sent: a choice fills the form.

import { popup } from "./popup.js"

const PAUSE_MS = 150 // in typing, before prompts are asked for

export const templates = () => ({
  ...popup(),
  list: [],
  sent: [], // prompts
  cursor: "",
  view: "templates", // or "prompts"
  text: "", // what is looked for in either
  timer: 0,
  round: 0,

  // back opens the panel again. What is done later in the name of a button inside has no place on
  // the page any more, so it is done in that of the whole.
  back: null,
  init() { this.back = () => this.unfold() },

  async unfold() {
    if (!this.open) {
      this.text = ""
      this.find(0)
      await this.load()
    }
    this.toggle()
  },

  async load() {
    try {
      this.list = await this.$store.composer.templates()
    } catch (err) {
      this.$store.toasts.problem(err)
    }
  },

  // found are the templates that have the words, one's own first.
  get found() {
    const words = this.text.trim().toLowerCase()
    const has = (t) => [t.name, t.description ?? "", ...t.tags].some((s) => s.toLowerCase().includes(words))
    return this.list.filter(has).sort((a, b) => a.built_in - b.built_in)
  },
  get own() { return this.list.some((t) => !t.built_in) },
  get draft() { return this.$store.composer.form.prompt.trim() },

  show(view) {
    this.view = view
    this.text = ""
    this.find(0)
  },
  find(pause = PAUSE_MS) {
    clearTimeout(this.timer)
    if (this.view === "prompts") this.timer = setTimeout(() => this.ask(), pause)
  },
  // ask reads prompts, from the newest or on behind those that are shown.
  async ask(more = false) {
    const mine = ++this.round
    try {
      const page = await this.$store.kept.prompts(this.text.trim(), more ? this.cursor : "")
      if (mine !== this.round) return
      this.sent = more ? [...this.sent, ...page.items] : page.items
      this.cursor = page.next_cursor ?? ""
      if (this.sent.length === 0 && this.cursor) this.ask(true) // a page may be empty
    } catch (err) {
      this.$store.toasts.problem(err)
    }
  },

  async take(template) {
    this.open = false
    document.getElementById("prompt").focus()
    await this.$store.composer.useTemplate(template)
  },
  takePrompt(x) {
    this.open = false
    document.getElementById("prompt").focus()
    this.$store.composer.takeTemplate({ prompt: x.prompt })
  },

  // Questions take the focus, which closes the panel: it comes back with what is there now.
  async again(done) {
    if (!(await done)) return
    if (this.open) this.load()
    else this.back()
  },
  keepDraft() {
    const { form } = this.$store.composer
    this.again(this.$store.kept.make({ text: this.draft, model: form.model }))
  },
  drop(template) { this.again(this.$store.kept.drop(template)) },
  async bring(input) {
    const [file] = input.files
    input.value = ""
    if (file) await this.again(this.$store.kept.bring(file))
  },
})
