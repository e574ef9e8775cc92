import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { createServer } from "node:http"
import { test } from "node:test"
import { code, LANGUAGES } from "../js/call.js"

const body = { prompt: "it's a `fox`, “snow” \\ $HOME\n狐狸", count: 2, use_pre_llm: false, seed: null, scale: 0.5 }

// asked is what a server is asked while run works.
async function asked(run) {
  const server = createServer()
  await new Promise((done) => server.listen(0, "127.0.0.1", done))
  const got = new Promise((resolve) => server.on("request", (req, res) => {
    let text = ""
    req.on("data", (part) => { text += part }).on("end", () => {
      res.end("{}")
      resolve({ method: req.method, url: req.url, key: req.headers["x-api-key"], body: text && JSON.parse(text) })
    })
  }))
  run(`http://127.0.0.1:${server.address().port}`)
  const answer = await got
  server.close()
  return answer
}

test("JavaScript, as it is shown, asks for just that", async () => {
  const { spawn } = await import("node:child_process")
  const got = await asked((base) => spawn("node", ["--input-type=module", "-e", code("JavaScript", { base, method: "POST", path: "/generate", body, keyed: true })], { env: { ...process.env, VOLCIMAGE_KEY: "k1" } }))
  assert.deepEqual(got, { method: "POST", url: "/generate", key: "k1", body })
})

test("a shell reads what curl is given as it was typed", () => {
  const text = code("curl", { base: "http://x", method: "POST", path: "/generate", body }).replace(/^curl/, "printf '%s\\n'")
  const args = execFileSync("sh", ["-c", text], { encoding: "utf8" })
  assert.deepEqual(JSON.parse(args.slice(args.indexOf("\n-d\n") + 4)), body)
})

test("Python's and Go's texts hold the same body", () => {
  const python = code("Python", { base: "http://x", method: "POST", path: "/generate", body })
  assert.match(python, /"use_pre_llm": False, "seed": None, "scale": 0\.5/)
  const go = code("Go", { base: "http://x", method: "POST", path: "/generate", body })
  const literal = /strings\.NewReader\((".*")\)/.exec(go)[1]
  assert.deepEqual(JSON.parse(JSON.parse(literal)), body, "a prompt with a backtick is written with quotes")
})

test("a request without a body or a key has neither", () => {
  for (const language of LANGUAGES) {
    const text = code(language, { base: "http://x", method: "GET", path: "/models" })
    assert.doesNotMatch(text, /KEY|Content-Type|body|Body:|strings/, language)
  }
})
