import assert from "node:assert/strict"
import { test } from "node:test"
import { measured, placeInLine } from "../js/estimate.js"

const at = (s) => new Date(1_700_000_000_000 + s * 1000).toISOString()
const task = (wait, work, more = {}) => ({
  model: "m", status: "COMPLETED", run: 1, created_at: at(0), started_at: at(wait), finished_at: at(wait + work), ...more,
})

test("the middle and the slow case are told, waiting and work apart", () => {
  const past = measured([1, 2, 3, 4, 5, 6, 7, 8, 9, 30].map((n) => task(n / 10, n)), "m")
  assert.deepEqual(past.works, { median: 6000, slow: 30000 })
  assert.equal(past.waits.median, 600)
})

test("a few say nothing, and failures, retries and other models do not count", () => {
  assert.equal(measured([1, 2, 3, 4].map((n) => task(0, n)), "m"), null)
  const noise = [task(0, 90, { model: "x" }), task(0, 90, { status: "FAILED" }), task(0, 90, { run: 2 })]
  assert.equal(measured([...noise, ...[1, 1, 1, 1, 1].map((n) => task(0, n))], "m").works.slow, 1000)
})

test("the place in line counts one's own tasks that wait and came before", () => {
  const tasks = [{ status: "PENDING", created_at: at(1) }, { status: "PROCESSING", created_at: at(0) }, { status: "PENDING", created_at: at(3) }]
  assert.equal(placeInLine(tasks, { created_at: at(2) }), 1)
})

test("what is held back is before nothing, and what was put in front is before what came first", () => {
  const held = { status: "PENDING", created_at: at(1), progress: { stage: "held", queued_at: at(1) } }
  const next = { status: "PENDING", created_at: at(3), progress: { stage: "waiting", queued_at: at(0) } }
  const first = { status: "PENDING", created_at: at(2), progress: { stage: "waiting", queued_at: at(2) } }
  const tasks = [held, next, first]
  assert.deepEqual([next, first].map((x) => placeInLine(tasks, x)), [0, 1])
})
