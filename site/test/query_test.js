import assert from "node:assert/strict"
import { test } from "node:test"
import { filterOf, NO_FILTER, queryOf } from "../js/query.js"

test("filters are kept as the API has them, and come back as they were", () => {
  const filter = { ...NO_FILTER, q: "fox", status: "COMPLETED,PARTIAL", favourite: "true", ratio: "16:9" }
  assert.deepEqual(queryOf(filter), { favourite: true, q: "fox", ratio: "16:9", status: ["COMPLETED", "PARTIAL"] })
  assert.deepEqual(filterOf(queryOf(filter)), filter)
})

test("what says nothing is left out", () => {
  assert.deepEqual(queryOf(NO_FILTER), {})
  assert.deepEqual(filterOf({}), NO_FILTER)
})
