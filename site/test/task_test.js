import assert from "node:assert/strict"
import { test } from "node:test"
import * as t from "../js/task.js"

const NOW = Date.parse("2026-11-01T12:00:00Z")
const at = (s) => new Date(NOW + s * 1000).toISOString()
const picture = (index, more = {}) => ({
  index, status: "done", width: 1600, height: 900, format: "jpeg", bytes: 10,
  url: "/old", thumbnail_url: "/old-t", download_url: "/old-d", expires_at: at(600), ...more,
})
const failed = (index, charged = "no") => ({ index, status: "failed", error: { code: "refused", charged } })
const task = (more = {}) => ({
  task_id: "02", status: "COMPLETED", prompt: "Red Fox", model: "m", version: 3, params: { width: 1600, height: 900 },
  images: [picture(0)], error: null, progress: { stage: "working", done: 0, total: 1, expected_ms: 15000 },
  created_at: at(-30), started_at: at(-20), finished_at: at(-5), ...more,
})

test("a link that lives is kept when the same picture is read again", () => {
  const next = task({ version: 4, images: [picture(0, { url: "/new", expires_at: at(900) })] })
  assert.equal(t.merge(task(), next, NOW).images[0].url, "/old")
})

test("a link that has ended, or is about to, gives way", () => {
  const next = task({ images: [picture(0, { url: "/new", expires_at: at(900) })] })
  for (const end of [-1, 5]) {
    assert.equal(t.merge(task({ images: [picture(0, { expires_at: at(end) })] }), next, NOW).images[0].url, "/new")
  }
})

test("an older reading never replaces a newer one", () => {
  const shown = task({ version: 5 })
  assert.equal(t.merge(shown, task({ version: 4, status: "PROCESSING" }), NOW), shown)
})

test("time runs from the request while waiting, from the start while working", () => {
  const waiting = task({ status: "PENDING", started_at: null, progress: { stage: "waiting" } })
  assert.equal(t.elapsed(waiting, NOW), 30_000)
  assert.equal(t.elapsed(task({ status: "PROCESSING" }), NOW), 20_000)
  assert.equal(t.elapsed(task({ status: "PROCESSING", started_at: at(5) }), NOW), 0, "a clock behind the service's")
})

test("an operator's pause is told of what waits, and nothing else", () => {
  const progress = (stage, paused) => ({ progress: { stage, ...(paused && { paused }) } })
  assert.equal(t.paused(task(progress("waiting", true))), true)
  assert.equal(t.paused(task(progress("waiting", false))), false)
  assert.equal(t.paused(task(progress("working", true))), false, "what is in flight goes on")
})

test("a reading of the same version counts when the pause began or ended", () => {
  const waits = (paused) => task({ status: "PENDING", progress: { stage: "waiting", ...(paused && { paused }) } })
  assert.equal(t.same(waits(false), waits(true)), false)
  assert.equal(t.same(waits(true), waits(false)), false)
  assert.equal(t.same(waits(true), waits(true)), true)
  assert.equal(t.same(waits(true), { ...waits(true), version: 4 }), false)
})

test("an unknown stage is shown as waiting", () => {
  assert.equal(t.stage(task({ progress: { stage: "dreaming" } })), "waiting")
  assert.equal(t.stage(task({ progress: null })), "waiting")
})

test("the same failure is told once, with how many pictures it cost", () => {
  const groups = t.failures(task({ status: "PARTIAL", images: [picture(0), failed(1), failed(2), failed(3, "unknown")] }))
  assert.deepEqual(groups.map((g) => [g.error.charged, g.count]), [["no", 2], ["unknown", 1]])
})

test("a task that failed as a whole tells its own error", () => {
  const error = { code: "timeout", charged: "unknown" }
  const [group] = t.failures(task({ status: "FAILED", error, images: [{ index: 0, status: "failed" }] }))
  assert.equal(group.error, error)
})

test("the library shows each picture, and one tile for what is missing", () => {
  const partial = task({ status: "PARTIAL", images: [picture(0), failed(1), picture(2)] })
  const kinds = t.tiles([task(), partial, task({ status: "FAILED", images: [failed(0)] })]).map((x) => x.kind)
  assert.deepEqual(kinds, ["picture", "picture", "picture", "rest", "rest"])
})

test("tiles have keys of their own and the shape of their picture", () => {
  const [tile] = t.tiles([task()])
  assert.equal(tile.key, "02/0")
  assert.equal(tile.ratio, 16 / 9)
})

test("a finished task is put in its place, newest first, once", () => {
  const ids = (list) => list.map((x) => x.task_id)
  const list = ["05", "03", "01"].map((task_id) => ({ task_id }))
  assert.deepEqual(ids(t.place(list, { task_id: "04" })), ["05", "04", "03", "01"])
  assert.deepEqual(ids(t.place(list, { task_id: "00" })), ["05", "03", "01", "00"])
  assert.deepEqual(ids(t.place(list, { task_id: "03" })), ["05", "03", "01"])
})

test("a filter lets pass what the service would list", () => {
  assert.ok(t.matches(task(), { q: " fox ", status: "", model: "" }))
  assert.ok(!t.matches(task(), { q: "", status: "FAILED", model: "" }))
  assert.ok(!t.matches(task(), { q: "", status: "", model: "other" }))
})

test("a filter of the API lets pass what the service would list", () => {
  const x = task({ created_at: "2026-11-10T08:00:00Z", images: [{ status: "done", width: 1600, height: 900 }] })
  const passes = [{ status: "FAILED," + x.status }, { ratio: "16:9" }, { from: "2026-11-10" }, { to: "2026-11-10" }, { to: "2026-11-10T08:00:01Z" }]
  const not = [{ status: "FAILED,PARTIAL" }, { ratio: "9:16" }, { error: "true" }, { from: "2026-11-11" }, { to: "2026-11-09" }, { to: "2026-11-10T08:00:00Z" }]
  for (const f of passes) assert.ok(t.matches(x, f), JSON.stringify(f))
  for (const f of not) assert.ok(!t.matches(x, f), JSON.stringify(f))
})

test("polling is quick in sight, slower out of sight, and backs off within a bound", () => {
  assert.equal(t.pollDelay({ hidden: false, failed: 0 }), 1000)
  assert.equal(t.pollDelay({ hidden: true, failed: 0 }), 2000)
  assert.equal(t.pollDelay({ hidden: false, failed: 2 }), 4000)
  assert.equal(t.pollDelay({ hidden: false, failed: 60 }), 15_000)
})

test("a task on its way has a slot for each picture asked for", () => {
  assert.equal(t.sending({ prompt: "x", model: "m", count: 3 }, "s", NOW).images.length, 3)
  assert.equal(t.sending({ prompt: "x", model: "m", coherent_set: true }, "s", NOW).images.length, 1)
})

test("a saved picture has the usual ending", () => {
  assert.equal(t.fileName(task(), picture(1)), "02-2.jpg")
  assert.equal(t.fileName(task(), picture(0, { format: "png" })), "02-1.png")
})

test("a task in the bin tells its days, a begun one counted", () => {
  const x = { bin_ends_at: "2026-12-01T12:00:00Z" }
  assert.equal(t.daysLeft(x, Date.parse("2026-11-01T12:00:00Z")), 30)
  assert.equal(t.daysLeft(x, Date.parse("2026-12-01T11:00:00Z")), 1)
  assert.equal(t.daysLeft(x, Date.parse("2026-12-02T00:00:00Z")), 0)
})
