// What a picture was made from and what was made from it; and making it once more.

import { findModel } from "../catalog.js"
import { money } from "../format.js"
import * as task from "../task.js"

const PAUSE_MS = 200 // on a picture, before its children are asked for

export const lineage = () => ({
  hasChildren: false,
  busy: false,
  timer: 0,
  asked: "",

  init() {
    this.$watch("item", (item) => this.ask(item))
    this.ask(this.item)
  },
  destroy() { clearTimeout(this.timer) },

  // ask finds out whether anything was made from the task that is shown.
  ask(item) {
    const id = item?.task.task_id ?? ""
    if (id === this.asked) return
    this.asked = id
    this.hasChildren = false
    clearTimeout(this.timer)
    if (id && !item.task.binned_at) this.timer = setTimeout(() => this.look(id), PAUSE_MS)
  },
  async look(id) {
    const some = await this.$store.library.hasChildren(id)
    if (id === this.asked) this.hasChildren = some
  },

  get shown() { return Boolean(this.item) && !this.item.task.binned_at && !task.active(this.item.task) },
  // seeded: the model draws alike with the same seed.
  get seeded() {
    const { catalog } = this.$store.app
    return Boolean(catalog && findModel(catalog, this.item.task.model)?.fields.some((f) => f.name === "seed"))
  },
  // cost is the price by list of what is drawn, where pictures cost something.
  get cost() {
    const { app } = this.$store
    const price = findModel(app.catalog, this.item.task.model)?.price
    const n = this.item.image && this.item.task.images.length > 1 && !this.item.task.params.coherent_set ? 1 : this.item.task.params.count
    return app.demo || !price || !n ? "" : money(price.micro_cny * n, app.lang)
  },
  get parent() { return this.item.task.parent ? `#task/${this.item.task.parent}` : "" },
  get children() { return `#from/${this.item.task.task_id}` },

  async again(variation) {
    const { task_id: id } = this.item.task
    this.busy = true
    const made = await this.$store.again.make(this.item.task, this.item.image, variation)
    this.busy = false
    if (made && id === this.asked) this.hasChildren = true
  },
  // template keeps the prompt as a template, with the picture as its cover.
  template() {
    const { task: x, image } = this.item
    this.$store.kept.make({ text: x.typed || x.prompt, model: x.model, cover: image && { task_id: x.task_id, index: image.index } })
  },
  follow() {
    this.$store.viewer.close()
    this.$store.details.close()
  },
})
