// How long things take here, from tasks that are over: the middle case and the slow one,
// waiting and work apart. Pure.

import { held, queued } from "./task.js"

const FEWEST = 5 // fewer say nothing of the slow case
const MOST = 50

const ms = (from, to) => Date.parse(to) - Date.parse(from)

// at is the value below which the share q of sorted values lies.
const at = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]

// measured sums up a model's tasks, newest first: {waits, works} with median and slow in ms,
// or null where there are too few to say.
export function measured(tasks, model) {
  const waits = [], works = []
  for (const x of tasks) {
    if (x.model !== model || x.status !== "COMPLETED" || x.run > 1 || !x.started_at || !x.finished_at) continue
    waits.push(ms(x.created_at, x.started_at))
    works.push(ms(x.started_at, x.finished_at))
    if (works.length === MOST) break
  }
  if (works.length < FEWEST) return null
  const sum = (list) => {
    list.sort((a, b) => a - b)
    return { median: at(list, 0.5), slow: at(list, 0.9) }
  }
  return { waits: sum(waits), works: sum(works) }
}

// placeInLine is how many of one's own tasks are to begin before this one. Those that are
// held back are not.
export const placeInLine = (tasks, x) =>
  tasks.filter((other) => other.status === "PENDING" && !held(other) && queued(other) < queued(x)).length
