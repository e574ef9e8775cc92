import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import { askAhead, takeAhead } from "../js/ahead.js"

const realFetch = globalThis.fetch
afterEach(() => {
  globalThis.fetch = realFetch
  delete globalThis.ahead
})

// answering makes fetch answer with a status each, and keeps what was asked.
function answering(...statuses) {
  const asked = []
  globalThis.fetch = async (url, { headers }) => {
    asked.push([url, headers["X-API-Key"] ?? ""])
    return new Response(null, { status: statuses.shift() })
  }
  return asked
}

test("what was asked ahead is handed over once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  const asked = answering(200, 204)
  askAhead("/api", ["/models", "/health"], "k")
  assert.deepEqual(asked, [["/api/models", "k"], ["/api/health", "k"]])
  assert.equal((await takeAhead("/api/health")).status, 204)
  assert.equal(await takeAhead("/api/health"), null)
  assert.equal(await takeAhead("/api/other"), null)
  assert.equal((await takeAhead("/api/models")).status, 200)
})

test("an answer that wants a key counts as none, so that the key is asked for in one place", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  answering(401)
  askAhead("/api", ["/models"], "")
  assert.equal(await takeAhead("/api/models"), null)
})

test("an answer that nobody took soon is old, and is not handed over", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  answering(200)
  askAhead("/api", ["/models"], "")
  t.mock.timers.tick(10_000)
  assert.equal(await takeAhead("/api/models"), null)
})

test("a failure is told to whoever takes it", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  globalThis.fetch = async () => { throw new TypeError("no network") }
  askAhead("/api", ["/models"], "")
  await assert.rejects(takeAhead("/api/models"), TypeError)
})

test("where nothing was asked ahead there is nothing to take", async () => {
  assert.equal(await takeAhead("/api/models"), null)
})
