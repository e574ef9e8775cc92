import assert from "node:assert/strict"
import { test } from "node:test"
import { noted, walked } from "../js/history.js"

test("a prompt that was sent again stands first, once", () => {
  assert.deepEqual(noted(["b", "a"], "a"), ["a", "b"])
  assert.equal(noted(Array.from({ length: 200 }, (_, i) => `${i}`), "new").length, 100)
})

test("the way back ends at the oldest, the way forth at the draft", () => {
  const list = ["newest", "oldest"]
  assert.deepEqual(walked(list, { at: -1, draft: "mine" }, 1), { at: 0, text: "newest" })
  assert.deepEqual(walked(list, { at: 1, draft: "mine" }, 1), { at: 1, text: "oldest" })
  assert.deepEqual(walked(list, { at: 0, draft: "mine" }, -1), { at: -1, text: "mine" })
  assert.deepEqual(walked([], { at: -1, draft: "mine" }, 1), { at: -1, text: "mine" })
})
