// One task of the current work; x comes from the loop around it.

import { dimensions, duration } from "../format.js"
import * as task from "../task.js"

export const card = () => ({
  busy: false,

  get running() { return task.active(this.x) },
  get problems() { return this.running ? [] : task.failures(this.x) },
  get canRetry() { return ["PARTIAL", "FAILED", "CANCELLED"].includes(this.x.status) },
  get retryText() {
    const made = task.done(this.x).length
    return this.$store.app.t(made > 0 ? "action.makeMissing" : "action.retry", { n: task.missing(this.x) })
  },
  get stages() {
    const at = task.STAGES.indexOf(task.stage(this.x))
    return task.STAGES.map((name, i) => ({ name, now: i === at, past: i < at }))
  },
  get columns() { return Math.ceil(Math.sqrt(this.x.images.length)) },
  get facts() { return taskFacts(this.x, this.$store.app) },
  get verdict() {
    const app = this.$store.app
    const ms = task.took(this.x)
    const words = app.t(`status.${this.x.status}`)
    return this.x.status === "COMPLETED" && ms > 0 ? `${words} · ${duration(ms, app.lang)}` : words
  },

  technical(error) {
    return [error.code, error.provider_code, error.request_id].filter(Boolean).join(" · ")
  },
  view(image) { this.$store.viewer.show(this.x, image, this.x.task_id) },
  refresh() { this.$store.library.freshen(this.x.task_id) },
  use() { this.$store.composer.recall(this.x) },
  dismiss() { this.$store.tasks.settle(this.x.task_id) },
  remove() { this.$store.library.remove(this.x) },
  async cancel() { await this.once(() => this.$store.tasks.cancel(this.x)) },
  async retry() { await this.once(() => this.$store.tasks.retry(this.x)) },

  // once keeps a button from being pressed again before the answer is there.
  async once(call) {
    this.busy = true
    try {
      await call()
    } finally {
      this.busy = false
    }
  },
})

// taskFacts is model, size and number of pictures in a line.
export function taskFacts(x, app) {
  const model = app.catalog?.items.find((m) => m.id === x.model)
  const { width, height, coherent_set: set } = x.params
  const facts = [model ? app.say(model.name) : x.model]
  facts.push(width && height ? dimensions(width, height) : app.t("size.auto"))
  facts.push(set ? app.t("set.label") : app.t("count.pictures", { n: x.images.length }).replaceAll(" ", "\u00a0"))
  return facts.join(" · ")
}
