// The API key, in the session's storage: gone with the tab.

const KEY = "api-key"

export function keptKey() {
  try {
    return sessionStorage.getItem(KEY) ?? ""
  } catch {
    return "" // storage is blocked: the key is asked for again
  }
}

export function keepKey(key) { sessionStorage.setItem(KEY, key) }

export function forgetKey() { sessionStorage.removeItem(KEY) }
