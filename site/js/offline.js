// The service worker (sw.js), which keeps page and library for when there is no network.

const CHECK_MS = 30 * 60_000 // between two looks whether the page is another one by now

// Where Trusted Types are required a script's address must come from a policy.
const policy = globalThis.trustedTypes?.createPolicy("service-worker", { createScriptURL: () => "/sw.js" })

let checkedAt = Date.now()

// readyOffline registers the worker once the page has what it needs. onNew is told when
// there is a newer page.
export async function readyOffline({ key, onNew }) {
  const workers = navigator.serviceWorker
  if (!workers) return // plain http from another machine
  workers.addEventListener("message", (e) => { if (e.data.changed) onNew() })
  try {
    const first = !workers.controller
    await workers.register(policy ? policy.createScriptURL("") : "/sw.js")
    const { active } = await workers.ready
    if (first) active.postMessage({ keep: true, key: key() })
  } catch {
    // storage is blocked: the page works with the network alone
  }
}

// checkForNew asks the worker, now and then, whether the page has changed.
export function checkForNew() {
  if (!navigator.serviceWorker?.controller || Date.now() - checkedAt < CHECK_MS) return
  checkedAt = Date.now()
  navigator.serviceWorker.controller.postMessage({ check: true })
}

// forgetOffline removes what is kept of the library.
export const forgetOffline = () => navigator.serviceWorker?.controller?.postMessage({ forget: true })
