// Questions that go to the API while the page's own script is on its way: early.js sends them,
// api.js takes the answers. Over a slow line that is a round trip less before the form is there.

export const TIMEOUT_MS = 20_000
const FRESH_MS = 10_000 // who comes later asks anew

// headersWith are what every request has, with a key where there is one.
export const headersWith = (key) => ({ Accept: "application/json, application/problem+json", ...(key && { "X-API-Key": key }) })

// askAhead sends a GET for each of the paths below base.
export function askAhead(base, paths, key) {
  const headers = headersWith(key)
  globalThis.ahead = new Map(paths.map((path) => {
    const answer = fetch(base + path, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
    answer.catch(() => {}) // told to whoever takes it
    return [base + path, answer]
  }))
  setTimeout(() => globalThis.ahead.clear(), FRESH_MS)
}

// takeAhead is the answer to what was asked ahead, once, and null for anything else. One that was
// refused for want of a key counts as not asked.
export async function takeAhead(url) {
  const answer = globalThis.ahead?.get(url)
  if (!answer) return null
  globalThis.ahead.delete(url)
  const response = await answer
  return response.status === 401 ? null : response
}
