import assert from "node:assert/strict"
import { test } from "node:test"
import { completed, filterOf, NO_FILTER, queryOf } from "../js/query.js"

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
