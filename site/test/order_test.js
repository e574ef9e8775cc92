import assert from "node:assert/strict"
import { test } from "node:test"
import { arranged } from "../js/order.js"

const shown = ["e", "d", "c", "b", "a"] // newest first

test("a task put first needs no other's place", () => {
  assert.deepEqual(arranged(shown, [], "b", "e"), { shown: ["b", "e", "d", "c", "a"], order: ["b"] })
})

test("what stands before a task with a place gets one too", () => {
  assert.deepEqual(arranged(shown, [], "e", "b"), { shown: ["d", "c", "e", "b", "a"], order: ["d", "c", "e"] })
})

test("a task goes to the end", () => {
  assert.deepEqual(arranged(["b", "a"], ["b"], "b", null), { shown: ["a", "b"], order: ["a", "b"] })
})

test("places of tasks that are not read yet are kept", () => {
  assert.deepEqual(arranged(["c", "b"], ["c", "b", "z"], "b", "c"), { shown: ["b", "c"], order: ["b", "c", "z"] })
})
