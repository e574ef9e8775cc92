import assert from "node:assert/strict"
import { test } from "node:test"
import { completed, filterOf, narrowed, NO_FILTER, queryOf, unshown } from "../js/query.js"

test("filters are kept as the API has them, and come back as they were", () => {
  const filter = { ...NO_FILTER, q: "fox", status: "COMPLETED,PARTIAL", favourite: "true", ratio: "16:9" }
  assert.deepEqual(queryOf(filter), { favourite: true, q: "fox", ratio: "16:9", status: ["COMPLETED", "PARTIAL"] })
  assert.deepEqual(filterOf(queryOf(filter)), filter)
})

test("what says nothing is left out", () => {
  assert.deepEqual(queryOf(NO_FILTER), {})
  assert.deepEqual(filterOf({}), NO_FILTER)
})

test("a suggestion takes the place of the last word, and of nothing else", () => {
  assert.equal(completed("snow ta", "ta", { kind: "operator", text: "tag" }), "snow tag:")
  assert.equal(completed("snow tag:f", "tag:f", { kind: "tag", text: "fox" }), "snow tag:fox ")
  assert.equal(completed("de", "de", { kind: "tag", text: "deep sea" }), 'tag:"deep sea" ')
  assert.equal(completed("-tag:f", "-tag:f", { kind: "tag", text: "fox" }), "-tag:fox ")
  assert.equal(completed("rat", "rat", { kind: "ratio", text: "16:9" }), "ratio:16:9 ")
})

test("more filters add one condition, days up to today", () => {
  const now = Date.parse("2026-11-26T10:00:00Z")
  assert.deepEqual(narrowed({ ...NO_FILTER, q: "fox" }, "ratio=16:9", now), { ...NO_FILTER, q: "fox", ratio: "16:9" })
  assert.deepEqual(narrowed({ ...NO_FILTER, to: "2026-01-01" }, "days=7", now), { ...NO_FILTER, from: "2026-11-20", to: "" })
})

test("a condition that no field shows is named", () => {
  const has = { status: (s) => s === "FAILED", tag: () => false }
  assert.deepEqual(unshown({ ...NO_FILTER, q: "fox", order: "oldest", status: "FAILED", tag: "owl", ratio: "16:9" }, has), ["tag", "ratio"])
  assert.deepEqual(unshown({ ...NO_FILTER, status: "FAILED,PARTIAL" }, has), ["status"])
})
