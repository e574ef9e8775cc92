import assert from "node:assert/strict"
import { test } from "node:test"
import { createMany } from "../js/store/many.js"

// many answers requests in turn and notes them.
function many(...answers) {
  const asked = [], troubles = []
  const api = {
    batch: async (body) => {
      asked.push(body)
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return answer ?? { results: body.ids.map((id) => ({ task_id: id, result: "changed" })) }
    },
  }
  return { asked, troubles, store: createMany({ api, store: () => ({ problem: (err) => troubles.push(err) }) }) }
}

const changed = (...ids) => ids.map((task_id) => ({ task_id, result: "changed" }))

test("many ids go in requests of a hundred", async () => {
  const { asked, store } = many()
  const ids = Array.from({ length: 250 }, (_, i) => String(i))
  assert.deepEqual(await store.run({ action: "delete" }, { ids }), { done: ids, failed: [] })
  assert.deepEqual(asked.map((b) => [b.action, b.ids.length]), [["delete", 100], ["delete", 100], ["delete", 50]])
})

test("what is not there any more counts as done, what was refused as failed", async () => {
  const { store } = many({ results: [{ task_id: "a", result: "failed", code: "not_found" }, { task_id: "b", result: "failed", code: "in_bin" }] })
  assert.deepEqual(await store.run({ action: "delete" }, { ids: ["a", "b"] }), { done: ["a"], failed: ["b"] })
})

test("a query goes on from answer to answer with the number that is left", async () => {
  const { asked, store } = many({ results: changed("c", "b"), done: false, next_after: "b" }, { results: changed("a"), done: true })
  const { done } = await store.run({ action: "favourite" }, { query: { query: { q: "fox" } }, expect: 3 })
  assert.deepEqual(done, ["c", "b", "a"])
  assert.deepEqual(asked.map((b) => [b.expect, b.after]), [[3, undefined], [1, "b"]])
})

test("where a request fails, what was done before it is told, and the trouble once", async () => {
  const { troubles, store } = many(undefined, new Error("gone"))
  const ids = Array.from({ length: 120 }, (_, i) => String(i))
  const { done, failed } = await store.run({ action: "delete" }, { ids })
  assert.deepEqual([done.length, failed.length, troubles.length, store.progress], [100, 20, 1, null])
})
