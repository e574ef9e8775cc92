import assert from "node:assert/strict"
import { test } from "node:test"
import { inSight, layRows, step, within } from "../js/layout.js"

const tiles = (...ratios) => ratios.map((ratio) => ({ ratio }))
const many = Array.from({ length: 10_000 }, (_, i) => ({ ratio: [1, 16 / 9, 3 / 4, 2 / 3, 3][i % 5] }))
const room = { width: 1000, target: 200, gap: 8 }

test("every full row is exactly as wide as the grid, and about as high as asked", () => {
  const plan = layRows(many, room)
  for (const row of plan.rows.slice(0, -1)) {
    const last = row.to - 1
    assert.ok(Math.abs(plan.x[last] + plan.w[last] - room.width) < 0.01, `row at ${row.y} ends at ${plan.x[last] + plan.w[last]}`)
    assert.ok(row.h > 120 && row.h < 340, `row at ${row.y} is ${row.h} high`)
  }
})

test("tiles keep their order and none is left out", () => {
  const { rows } = layRows(many, room)
  assert.equal(rows[0].from, 0)
  rows.slice(1).forEach((row, i) => assert.equal(row.from, rows[i].to))
  assert.equal(rows.at(-1).to, many.length)
})

test("rows do not touch, and the grid ends with the last", () => {
  const { rows, height } = layRows(many, room)
  rows.slice(1).forEach((row, i) => assert.ok(Math.abs(row.y - rows[i].y - rows[i].h - 8) < 0.01))
  assert.ok(Math.abs(height - rows.at(-1).y - rows.at(-1).h) < 0.01)
})

test("a short last row is not stretched, a panorama is cut", () => {
  const plan = layRows(tiles(1, 1), room)
  assert.deepEqual([plan.rows[0].h, plan.w[0]], [200, 200])
  assert.ok(layRows(tiles(20), { ...room, width: 4000 }).w[0] <= 200 * 3.2)
})

test("in a grid narrower than a tile each has a row of its own", () => {
  const plan = layRows(tiles(3, 3), { ...room, width: 300 })
  assert.deepEqual(plan.rows.map((row) => [row.from, row.to]), [[0, 1], [1, 2]])
  assert.equal(plan.w[0], 300)
})

test("nothing is laid out without tiles or without room", () => {
  assert.deepEqual(layRows([], room).rows, [])
  assert.deepEqual(layRows(many, { ...room, width: 0 }).rows, [])
  assert.equal(layRows([], room).height, 0)
})

test("only rows in sight are found", () => {
  const { rows } = layRows(many, room)
  const [first, end] = inSight(rows, 5000, 5800)
  assert.ok(rows[first].y <= 5000 && rows[first].y + rows[first].h + 8 >= 5000)
  assert.ok(rows[end - 1].y <= 5800 && (rows[end]?.y ?? Infinity) > 5800)
  assert.deepEqual(inSight(rows, -900, -100), [0, 0])
})

test("arrows go to the neighbour, and up and down to the nearest", () => {
  const plan = layRows(many, room)
  assert.equal(step(plan, 0, "ArrowLeft"), 0)
  assert.equal(step(plan, 0, "ArrowRight"), 1)
  assert.equal(step(plan, 5, "Home"), 0)
  assert.equal(step(plan, 5, "End"), many.length - 1)
  const down = step(plan, 0, "ArrowDown")
  assert.equal(down, plan.rows[1].from)
  assert.equal(step(plan, down, "ArrowUp"), 0)
  assert.equal(step(plan, 0, "ArrowUp"), 0)
  assert.equal(step(plan, many.length - 1, "ArrowDown"), many.length - 1)
})

test("a box drawn by hand takes what it touches", () => {
  const plan = layRows(tiles(1, 1, 1, 1, 1, 1, 1, 1, 1), room)
  const first = plan.rows[0]
  assert.deepEqual(within(plan, { left: 0, top: 0, right: plan.w[0] + 20, bottom: first.h / 2 }), [0, 1])
  assert.ok(within(plan, { left: 0, top: 0, right: 10, bottom: first.h + 20 }).includes(first.to))
})
