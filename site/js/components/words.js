// Words about a task that several parts of the page say alike.

import { dimensions } from "../format.js"
import * as task from "../task.js"

// deleteLabel says what goes: a task goes with all its pictures.
export function deleteLabel(x, app) {
  if (x.binned_at) return app.t("bin.erase")
  const n = task.done(x).length
  return n > 1 ? app.t("action.deleteAll", { n }) : app.t("action.delete")
}

// binLeft says how long a task still lies in the bin.
export const binLeft = (x, app) => (x.bin_ends_at ? app.t("bin.left", { n: task.daysLeft(x, Date.now() + app.offset) }) : "")

export function retryLabel(x, app) {
  return app.t(task.done(x).length > 0 ? "action.makeMissing" : "action.retry", { n: task.missing(x) })
}

export function restTitle(x, app) {
  return x.status === "PARTIAL" ? app.t("rest.missing", { n: task.missing(x) }) : app.t(`status.${x.status}`)
}

export const technical = (error) => [error.code, error.provider_code, error.request_id].filter(Boolean).join(" · ")

export function modelName(id, app) {
  const model = app.catalog?.items.find((m) => m.id === id)
  return model ? app.say(model.name) : id
}

// taskFacts is model, size and number of pictures in a line.
export function taskFacts(x, app) {
  const { width, height, coherent_set: set } = x.params
  const size = width && height ? dimensions(width, height) : app.t("size.auto")
  const many = set ? app.t("set.label") : app.t("count.pictures", { n: x.images.length }).replaceAll(" ", "\u00a0")
  return [modelName(x.model, app), size, many].join(" · ")
}
