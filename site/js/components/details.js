// What is known of one picture, or of what a task lacks; in the panel beside the grid and
// in the full view. Whoever uses it says which item.

import { bytes, dimensions, duration, moment, number } from "../format.js"
import * as task from "../task.js"
import { copyText } from "./clipboard.js"
import { binLeft, deleteLabel, modelName, retryLabel, technical } from "./words.js"

// about holds the getters and actions of an item; mix it in with mixed().
export const about = {
  get picture() { return this.item?.image ?? null },
  get problems() { return this.item.kind === "rest" ? task.failures(this.item.task) : [] },
  get hasSeed() { return typeof this.picture?.seed === "number" },
  get canRetry() { return this.item.kind === "rest" && !this.item.task.binned_at },
  get leftText() { return binLeft(this.item.task, this.$store.app) },
  get retryText() { return retryLabel(this.item.task, this.$store.app) },
  get file() { return task.fileName(this.item.task, this.picture) },
  get deleteText() { return deleteLabel(this.item.task, this.$store.app) },
  get recipe() { return recipeOf(this.item, this.$store.app) },
  technical,
  tag: "",
  get tags() { return this.item.task.tags ?? [] },
  get withRecipe() { return `/api/v1/task/${this.item.task.task_id}/images/${this.picture.index}?download=1&recipe=1` },
  mark(change) { this.$store.library.mark(this.item.task, change) },
  favour() { this.mark({ favourite: !this.item.task.favourite }) },
  untag(tag) { this.mark({ tags: this.tags.filter((t) => t !== tag) }) },
  addTag() {
    const tag = this.tag.trim()
    if (tag) this.mark({ tags: [...this.tags, tag] })
    this.tag = ""
  },
  // showNote leaves what is being typed alone, whatever else of the task changes meanwhile.
  showNote(field) {
    const note = this.item?.task.note ?? ""
    if (document.activeElement !== field) field.value = note
  },
  note(event) { this.mark({ note: event.target.value.trim() }) },
  copy() { copyText(this.item.task.prompt, this.$store) },
  retry() { this.$store.tasks.retry(this.item.task) },
}

// mixed is own with what is of about beside it, getters as getters.
export const mixed = (own) => Object.defineProperties(own, Object.getOwnPropertyDescriptors(about))

export const aside = () => mixed({
  place: "aside",

  get item() { return this.$store.details.item },
  get excerpt() { return [...this.item.task.prompt].slice(0, 80).join("") },

  init() {
    this.$watch("$store.details.item", (item) => { if (!item) this.$store.details.close() })
  },
  close() {
    const key = this.$store.details.key
    this.$store.details.close()
    document.querySelector(`.tile[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true })
  },
  view() { this.$store.viewer.show(this.item.task, this.picture) },
  use() { this.$store.composer.recall(this.item.task) },
  remove() { this.$store.bin.put(this.item.task) },

  keep: {
    ["@keydown.escape"](event) {
      event.stopPropagation()
      this.close()
    },
  },
})

// recipeOf lists a tile's facts as rows of a name and a value.
export function recipeOf({ task: x, image }, app) {
  const seed = image?.seed ?? x.params.seed
  const rows = [
    ["recipe.model", modelName(x.model, app)],
    ["recipe.size", sizeOf(x, image, app)],
    ["recipe.file", image ? `${image.format.toUpperCase()} · ${bytes(image.bytes, app.lang)}` : ""],
    ["recipe.seed", typeof seed === "number" ? String(seed) : ""],
    ["recipe.created", moment(x.created_at, app.lang)],
    ["recipe.took", task.took(x) > 0 ? duration(task.took(x), app.lang) : ""],
  ].map(([key, value]) => ({ name: app.t(key), value }))
  const fields = app.catalog?.items.find((m) => m.id === x.model)?.fields ?? []
  for (const f of fields) {
    const value = x.params[f.name]
    if (f.name !== "seed" && value !== undefined) rows.push({ name: app.say(f.label), value: valueWords(value, app) })
  }
  return rows.filter((row) => row.value)
}

function sizeOf(x, image, app) {
  if (image) return dimensions(image.width, image.height)
  return x.params.width ? dimensions(x.params.width, x.params.height) : app.t("size.auto")
}

function valueWords(value, app) {
  if (typeof value === "boolean") return app.t(value ? "value.on" : "value.off")
  return number(value, app.lang, { maximumFractionDigits: 2 })
}
