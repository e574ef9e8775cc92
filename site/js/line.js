// The line of one's own waiting tasks, the next to begin first. Pure.

import { inLine, queued } from "./task.js"

const AT_ONCE = 20 // tasks in a request, the API's limit

// lineOf is who waits, in the order of the line.
export const lineOf = (tasks) =>
  tasks.filter((x) => x.status !== "SENDING" && inLine(x)).sort((a, b) => (queued(a) === queued(b) ? order(a.task_id, b.task_id) : order(queued(a), queued(b))))

const order = (a, b) => (a < b ? -1 : 1)

// moved is a list with one of its members at another place.
export function moved(ids, id, to) {
  const rest = ids.filter((x) => x !== id)
  return [...rest.slice(0, to), id, ...rest.slice(to)]
}

// steps are the orders to ask the service for, one after the other, so that a task comes to
// another place: each is of what changes places, and is an order of its own.
export function steps(ids, id, to) {
  const out = []
  for (let at = ids.indexOf(id); at !== to;) {
    const next = at < to ? Math.min(to, at + AT_ONCE - 1) : Math.max(to, at - AT_ONCE + 1)
    ids = moved(ids, id, next)
    out.push(ids.slice(Math.min(at, next), Math.max(at, next) + 1))
    at = next
  }
  return out
}

// back is the place at which a task stood among others, of whom some are gone and some are new.
export function back(ids, id, was) {
  const before = was.slice(0, was.indexOf(id))
  return ids.filter((x) => before.includes(x)).length
}
