import assert from "node:assert/strict"
import { test } from "node:test"
import { back, lineOf, moved, steps } from "../js/line.js"

const waiting = (id, queued_at, more = {}) => ({ task_id: id, status: "PENDING", images: [{ status: "waiting" }], progress: { queued_at }, ...more })

test("the line has what waits, held or not, by the nanosecond and then by the id", () => {
  const tasks = [
    waiting("d", "2026-11-30T08:00:01Z"), waiting("c", "2026-11-30T08:00:00.1Z"), waiting("b", "2026-11-30T08:00:00.100000001Z"),
    waiting("a", "2026-11-30T08:00:01Z", { images: [{ status: "held" }] }),
    waiting("x", "2026-11-30T07:00:00Z", { images: [{ status: "working" }] }), waiting("y", "2026-11-30T07:00:00Z", { status: "SENDING" }),
  ]
  assert.deepEqual(lineOf(tasks).map((x) => x.task_id), ["c", "b", "a", "d"])
})

test("a move is asked for as an order of those who change places", () => {
  assert.deepEqual(moved(["a", "b", "c", "d"], "d", 1), ["a", "d", "b", "c"])
  assert.deepEqual(steps(["a", "b", "c", "d"], "d", 1), [["d", "b", "c"]])
  assert.deepEqual(steps(["a", "b", "c", "d"], "b", 3), [["c", "d", "b"]])
  assert.deepEqual(steps(["a", "b"], "b", 1), [])
})

test("a long way is asked for in orders that the service takes, and each is one of its own", () => {
  const ids = Array.from({ length: 50 }, (_, i) => `t${i}`)
  for (const [from, to] of [[49, 0], [0, 49], [45, 3], [20, 0]]) {
    const orders = steps(ids, ids[from], to)
    let line = ids
    for (const order of orders) {
      assert.ok(order.length >= 2 && order.length <= 20)
      const at = Math.min(...order.map((id) => line.indexOf(id)))
      line = [...line.slice(0, at), ...order, ...line.slice(at + order.length)]
    }
    assert.deepEqual(line, moved(ids, ids[from], to))
  }
})

test("an undo leads back also where some have begun and some are new", () => {
  assert.equal(back(["c", "b", "d", "e"], "c", ["a", "b", "c", "d"]), 1)
  assert.equal(back(["c", "e"], "c", ["a", "b", "c", "d"]), 0)
})
