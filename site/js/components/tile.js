// One picture of the library, or what stands for pictures that are not there; p comes
// from the loop around it.

import * as task from "../task.js"
import { copyText } from "./clipboard.js"

const EXCERPT = 80 // characters of the prompt in a name that is read out

export const tile = () => ({
  here: false,
  broken: false,

  get excerpt() { return [...this.p.task.prompt].slice(0, EXCERPT).join("") },
  get file() { return task.fileName(this.p.task, this.p.image) },
  get deleteText() { return deleteLabel(this.p.task, this.$store.app) },
  get restTitle() {
    const app = this.$store.app
    if (this.p.task.status !== "PARTIAL") return app.t(`status.${this.p.task.status}`)
    return app.t("rest.missing", { n: task.missing(this.p.task) })
  },
  get why() {
    const [first] = task.failures(this.p.task)
    return first && this.p.task.status !== "CANCELLED" ? this.$store.app.say(first.error.title) : ""
  },
  get retryText() {
    const made = task.done(this.p.task).length
    return this.$store.app.t(made > 0 ? "action.makeMissing" : "action.retry", { n: task.missing(this.p.task) })
  },

  view() { this.$store.viewer.show(this.p.task, this.p.image) },
  arrive() { this.here = true; this.broken = false },
  // A link may have ended while the page was open: once, ask for another.
  async fail() {
    if (!(await this.$store.library.freshen(this.p.task.task_id))) this.broken = true
  },
  use() { this.$store.composer.recall(this.p.task) },
  copy() { copyText(this.p.task.prompt, this.$store) },
  remove() { this.$store.library.remove(this.p.task) },
  retry() { this.$store.tasks.retry(this.p.task) },
})

// deleteLabel says what goes: a task goes with all its pictures.
export function deleteLabel(x, app) {
  const n = task.done(x).length
  return n > 1 ? app.t("action.deleteAll", { n }) : app.t("action.delete")
}
